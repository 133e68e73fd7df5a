import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import type { Head } from '../contract/records';
import type { ColourRange } from './colour_range';
import { stateOf, stateWord, type StateGrid } from './head_states';
import { valueName, valueText, valueTitle, type HeadTable } from './head_table';
import { flatIndex, headAt, headName, sameHead } from './heads';
import { MISSING, formatCount } from './numbers';
import { MapMark } from './map_mark';

/** Up to this many rows are simply there; longer lists keep only those in view. */
const ALL_ROWS = 50;
const ROW = 28;

export interface RankedHeadsProps {
  table: HeadTable;
  range: ColourRange;
  states: StateGrid | null;
  kept: Uint8Array | null;
  focused: Head;
  selected: Head | null;
  onFocusHead: (head: Head) => void;
  onOpen: (head: Head) => void;
}

/** The map's heads as a table, best first: the same data for those who do not see the map. */
export function RankedHeads(props: RankedHeadsProps): React.JSX.Element {
  const { table, kept, focused, selected, onFocusHead } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const follow = React.useRef(false);
  const isState = table.measure.scale === 'state';
  const rows = React.useMemo(
    () => Array.from(kept ? table.order.filter(flat => kept[flat]) : table.order),
    [table, kept]
  );
  const at = rows.indexOf(flatIndex(focused, table.nHeads));
  const reachable = at < 0 ? 0 : at;
  const windowed = rows.length > ALL_ROWS;
  // eslint-disable-next-line react-hooks/incompatible-library -- its result is not memoised here
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: windowed,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    scrollPaddingStart: ROW,
    overscan: 6,
    // The row that holds the keyboard stays, wherever the list is scrolled to.
    rangeExtractor: range => withRow(range, reachable)
  });

  React.useEffect(() => {
    reveal(scroller.current, Math.max(0, at));
    if (follow.current) {
      follow.current = false;
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>('button[tabindex="0"]')?.focus()
      );
    }
  }, [at, rows]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const next = Math.min(rows.length - 1, Math.max(0, reachable + step));
    if (next !== at && rows.length > 0) {
      follow.current = true;
      onFocusHead(headAt(rows[next], table.nHeads));
    }
  };
  const items = windowed
    ? virtual.getVirtualItems().map(item => item.index)
    : rows.map((_, index) => index);

  return (
    <div className="hl-RankedHeads" ref={scroller} onKeyDown={onKeyDown}>
      <table aria-rowcount={rows.length + 1} aria-label={`Heads by ${valueName(table.measure)}`}>
        <thead>
          <tr aria-rowindex={1}>
            {!isState && (
              <th scope="col" className="hl-RankedHeads-rank">
                Rank
              </th>
            )}
            <th scope="col" className="hl-RankedHeads-name">
              Head
            </th>
            {!isState && (
              <th scope="col" title={valueTitle(table.measure)}>
                {valueTitle(table.measure)}
              </th>
            )}
            {props.states && (
              <th scope="col" className={isState ? undefined : 'hl-RankedHeads-mark'}>
                State
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {windowedRows(items, rows.length).map(item =>
            typeof item === 'number' ? (
              <RankedRow
                {...props}
                key={rows[item]}
                place={item}
                head={headAt(rows[item], table.nHeads)}
                reachable={item === reachable}
                isSelected={sameHead(headAt(rows[item], table.nHeads), selected)}
              />
            ) : (
              <tr key={item.key} aria-hidden="true" style={{ height: item.rows * ROW }} />
            )
          )}
        </tbody>
      </table>
      {rows.length === 0 && (
        <p className="hl-RankedHeads-none hl-dim">No head passes the filter.</p>
      )}
    </div>
  );
}

interface RankedRowProps extends RankedHeadsProps {
  place: number;
  head: Head;
  reachable: boolean;
  isSelected: boolean;
}

function RankedRow(props: RankedRowProps): React.JSX.Element {
  const { table, range, states, head } = props;
  const flat = flatIndex(head, table.nHeads);
  const value = table.values[flat];
  const isState = table.measure.scale === 'state';
  const state = stateOf(states, head) ?? 'undescribed';
  return (
    <tr
      aria-rowindex={props.place + 2}
      aria-current={props.isSelected || undefined}
      onClick={() => props.onOpen(head)}
    >
      {!isState && (
        <td className="hl-number">
          {table.ranks[flat] ? formatCount(table.ranks[flat]) : MISSING}
        </td>
      )}
      <th scope="row">
        <button
          className="hl-RankedHeads-head"
          tabIndex={props.reachable ? 0 : -1}
          onFocus={() => props.onFocusHead(head)}
        >
          {headName(head)}
        </button>
      </th>
      {!isState && (
        <td className="hl-number">
          <span className="hl-RankedHeads-value">
            <span>{valueText(table, value)}</span>
            <ValueBar value={value} range={range} diverging={table.measure.scale === 'diverging'} />
          </span>
        </td>
      )}
      {states && (
        <td>
          {state !== 'undescribed' && (
            <span className="hl-RankedHeads-state">
              <MapMark state={state} alone={!isState} />
              {isState && stateWord(state)}
            </span>
          )}
          {state === 'undescribed' && isState && <span className="hl-dim">{stateWord(state)}</span>}
        </td>
      )}
    </tr>
  );
}

function ValueBar(props: { value: number; range: ColourRange; diverging: boolean }) {
  const { value, range, diverging } = props;
  if (Number.isNaN(value)) {
    return <span className="hl-ValueBar" aria-hidden="true" />;
  }
  const place = (at: number) =>
    100 * Math.min(1, Math.max(0, (at - range.low) / (range.high - range.low)));
  const [from, to] = [place(diverging ? 0 : range.low), place(value)];
  return (
    <span className="hl-ValueBar" data-diverging={diverging || undefined} aria-hidden="true">
      <span style={{ left: `${Math.min(from, to)}%`, width: `${Math.abs(to - from)}%` }} />
    </span>
  );
}

const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  n: 1,
  p: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity
};

/** Scroll a row into the list's own view; the page stays where it is. */
function reveal(scroller: HTMLElement | null, row: number): void {
  if (!scroller) {
    return;
  }
  const [top, bottom] = [row * ROW, (row + 2) * ROW];
  if (top < scroller.scrollTop) {
    scroller.scrollTop = top;
  } else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = bottom - scroller.clientHeight;
  }
}

function withRow(
  range: { startIndex: number; endIndex: number; overscan: number; count: number },
  row: number
) {
  const first = Math.max(0, range.startIndex - range.overscan);
  const last = Math.min(range.count - 1, range.endIndex + range.overscan);
  const shown = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  return row < range.count && (row < first || row > last)
    ? [...shown, row].sort((a, b) => a - b)
    : shown;
}

/** The rows to draw with the gaps between them, which keep the list's length. */
export function windowedRows(items: number[], count: number) {
  const parts: (number | { key: string; rows: number })[] = [];
  let next = 0;
  for (const item of items) {
    if (item > next) {
      parts.push({ key: `gap ${next}`, rows: item - next });
    }
    parts.push(item);
    next = item + 1;
  }
  if (next < count) {
    parts.push({ key: `gap ${next}`, rows: count - next });
  }
  return parts;
}
