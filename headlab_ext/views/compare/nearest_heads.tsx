import * as React from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Head, Table } from '../../contract/records';
import { FreeText, visibleText } from '../free_text';
import { isState } from '../head_states';
import { parseHead } from '../heads';
import { formatNumber, MISSING } from '../numbers';
import { StateMark } from '../state_mark';
import { numberIn, sortedRows, tableRows, textIn, type Order, type TableRow } from './table_rows';

const ROW = 33;
/** Up to this many rows are simply there; longer tables keep only those in view. */
const ALL_ROWS = 60;

interface Column {
  key: string;
  title: string;
  tip: string;
  /** Whether the first click shows the highest first. */
  number?: boolean;
}

const COLUMNS: readonly Column[] = [
  { key: 'head_a', title: 'Head', tip: 'head of the first model' },
  { key: 'state_a', title: 'State', tip: 'its state' },
  { key: 'description_a', title: 'Description', tip: 'its description in force' },
  {
    key: 'head_b_by_profile',
    title: 'Nearest by profile',
    tip: 'head of the second model with the most similar relation scores'
  },
  {
    key: 'profile_similarity',
    title: 'Similarity',
    tip: 'cosine of the relation scores over the operations that both are scored on',
    number: true
  },
  {
    key: 'shared_operation',
    title: 'Shared operation',
    tip: 'operation on which both score above their controls, and the two scores'
  },
  {
    key: 'head_b_by_description',
    title: 'Nearest by description',
    tip: 'head of the second model whose description has the most similar words'
  },
  {
    key: 'description_similarity',
    title: 'Similarity',
    tip: 'cosine of TF-IDF vectors; it compares words, not meaning',
    number: true
  },
  { key: 'description_b', title: 'Its description', tip: 'the description of that head' },
  {
    key: 'same_head_profile_similarity',
    title: 'Same head',
    tip: 'similarity of relation scores with the head of the same layer and index, for versions of one model',
    number: true
  }
];

/** Every head of one model with the nearest heads of another; a head leads to the two side by side. */
export function NearestHeads(props: {
  table: Table;
  onHeads: (first: Head, second: Head) => void;
}): React.JSX.Element {
  const { table, onHeads } = props;
  const [order, setOrder] = React.useState<Order>({
    column: 'profile_similarity',
    descending: true
  });
  const scroller = React.useRef<HTMLDivElement>(null);
  const rows = React.useMemo(() => sortedRows(tableRows(table), order), [table, order]);
  const windowed = rows.length > ALL_ROWS;
  // eslint-disable-next-line react-hooks/incompatible-library -- its result is not memoised here
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: windowed,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8
  });
  const items = windowed ? virtual.getVirtualItems().map(item => item.index) : [...rows.keys()];
  const before = items[0] ?? 0;
  const after = rows.length - 1 - (items.at(-1) ?? rows.length - 1);
  return (
    <div
      className="hl-CompareModels-table"
      data-long
      ref={scroller}
      role="region"
      aria-label="Nearest heads"
      tabIndex={0}
    >
      <table aria-label="Nearest heads" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map(column => (
              <SortHeader key={column.key} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap rows={before} />
          {items.map(place => (
            <NearestRow
              key={textIn(rows[place], 'head_a')}
              row={rows[place]}
              place={place}
              onHeads={onHeads}
            />
          ))}
          <Gap rows={after} />
        </tbody>
      </table>
    </div>
  );
}

function Gap({ rows }: { rows: number }): React.JSX.Element | null {
  return rows > 0 ? <tr aria-hidden="true" style={{ height: rows * ROW }} /> : null;
}

function SortHeader(props: {
  column: Column;
  order: Order;
  onOrder: (order: Order) => void;
}): React.JSX.Element {
  const { column, order, onOrder } = props;
  const { key, title, tip, number = false } = column;
  const sorted = order.column === key;
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      className={number ? 'hl-number' : undefined}
      aria-sort={sorted ? direction : undefined}
    >
      <button
        type="button"
        className="hl-Nearest-sort"
        title={`${tip}; sort by it`}
        onClick={() => onOrder({ column: key, descending: sorted ? !order.descending : number })}
      >
        {title}
        <span aria-hidden="true">{sorted ? (order.descending ? '▼' : '▲') : ''}</span>
      </button>
    </th>
  );
}

function NearestRow(props: {
  row: TableRow;
  place: number;
  onHeads: (first: Head, second: Head) => void;
}): React.JSX.Element {
  const { row, place, onHeads } = props;
  const own = textIn(row, 'head_a');
  const state = textIn(row, 'state_a');
  const partner = (column: string) => (
    <Pair own={own} other={textIn(row, column)} onHeads={onHeads} />
  );
  return (
    <tr aria-rowindex={place + 2} style={{ height: ROW }}>
      <th scope="row">{own}</th>
      <td>{isState(state) && <StateMark state={state} />}</td>
      <td>
        <Line text={textIn(row, 'description_a')} />
      </td>
      <td>{partner('head_b_by_profile')}</td>
      <Similarity value={numberIn(row, 'profile_similarity')} />
      <td>
        <SharedOperation row={row} />
      </td>
      <td>{partner('head_b_by_description')}</td>
      <Similarity value={numberIn(row, 'description_similarity')} />
      <td>
        <Line text={textIn(row, 'description_b')} />
      </td>
      <Similarity value={numberIn(row, 'same_head_profile_similarity')} />
    </tr>
  );
}

/** The head of the other model, which opens both. */
function Pair(props: {
  own: string;
  other: string;
  onHeads: (first: Head, second: Head) => void;
}): React.JSX.Element {
  const [first, second] = [parseHead(props.own), parseHead(props.other)];
  if (!first || !second) {
    return <span className="hl-dim">{MISSING}</span>;
  }
  return (
    <button
      type="button"
      className="hl-TextButton"
      aria-label={`Compare ${props.own} with ${props.other}`}
      title={`compare ${props.own} with ${props.other}`}
      onClick={() => props.onHeads(first, second)}
    >
      {props.other}
    </button>
  );
}

function SharedOperation({ row }: { row: TableRow }): React.JSX.Element {
  const name = textIn(row, 'shared_operation');
  if (name === '') {
    return (
      <span className="hl-dim" title="no operation on which both score above their controls">
        {MISSING}
      </span>
    );
  }
  const [a, b] = [numberIn(row, 'score_a'), numberIn(row, 'score_b')];
  return (
    <>
      <code className="hl-Compare-operation">
        <FreeText text={name} />
      </code>{' '}
      <span className="hl-number">{`${formatNumber(a)} and ${formatNumber(b)}`}</span>
    </>
  );
}

function Similarity({ value }: { value: number | null }): React.JSX.Element {
  return (
    <td className="hl-number" title={value === null ? 'nothing to compare' : undefined}>
      {formatNumber(value)}
    </td>
  );
}

function Line({ text }: { text: string }): React.JSX.Element {
  return (
    <span className="hl-Nearest-text" title={visibleText(text)}>
      <FreeText text={text} />
    </span>
  );
}
