import * as React from 'react';
import { COLUMNS, FIRST_LAYOUT, FIXED, moved, toggled, type Layout } from './columns';

/** Which columns are shown, and in which order. Widths are changed at the titles. */
export function ColumnChooser(props: {
  layout: Layout;
  onLayout: (layout: Layout) => void;
}): React.JSX.Element {
  const { layout, onLayout } = props;
  return (
    <section className="hl-Columns" aria-label="Columns">
      <ul className="hl-Columns-list">
        {layout.order.map((key, at) => (
          <li key={key} className="hl-Columns-one">
            <label>
              <input
                type="checkbox"
                checked={!layout.hidden.includes(key)}
                disabled={key === FIXED}
                onChange={() => onLayout(toggled(layout, key))}
              />
              {COLUMNS[key].title}
            </label>
            {[
              { by: -1, words: 'to the left', mark: 'M10 3 5 8 10 13' },
              { by: 1, words: 'to the right', mark: 'M6 3 11 8 6 13' }
            ].map(({ by, words, mark }) => (
              <button
                key={by}
                type="button"
                className="hl-Button hl-Button-icon"
                aria-label={`${COLUMNS[key].title} ${words}`}
                title={`Move ${words}`}
                disabled={at + by < 0 || at + by >= layout.order.length}
                onClick={() => onLayout(moved(layout, key, by))}
              >
                <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
                  <path className="hl-Columns-mark" d={mark} />
                </svg>
              </button>
            ))}
          </li>
        ))}
      </ul>
      <p className="hl-dim">
        Widths: drag the edge of a title, or press Shift with Left or Right on it.
      </p>
      <button type="button" className="hl-Button" onClick={() => onLayout(FIRST_LAYOUT)}>
        Reset columns
      </button>
    </section>
  );
}
