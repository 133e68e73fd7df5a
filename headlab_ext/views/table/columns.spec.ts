import { describe, expect, it } from 'vitest';
import {
  FIRST_LAYOUT,
  MIN_WIDTH,
  moved,
  readLayout,
  resized,
  toggled,
  visibleColumns,
  widthOf
} from './columns';

const keys = (layout = FIRST_LAYOUT) => visibleColumns(layout).map(column => column.key);

describe('columns', () => {
  it('are hidden and shown again in their place, but for the head', () => {
    const hidden = toggled(FIRST_LAYOUT, 'tests');
    expect(keys(hidden)).not.toContain('tests');
    expect(keys(toggled(hidden, 'tests'))).toEqual(keys());
    expect(toggled(FIRST_LAYOUT, 'head')).toBe(FIRST_LAYOUT);
  });

  it('move by places and stop at the ends, none lost', () => {
    expect(keys(moved(FIRST_LAYOUT, 'state', -1)).slice(0, 2)).toEqual(['state', 'head']);
    expect(keys(moved(FIRST_LAYOUT, 'state', 100)).at(-1)).toBe('state');
    expect(keys(moved(FIRST_LAYOUT, 'head', -5))).toEqual(keys());
    for (const key of keys()) {
      for (const by of [-3, -1, 1, 3]) {
        expect(keys(moved(FIRST_LAYOUT, key, by)).sort()).toEqual(keys().sort());
      }
    }
  });

  it('have a width that can be found again', () => {
    expect(widthOf(resized(FIRST_LAYOUT, 'tags', 3), 'tags')).toBe(MIN_WIDTH);
    expect(widthOf(resized(FIRST_LAYOUT, 'tags', 99999), 'tags')).toBe(1200);
    expect(widthOf(resized(FIRST_LAYOUT, 'tags', 200.4), 'tags')).toBe(200);
  });

  it('come back from JSON as they were laid out', () => {
    const laid = resized(moved(toggled(FIRST_LAYOUT, 'drafter'), 'score', -2), 'model', 77);
    expect(readLayout(JSON.parse(JSON.stringify(laid)))).toEqual(laid);
  });

  it('take no harm from what another version kept', () => {
    for (const odd of [null, 1, 'x', [], { order: 7, hidden: {}, widths: 'x' }]) {
      expect(readLayout(odd)).toEqual(FIRST_LAYOUT);
    }
    const found = readLayout({ order: ['score', 'gone', 'score'], hidden: ['head', 'gone'] });
    expect(found.order[0]).toBe('score');
    expect([...found.order].sort()).toEqual([...FIRST_LAYOUT.order].sort());
    expect(found.hidden).toEqual([]);
  });
});
