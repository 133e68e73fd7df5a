import * as React from 'react';
import type { EntrySummary } from '../../contract/records';
import { rowName } from '../catalogue_row';
import { headName } from '../heads';
import { cell } from './cells';
import type { Column } from './columns';

/** How a row was pressed: by itself, or with the keys that add it or all up to it. */
export type Press = 'open' | 'toggle' | 'extend';

interface TableRowProps {
  row: EntrySummary | null;
  index: number;
  columns: readonly Column[];
  /** It has the tab stop. */
  active: boolean;
  selected: boolean;
  /** It changed elsewhere a moment ago. */
  changed: boolean;
  top: number;
  onActive: (index: number) => void;
  onPress: (index: number, press: Press) => void;
}

/** An entry as a row of fixed height; one on its way has its place already. */
export const TableRow = React.memo(function TableRow(props: TableRowProps) {
  const { row, index, columns, active, selected, changed, top, onPress } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={row ? selected : undefined}
      aria-busy={row === null || undefined}
      aria-label={row ? rowName(row) : 'Loading'}
      className="hl-TableRow"
      data-active={active || undefined}
      data-changed={changed || undefined}
      tabIndex={active ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
      onFocus={event => event.target === event.currentTarget && props.onActive(index)}
      onMouseDown={event => event.shiftKey && event.preventDefault() /* selects rows, not text */}
      onClick={event => {
        onPress(index, pressOf(event));
        props.onActive(index);
      }}
    >
      <div role="gridcell" aria-colindex={1} className="hl-TableRow-box">
        {row && (
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${headName(row.head)}`}
            checked={selected}
            onChange={event => {
              const { shiftKey } = event.nativeEvent as MouseEvent;
              onPress(index, shiftKey ? 'extend' : 'toggle');
            }}
            onClick={event => event.stopPropagation()}
          />
        )}
      </div>
      {columns.map((column, at) => (
        <div
          key={column.key}
          role="gridcell"
          aria-colindex={at + 2}
          className="hl-TableRow-cell"
          data-column={column.key}
        >
          {row ? cell(column.key, row) : <span className="hl-TableRow-waiting" />}
        </div>
      ))}
    </div>
  );
});

function pressOf(event: React.MouseEvent): Press {
  if (event.shiftKey) {
    return 'extend';
  }
  return event.ctrlKey || event.metaKey ? 'toggle' : 'open';
}
