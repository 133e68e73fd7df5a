import { describe, expect, it } from 'vitest';
import { makeCard, makeRelation } from '../spec_records';
import { correlation, profileRows, scoreShown } from './profiles';

const card = (scores: Record<string, number>, not_applicable: string[] = []) =>
  makeCard({
    relations: Object.entries(scores).map(([name, score]) => makeRelation({ name, score })),
    not_applicable
  });

describe('profileRows', () => {
  it('aligns operations, the highest score first, and says why one is missing', () => {
    const rows = profileRows([
      card({ plural: 0.2, capital: 0.9 }, [
        'capital_long: 3 usable pairs',
        'past: 12 usable pairs'
      ]),
      null,
      card({ past: 0.5, plural: 0.1 }, ['capital: 7 usable pairs'])
    ]);
    expect(rows.map(row => row.name)).toEqual(['capital', 'past', 'plural']);
    expect(rows[0].cells.map(cell => cell?.score ?? null)).toEqual([0.9, null, null]);
    expect(rows[0].reasons).toEqual(['', '', 'capital: 7 usable pairs']);
    expect(rows[1].reasons).toEqual(['past: 12 usable pairs', '', '']);
  });

  it('marks where some are above their control and others not', () => {
    const rows = profileRows([card({ both: 0.9, one: 0.4 }), card({ both: 0.3, one: 0.05 })]);
    expect(rows.map(row => [row.name, row.differs])).toEqual([
      ['both', false],
      ['one', true] // a score as high as its control is not above it
    ]);
  });
});

describe('scoreShown', () => {
  const rows = profileRows([card({ a: 0.9 }), card({ a: 0.25 }), card({ b: 0.5 })]);

  it('is the score, or the difference to the baseline', () => {
    const [a] = rows;
    expect([0, 1, 2].map(place => scoreShown(a, place, null))).toEqual([0.9, 0.25, null]);
    expect([0, 1, 2].map(place => scoreShown(a, place, 1))).toEqual([0.65, 0, null]);
    expect([0, 1, 2].map(place => scoreShown(a, place, 2))).toEqual([null, null, null]);
  });

  it('takes no difference between scores at another k', () => {
    const five = makeCard({ relations: [makeRelation({ name: 'a', score: 0.5, k: 5 })] });
    const [row] = profileRows([five, card({ a: 0.9 })]);
    expect(scoreShown(row, 0, 1)).toBeNull();
    expect(correlation([row], 0, 1).operations).toBe(0);
  });
});

describe('correlation', () => {
  it('is Pearson’s', () => {
    // x = 1, 2, 3, 6 and y = 2, 4, 1, 5 (tenths): r = 7 / sqrt(14 * 10)
    const rows = profileRows([
      card({ a: 0.1, b: 0.2, c: 0.3, d: 0.6, e: 0.9 }),
      card({ a: 0.2, b: 0.4, c: 0.1, d: 0.5 })
    ]);
    const found = correlation(rows, 0, 1);
    expect(found.operations).toBe(4);
    expect(found.r).toBeCloseTo(7 / Math.sqrt(14 * 10), 12);
    expect(correlation(rows, 1, 0).r).toBeCloseTo(found.r!, 12);
    expect(correlation(rows, 0, 0).r).toBeCloseTo(1, 12);
  });

  it('is not defined for two operations, or for equal scores', () => {
    expect(correlation(profileRows([card({ a: 1, b: 0 }), card({ a: 0, b: 1 })]), 0, 1)).toEqual({
      r: null,
      operations: 2
    });
    const flat = card({ a: 0.1, b: 0.1, c: 0.1 });
    const other = card({ a: 0.1, b: 0.2, c: 0.3 });
    expect(correlation(profileRows([flat, other]), 0, 1).r).toBeNull();
  });

  it('keeps within its bounds and is the same for scaled scores', () => {
    let seed = 7;
    const next = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let time = 0; time < 200; time++) {
      const one = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`o${i}`, next()]));
      const two = Object.fromEntries(Object.keys(one).map(name => [name, next()]));
      const scaled = Object.fromEntries(
        Object.entries(two).map(([name, score]) => [name, score / 3 + 0.2])
      );
      const r = correlation(profileRows([card(one), card(two)]), 0, 1).r!;
      expect(Math.abs(r)).toBeLessThanOrEqual(1);
      expect(correlation(profileRows([card(one), card(scaled)]), 0, 1).r).toBeCloseTo(r, 9);
    }
  });
});
