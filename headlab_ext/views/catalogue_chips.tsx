import * as React from 'react';
import {
  activeGroups,
  groupWords,
  NO_FILTERS,
  without,
  type CatalogueFilters,
  type FilterGroup
} from './catalogue_query';
import { FreeText, visibleText } from './free_text';

/** Filters whose fields are always in view. */
const IN_VIEW: readonly FilterGroup[] = ['text', 'state', 'model'];

/** The filters in force that may be folded away, each to be taken away by itself. */
export function CatalogueChips(props: {
  filters: CatalogueFilters;
  onChange: (change: Partial<CatalogueFilters>) => void;
}): React.JSX.Element | null {
  const { filters, onChange } = props;
  const active = activeGroups(filters);
  const folded = active.filter(group => !IN_VIEW.includes(group));
  if (folded.length === 0) {
    return null;
  }
  return (
    <ul className="hl-Chips" aria-label="Filters in force">
      {folded.map(group => {
        const words = groupWords(group, filters);
        return (
          <li key={group}>
            <button
              type="button"
              className="hl-Chip"
              aria-label={`Without ${visibleText(words)}`}
              title={`Take away: ${visibleText(words)}`}
              onClick={() => onChange(without(group))}
            >
              <span className="hl-Chip-words">
                <FreeText text={words} />
              </span>
              <Cross />
            </button>
          </li>
        );
      })}
      {active.length > 1 && (
        <li>
          <button type="button" className="hl-Chip" data-plain onClick={() => onChange(NO_FILTERS)}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

/** The mark of a button that takes something away. */
export function Cross(): React.JSX.Element {
  return (
    <svg
      className="hl-Cross"
      viewBox="0 0 16 16"
      width="12"
      height="12"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M4 4 12 12M12 4 4 12" />
    </svg>
  );
}
