// The rows of a long list of which only some pages are here.
import type { Entry, EntrySummary, Head } from '../contract/records';
import { sameHead } from '../views/heads';

export const PAGE = 200;

export type Pages = ReadonlyMap<number, readonly EntrySummary[]>;

export function rowAt(pages: Pages, index: number): EntrySummary | null {
  return pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null;
}

/** The place of the first row that fits, among those that are here. */
export function indexOf(pages: Pages, fits: (row: EntrySummary) => boolean): number | null {
  for (const [page, rows] of pages) {
    const found = rows.findIndex(fits);
    if (found >= 0) {
      return page * PAGE + found;
    }
  }
  return null;
}

export function isHead(fingerprint: string, head: Head): (row: EntrySummary) => boolean {
  return row => row.model_fingerprint === fingerprint && sameHead(row.head, head);
}

/** The pages that rows `first` to `last` are on. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / PAGE);
  const to = Math.floor(Math.max(0, last) / PAGE);
  return Array.from({ length: to - from + 1 }, (_, step) => from + step);
}

/** The same rows with one of them as it is now. */
export function withEntry(pages: Pages, entry: Entry): Pages {
  const at = indexOf(pages, row => row.id === entry.id);
  const old = at === null ? null : rowAt(pages, at);
  if (at === null || !old) {
    return pages;
  }
  const page = Math.floor(at / PAGE);
  const rows = [...(pages.get(page) ?? [])];
  rows[at % PAGE] = {
    ...old,
    state: entry.state,
    description: entry.description,
    categories: entry.categories,
    stages: entry.stages,
    tags: entry.tags,
    head_names: entry.head_names,
    verdicts: verdictsOf(entry),
    open_votes: entry.open_votes,
    in_review: entry.in_review,
    revision: entry.revision,
    updated_at: entry.updated_at
  };
  return new Map(pages).set(page, rows);
}

/** The verdicts of the tests that were made of the description in force. */
function verdictsOf(entry: Entry): EntrySummary['verdicts'] {
  const current = (entry.tests ?? []).filter(test => test.description === entry.description);
  return Object.fromEntries(current.map(({ result }) => [result.kind, result.verdict]));
}

/** Those of the pages that are nearest to what is in view, at most `most` of them. */
export function nearest(pages: Pages, first: number, last: number, most: number): Pages {
  const middle = (first + last) / 2 / PAGE;
  const kept = Array.from(pages)
    .sort(([one], [other]) => Math.abs(one + 0.5 - middle) - Math.abs(other + 0.5 - middle))
    .slice(0, most);
  return new Map(kept);
}

/** What came and went while the rows on the screen stay where they are. */
export interface News {
  /** How many entries more than shown. */
  arrived: number;
}

export interface Merged {
  pages: Pages;
  total: number;
  /** The rows that are not what they were. */
  changed: ReadonlySet<number>;
  /** Null where the rows shown are the list as it is. */
  news: News | null;
}

/**
 * Rows as they are now, each where it was shown, so that none moves under the pointer.
 *
 * `fresh` are the same pages as they are now. Rows that left them stay as they were.
 */
export function inPlace(
  old: { pages: Pages; total: number },
  fresh: { pages: Pages; total: number }
): Merged {
  const now = new Map<number, EntrySummary>();
  fresh.pages.forEach(rows => rows.forEach(row => now.set(row.id, row)));
  const changed = new Set<number>();
  const pages = new Map<number, readonly EntrySummary[]>();
  let moved = fresh.total > old.total;
  for (const [page, rows] of fresh.pages) {
    const shown = old.pages.get(page) ?? rows;
    moved ||= shown.length > rows.length || shown.some((row, at) => row.id !== rows[at].id);
    pages.set(
      page,
      shown.map(row => {
        const found = now.get(row.id) ?? row;
        if (JSON.stringify(found) === JSON.stringify(row)) {
          return row;
        }
        changed.add(row.id);
        return found;
      })
    );
  }
  return moved
    ? { pages, total: old.total, changed, news: { arrived: Math.max(0, fresh.total - old.total) } }
    : { pages: fresh.pages, total: fresh.total, changed, news: null };
}
