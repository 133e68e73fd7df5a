import * as React from 'react';
import type { EntrySummary } from '../../contract/records';
import { clamp, stepOf, useRowsInView } from '../catalogue_virtual';
import { resized, visibleColumns, widthOf, type ColumnKey, type Layout } from './columns';
import { TableHeader, type TableOrder } from './table_header';
import { TableRow, type Press } from './table_row';

/** Pixels; the style sheet's rows and header have these heights. */
export const ROW_HEIGHT = 28;
export const HEADER_HEIGHT = 32;
const BOX_WIDTH = 32;

export interface EntryTableProps {
  /** How many entries match. */
  total: number;
  /** The entry at a place; null while it is on its way. */
  row: (index: number) => EntrySummary | null;
  /** The row with the tab stop, unless a title has it. */
  active: number;
  selected: ReadonlySet<number>;
  changed: ReadonlySet<number>;
  layout: Layout;
  order: TableOrder;
  scrolledTo?: number;
  onScroll?: (top: number) => void;
  onRange: (first: number, last: number) => void;
  onActive: (index: number) => void;
  onPress: (index: number, press: Press) => void;
  onSelectAll: () => void;
  onClear: () => void;
  onOrder: (order: TableOrder) => void;
  onLayout: (layout: Layout) => void;
}

/** Entries as a grid of one tab stop, whose first row are the titles of its columns. */
export function EntryTable(props: EntryTableProps): React.JSX.Element {
  const { total, row, active, selected, changed, layout, onActive, onPress } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const [chosen, setTitle] = React.useState<ColumnKey | null>(null);
  const { order: columnOrder, hidden } = layout;
  const columns = React.useMemo(
    () => visibleColumns({ order: columnOrder, hidden }),
    [columnOrder, hidden]
  );
  const title = columns.some(column => column.key === chosen) ? chosen : null;
  const virtual = useRowsInView(scroller, {
    ...props,
    elsewhere: title,
    rowHeight: ROW_HEIGHT,
    covered: HEADER_HEIGHT
  });
  const onRow = React.useCallback(
    (index: number) => {
      setTitle(null);
      onActive(index);
    },
    [onActive]
  );

  const onKeyDown = (event: React.KeyboardEvent) => {
    const handled =
      title === null ? onRowKey(event, scroller.current) : onTitleKey(event.key, title);
    if (handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  const onTitleKey = (key: string, from: ColumnKey): boolean => {
    const at = columns.findIndex(column => column.key === from);
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: columns.length - 1
    }[key];
    if (to !== undefined) {
      setTitle(columns[clamp(to, columns.length)].key);
    } else if (key === 'ArrowDown' || key === 'PageDown' || key === 'Escape') {
      setTitle(null);
    } else {
      return false;
    }
    return true;
  };

  const onRowKey = (event: React.KeyboardEvent, at: HTMLElement | null): boolean => {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() !== 'a' || event.altKey || shiftKey) {
        return false;
      }
      props.onSelectAll();
      return true;
    }
    const step = event.altKey ? null : stepOf(key, at, ROW_HEIGHT);
    if (step !== null && key === 'ArrowUp' && active === 0 && !shiftKey) {
      setTitle(columns[0].key);
    } else if (step !== null) {
      const to = clamp(active + step, total);
      if (shiftKey) {
        onPress(to, 'extend');
      }
      onActive(to);
    } else if (key === ' ') {
      onPress(active, shiftKey ? 'extend' : 'toggle');
    } else if (key === 'Enter') {
      onPress(active, 'open');
    } else if (key === 'Escape' && selected.size > 0) {
      props.onClear();
    } else {
      return false;
    }
    return true;
  };

  return (
    <div
      className="hl-EntryTable"
      role="grid"
      aria-label="Entries"
      aria-multiselectable="true"
      aria-rowcount={total + 1}
      aria-colcount={columns.length + 1}
      ref={scroller}
      style={tracks(layout, columns)}
      onKeyDown={onKeyDown}
      onScroll={event => props.onScroll?.(event.currentTarget.scrollTop)}
    >
      <TableHeader
        columns={columns}
        layout={layout}
        order={props.order}
        active={title}
        onActive={setTitle}
        onOrder={props.onOrder}
        onWidth={(key, width) => props.onLayout(resized(layout, key, width))}
      />
      <div role="rowgroup" className="hl-EntryTable-rows" style={{ height: total * ROW_HEIGHT }}>
        {virtual.getVirtualItems().map(item => {
          const entry = row(item.index);
          return (
            <TableRow
              key={item.index}
              row={entry}
              index={item.index}
              columns={columns}
              active={title === null && item.index === active}
              selected={entry !== null && selected.has(entry.id)}
              changed={entry !== null && changed.has(entry.id)}
              top={item.index * ROW_HEIGHT}
              onActive={onRow}
              onPress={onPress}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The columns as tracks of a grid, the same in all rows; the description takes what is left. */
function tracks(layout: Layout, columns: readonly { key: ColumnKey }[]): React.CSSProperties {
  const widths = columns.map(({ key }) => widthOf(layout, key));
  const found = columns.map(({ key }, at) =>
    key === 'description' ? `minmax(${widths[at]}px, 1fr)` : `${widths[at]}px`
  );
  return {
    '--hl-columns': [`${BOX_WIDTH}px`, ...found].join(' '),
    '--hl-columns-width': `${widths.reduce((sum, width) => sum + width, BOX_WIDTH)}px`
  } as React.CSSProperties;
}
