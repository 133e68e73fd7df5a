import { describe, expect, it } from 'vitest';
import { bestOperation } from './best_operation';
import { rowIds, rowIndex } from './evidence_rows';
import { makeCard, makeRelation } from './spec_records';

describe('rowIds', () => {
  it('counts every list of a card from 1', () => {
    const card = makeCard({ mappings: makeCard().mappings.slice(0, 2) });
    expect([...rowIds(card)]).toEqual(['R1', 'R2', 'M1', 'M2', 'P1', 'Q1', 'T1', 'T2', 'U1']);
  });

  it('has no ablation rows without an ablation', () => {
    expect([...rowIds(makeCard({ ablation: null, mappings: [] }))]).toEqual(['R1', 'R2']);
  });
});

describe('rowIndex', () => {
  it.each([
    ['M', 'M17', 16],
    ['M', 'R17', -1],
    ['M', 'M', -1]
  ] as const)('in %s of %s', (prefix, row, index) => {
    expect(rowIndex(prefix, row)).toBe(index);
  });
});

describe('bestOperation', () => {
  it('is the highest score', () => {
    const best = bestOperation(makeCard());
    expect([best?.row.name, best?.way, best?.index]).toEqual(['country_to_capital', 'writes', 0]);
  });

  it('is a suppression where that is higher, with its own rank and control', () => {
    const relations = [
      makeRelation({ score: 0.2 }),
      makeRelation({ suppression: 0.7, score: 0, suppression_rank: 2, suppression_control: 0.6 })
    ];
    expect(bestOperation(makeCard({ relations }))).toMatchObject({
      way: 'suppresses',
      index: 1,
      score: 0.7,
      rank: 2,
      control: 0.6,
      aboveControl: true
    });
  });

  it('is above its control if any operation is', () => {
    const relations = [makeRelation({ score: 0.5, control: 0.6 }), makeRelation({ score: 0.3 })];
    expect(bestOperation(makeCard({ relations }))).toMatchObject({ index: 1, aboveControl: true });
  });

  it('is none without operations', () => {
    expect(bestOperation(makeCard({ relations: [] }))).toBeNull();
  });
});
