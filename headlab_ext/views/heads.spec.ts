import { describe, expect, it } from 'vitest';
import {
  flatIndex,
  hasHead,
  headAt,
  headName,
  headWords,
  parseHead,
  sameHead,
  totalHeads
} from './heads';
import { makeCard } from './spec_records';

describe('heads', () => {
  it('are counted without the layers that have none', () => {
    const model = { ...makeCard().model, n_layers: 4, n_heads: 8 };
    expect(totalHeads(model)).toBe(32);
    expect(totalHeads({ ...model, layers_without_heads: [0, 2] })).toBe(16);
  });

  it('are written as L5H3', () => {
    expect(headName({ layer: 5, index: 3 })).toBe('L5H3');
    expect(headWords({ layer: 5, index: 3 })).toBe('Layer 5, head 3');
  });

  it.each(['L5H3', 'l5h3', 'L5.H3', '5.3', '  5.3 '])('are read from %s', text => {
    expect(parseHead(text)).toEqual({ layer: 5, index: 3 });
  });

  it.each(['', 'L5', '5', '5.3.1', 'L-1H3', 'L5H', '5,3', 'capital', '.5', 'L123456H0'])(
    'are not read from %j',
    text => expect(parseHead(text)).toBeNull()
  );

  it('are equal by layer and index, and none equals none', () => {
    expect(sameHead({ layer: 1, index: 2 }, { layer: 1, index: 2 })).toBe(true);
    expect(sameHead({ layer: 1, index: 2 }, { layer: 2, index: 1 })).toBe(false);
    expect(sameHead(null, { layer: 0, index: 0 })).toBe(false);
    expect(sameHead(null, undefined)).toBe(true);
  });

  it('lie layer after layer', () => {
    expect(flatIndex({ layer: 2, index: 5 }, 20)).toBe(45);
    for (const flat of [0, 19, 20, 59]) {
      expect(flatIndex(headAt(flat, 20), 20)).toBe(flat);
    }
    expect(hasHead({ layer: 2, index: 19 }, 3, 20)).toBe(true);
    expect(hasHead({ layer: 3, index: 0 }, 3, 20)).toBe(false);
    expect(hasHead({ layer: 0, index: 20 }, 3, 20)).toBe(false);
  });
});
