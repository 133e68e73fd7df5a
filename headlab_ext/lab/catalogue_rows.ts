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
    revision: entry.revision,
    updated_at: entry.updated_at
  };
  return new Map(pages).set(page, rows);
}
