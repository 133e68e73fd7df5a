import * as React from 'react';
import { widthOf, type Column, type ColumnKey, type Layout, type Sort } from './columns';

/** Pixels that a press of a key makes a column wider or narrower. */
const STEP = 16;

export interface TableOrder {
  sort?: Sort;
  descending?: boolean;
}

export interface TableHeaderProps {
  columns: readonly Column[];
  layout: Layout;
  order: TableOrder;
  /** The column with the tab stop; null while a row has it. */
  active: ColumnKey | null;
  onActive: (key: ColumnKey) => void;
  onOrder: (order: TableOrder) => void;
  onWidth: (key: ColumnKey, width: number) => void;
}

/** The titles: Enter or a click orders by one, Shift with Left or Right changes its width. */
export function TableHeader(props: TableHeaderProps): React.JSX.Element {
  const { columns } = props;
  return (
    <div role="row" aria-rowindex={1} className="hl-TableHeader">
      <div role="columnheader" aria-colindex={1} className="hl-TableHeader-box">
        <span className="hl-visually-hidden">Selected</span>
      </div>
      {columns.map((column, at) => (
        <Title key={column.key} {...props} column={column} place={at + 2} />
      ))}
    </div>
  );
}

function Title(props: TableHeaderProps & { column: Column; place: number }): React.JSX.Element {
  const { column, order, active, layout, place } = props;
  const { key, title, sort } = column;
  const sorted = sort !== undefined && order.sort === sort;
  const width = widthOf(layout, key);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (sideways && event.shiftKey) {
      props.onWidth(key, width + sideways * STEP);
    } else if ((event.key === 'Enter' || event.key === ' ') && sort) {
      props.onOrder(nextOrder(column, order));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      role="columnheader"
      aria-colindex={place}
      aria-sort={sort ? (sorted ? direction(order) : 'none') : undefined}
      className="hl-TableHeader-title"
      data-column={key}
      tabIndex={active === key ? 0 : -1}
      title={sort ? `Order by ${title.toLowerCase()}` : undefined}
      data-sortable={sort !== undefined || undefined}
      onFocus={() => props.onActive(key)}
      onClick={() => sort && props.onOrder(nextOrder(column, order))}
      onKeyDown={onKeyDown}
    >
      <span className="hl-TableHeader-words">{title}</span>
      {sorted && (
        <svg viewBox="0 0 16 16" width="10" height="10" aria-hidden="true" focusable="false">
          <path d={order.descending ? 'M2 5h12L8 13z' : 'M2 11h12L8 3z'} fill="currentColor" />
        </svg>
      )}
      <Handle width={width} onWidth={wanted => props.onWidth(key, wanted)} />
    </div>
  );
}

/** The edge that is dragged. */
function Handle(props: { width: number; onWidth: (width: number) => void }): React.JSX.Element {
  const start = React.useRef<{ x: number; width: number } | null>(null);
  return (
    <span
      className="hl-TableHeader-handle"
      aria-hidden="true"
      onClick={event => event.stopPropagation()}
      onPointerDown={event => {
        start.current = { x: event.clientX, width: props.width };
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={event =>
        start.current && props.onWidth(start.current.width + event.clientX - start.current.x)
      }
      onPointerUp={() => (start.current = null)}
      onPointerCancel={() => (start.current = null)}
    />
  );
}

/** First the column's own direction, then the other one, then no order of one's own. */
function nextOrder(column: Column, { sort, descending }: TableOrder): TableOrder {
  const own = column.largestFirst ?? false;
  if (sort !== column.sort) {
    return { sort: column.sort, descending: own };
  }
  return descending === own ? { sort, descending: !own } : {};
}

function direction(order: TableOrder): 'ascending' | 'descending' {
  return order.descending ? 'descending' : 'ascending';
}
