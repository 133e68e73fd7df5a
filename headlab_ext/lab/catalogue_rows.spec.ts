import { describe, expect, it } from 'vitest';
import type { EntrySummary } from '../contract/records';
import { inPlace, nearest, PAGE, rowAt, withEntry, type Pages } from './catalogue_rows';
import { exampleEntry, exampleRow, exampleRows } from './example_entries';

/** Numbers from 0 up to 1 that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function paged(rows: readonly EntrySummary[]): Pages {
  const pages = new Map<number, EntrySummary[]>();
  rows.forEach((row, at) => {
    const page = Math.floor(at / PAGE);
    pages.set(page, [...(pages.get(page) ?? []), row]);
  });
  return pages;
}

const ids = (pages: Pages) => [...pages.values()].flat().map(row => row.id);

describe('rows that change elsewhere', () => {
  it('change where they are, and are named', () => {
    const old = exampleRows(5);
    const fresh = old.map(row => (row.id === 3 ? { ...row, state: 'accepted' as const } : row));
    const found = inPlace({ pages: paged(old), total: 5 }, { pages: paged(fresh), total: 5 });
    expect(found.news).toBeNull();
    expect([...found.changed]).toEqual([3]);
    expect(rowAt(found.pages, 2)?.state).toBe('accepted');
  });

  it('stay where they are when others come between them, with the count of those', () => {
    const old = exampleRows(5);
    const fresh = [exampleRow({ id: 90 }), { ...old[0], tags: ['new'] }, ...old.slice(1)];
    const found = inPlace({ pages: paged(old), total: 5 }, { pages: paged(fresh), total: 6 });
    expect(ids(found.pages)).toEqual([1, 2, 3, 4, 5]);
    expect(rowAt(found.pages, 0)?.tags).toEqual(['new']);
    expect(found).toMatchObject({ total: 5, news: { arrived: 1 } });
  });

  it('are not all there is when others came behind what is in view', () => {
    const page = paged(exampleRows(PAGE));
    const found = inPlace({ pages: page, total: 400 }, { pages: page, total: 403 });
    expect(found).toMatchObject({ total: 400, news: { arrived: 3 } });
    const fewer = inPlace({ pages: page, total: 400 }, { pages: page, total: 399 });
    expect(fewer).toMatchObject({ total: 399, news: null });
  });

  it('never move whatever happens, and are the list itself when nothing is new', () => {
    const draw = random(7);
    for (let round = 0; round < 300; round++) {
      const old = exampleRows(1 + Math.floor(draw() * 30));
      const fresh = old
        .filter(() => draw() > 0.05)
        .map(row => (draw() < 0.2 ? { ...row, revision: row.revision + 1 } : row));
      if (draw() < 0.3) {
        fresh.splice(Math.floor(draw() * fresh.length), 0, exampleRow({ id: 500 + round }));
      }
      if (fresh.length === 0) {
        continue;
      }
      const [before, now] = [paged(old), paged(fresh)];
      const found = inPlace(
        { pages: before, total: old.length },
        { pages: now, total: fresh.length }
      );
      const same = JSON.stringify(ids(before)) === JSON.stringify(ids(now));
      expect(found.news === null).toBe(same);
      expect(ids(found.pages)).toEqual(ids(before));
      for (const row of [...found.pages.values()].flat()) {
        const known = fresh.find(one => one.id === row.id);
        const was = old.find(one => one.id === row.id);
        expect(row).toEqual(known ?? was);
        expect(found.changed.has(row.id)).toBe(known !== undefined && known !== was);
      }
    }
  });

  it('take over the decision made here with all that a row shows', () => {
    const pages = paged([exampleRow()]);
    const entry = exampleEntry({
      head_names: ['induction'],
      open_votes: 2,
      in_review: true,
      state: 'accepted'
    });
    expect(rowAt(withEntry(pages, entry), 0)).toMatchObject({
      head_names: ['induction'],
      open_votes: 2,
      in_review: true,
      state: 'accepted',
      verdicts: {}
    });
  });
});

describe('pages that are kept', () => {
  it('are those around what is in view', () => {
    const pages: Pages = new Map(Array.from({ length: 20 }, (_, page) => [page, []]));
    const kept = nearest(pages, 10 * PAGE, 10 * PAGE + 40, 5);
    expect([...kept.keys()].sort((one, other) => one - other)).toEqual([8, 9, 10, 11, 12]);
    expect(nearest(pages, 0, 40, 50).size).toBe(20);
  });
});
