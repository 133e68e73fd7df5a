// The columns of the table of entries: which there are, and how a person laid them out.
import type { SORTS } from '../../contract/records';

export type Sort = (typeof SORTS)[number];

export interface Column {
  key: ColumnKey;
  title: string;
  /** Pixels to start with. */
  width: number;
  /** The order of the list that it stands for, and whether that starts from the largest. */
  sort?: Sort;
  largestFirst?: boolean;
}

const KEYS = [
  'head',
  'state',
  'description',
  'score',
  'tests',
  'tags',
  'names',
  'model',
  'drafter',
  'updated'
] as const;

export type ColumnKey = (typeof KEYS)[number];

/** The head stays: without it nobody knows what a row is about. */
export const FIXED: ColumnKey = 'head';

export const MIN_WIDTH = 56;
const MAX_WIDTH = 1200;

export const COLUMNS: Record<ColumnKey, Column> = {
  head: { key: 'head', title: 'Head', width: 80, sort: 'head' },
  state: { key: 'state', title: 'State', width: 190, sort: 'state' },
  description: { key: 'description', title: 'Description', width: 280 },
  score: {
    key: 'score',
    title: 'Best operation, score',
    width: 190,
    sort: 'score',
    largestFirst: true
  },
  tests: { key: 'tests', title: 'Tests', width: 110 },
  tags: { key: 'tags', title: 'Tags', width: 100 },
  names: { key: 'names', title: 'Head names', width: 110 },
  model: { key: 'model', title: 'Model', width: 110 },
  drafter: { key: 'drafter', title: 'Drafter', width: 100 },
  updated: { key: 'updated', title: 'Updated', width: 132, sort: 'updated', largestFirst: true }
};

/** All columns in the order of the person, those that are hidden, and widths that were changed. */
export interface Layout {
  order: readonly ColumnKey[];
  hidden: readonly ColumnKey[];
  widths: Partial<Record<ColumnKey, number>>;
}

export const FIRST_LAYOUT: Layout = { order: KEYS, hidden: [], widths: {} };

export function visibleColumns(layout: Omit<Layout, 'widths'>): readonly Column[] {
  return layout.order.filter(key => !layout.hidden.includes(key)).map(key => COLUMNS[key]);
}

export function widthOf(layout: Layout, key: ColumnKey): number {
  return layout.widths[key] ?? COLUMNS[key].width;
}

/** A column's width in pixels, within what can be read and found again. */
export function resized(layout: Layout, key: ColumnKey, width: number): Layout {
  const kept = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.round(width)));
  return { ...layout, widths: { ...layout.widths, [key]: kept } };
}

/** A column some places further to the right, or with a negative `by` to the left. */
export function moved(layout: Layout, key: ColumnKey, by: number): Layout {
  const order = layout.order.filter(one => one !== key);
  const at = layout.order.indexOf(key) + by;
  order.splice(Math.min(order.length, Math.max(0, at)), 0, key);
  return { ...layout, order };
}

export function toggled(layout: Layout, key: ColumnKey): Layout {
  if (key === FIXED) {
    return layout;
  }
  const hidden = layout.hidden.includes(key)
    ? layout.hidden.filter(one => one !== key)
    : [...layout.hidden, key];
  return { ...layout, hidden };
}

/** A layout from what may be anything; columns that it does not know come last. */
export function readLayout(found: unknown): Layout {
  const given = (typeof found === 'object' && found !== null ? found : {}) as Record<
    string,
    unknown
  >;
  const known = keysIn(given.order);
  let layout: Layout = {
    order: [...known, ...KEYS.filter(key => !known.includes(key))],
    hidden: keysIn(given.hidden).filter(key => key !== FIXED),
    widths: {}
  };
  for (const [key, width] of Object.entries(given.widths ?? {})) {
    if (isKey(key) && typeof width === 'number' && Number.isFinite(width)) {
      layout = resized(layout, key, width);
    }
  }
  return layout;
}

function keysIn(value: unknown): ColumnKey[] {
  return Array.isArray(value) ? [...new Set(value.filter(isKey))] : [];
}

function isKey(value: unknown): value is ColumnKey {
  return (KEYS as readonly unknown[]).includes(value);
}
