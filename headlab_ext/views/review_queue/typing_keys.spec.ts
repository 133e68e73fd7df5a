import { expect, it } from 'vitest';
import { reasonKey, textKey } from './typing_keys';

it('keeps text under a key of its own for each mode, head and draft', () => {
  const head = { layer: 0, index: 1 };
  const keys = [
    textKey('votes', 1, head, 1),
    textKey('votes', 1, head, null),
    textKey('decide', 1, head, 1),
    textKey('votes', 2, head, 1),
    reasonKey('votes', 1, head)
  ];
  expect(new Set(keys).size).toBe(keys.length);
});
