// What lists of entries share: few rows in the page, one of them the tab stop, keys that walk.
import { useVirtualizer, type Range, type Virtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

export interface RowsInView {
  total: number;
  /** The row with the tab stop, unless that is elsewhere. */
  active: number;
  /** What of the list has the tab stop instead of a row. */
  elsewhere?: string | null;
  rowHeight: number;
  /** Pixels of the scroller that a fixed header covers. */
  covered?: number;
  /** Where to start, in pixels. */
  scrolledTo?: number;
  /** Rows `first` to `last` are in view. */
  onRange: (first: number, last: number) => void;
}

/** The rows to draw; the active one is brought into view, and the keyboard goes along with it. */
export function useRowsInView(
  scroller: React.RefObject<HTMLDivElement | null>,
  options: RowsInView
): Virtualizer<HTMLDivElement, Element> {
  const { total, active, elsewhere = null, rowHeight, covered = 0, onRange } = options;
  const shown = React.useRef({ active, elsewhere });
  // eslint-disable-next-line react-hooks/incompatible-library -- its result is not memoised here
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialOffset: options.scrolledTo ?? 0,
    overscan: 4,
    // The row that holds the keyboard stays, wherever the list is scrolled to, until the next has it.
    rangeExtractor: range => withRows(range, [active, shown.current.active])
  });
  const first = virtual.range?.startIndex ?? 0;
  const last = virtual.range?.endIndex ?? 0;
  React.useEffect(() => onRange(first, last), [onRange, first, last, total]);

  React.useLayoutEffect(() => {
    const before = shown.current;
    if (before.active === active && before.elsewhere === elsewhere) {
      return;
    }
    shown.current = { active, elsewhere };
    const held = scroller.current?.contains(document.activeElement);
    if (elsewhere === null) {
      reveal(scroller.current, active, rowHeight, covered);
    }
    if (held) {
      scroller.current
        ?.querySelector<HTMLElement>('[tabindex="0"]')
        ?.focus({ preventScroll: true });
    }
  }, [scroller, active, elsewhere, rowHeight, covered]);
  return virtual;
}

/** How far a key moves; null for keys that do not. */
export function stepOf(
  key: string,
  scroller: HTMLElement | null,
  rowHeight: number
): number | null {
  const page = Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / rowHeight) - 1);
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -Infinity,
    End: Infinity
  };
  return steps[key] ?? null;
}

export function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}

function reveal(
  scroller: HTMLElement | null,
  index: number,
  rowHeight: number,
  covered: number
): void {
  if (!scroller) {
    return;
  }
  const top = index * rowHeight;
  const bottom = top + rowHeight + covered;
  if (top < scroller.scrollTop) {
    scroller.scrollTop = top;
  } else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = bottom - scroller.clientHeight;
  }
}

function withRows(range: Range, kept: readonly number[]): number[] {
  const first = Math.max(0, range.startIndex - range.overscan);
  const last = Math.min(range.count - 1, range.endIndex + range.overscan);
  const rows = new Set(kept.filter(row => row < range.count));
  for (let row = first; row <= last; row++) {
    rows.add(row);
  }
  return [...rows].sort((one, other) => one - other);
}
