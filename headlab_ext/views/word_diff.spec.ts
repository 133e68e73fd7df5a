import { describe, expect, it } from 'vitest';
import { firstSentence } from './sentences';
import { wordDiff } from './word_diff';

const written = (before: string, after: string) =>
  wordDiff(before, after)
    .map(({ kind, text }) =>
      kind === 'same' ? text : kind === 'added' ? `{+${text}+}` : `[-${text}-]`
    )
    .join('');

describe('wordDiff', () => {
  it.each([
    ['a b c', 'a b c', 'a b c'],
    ['a b c', 'a x c', 'a[- b-]{+ x+} c'],
    ['', 'a b', '{+a b+}'],
    ['a b', '', '[-a b-]'],
    ['b c', 'a b c', '{+a+} b c']
  ])('of %j and %j', (before, after, expected) => {
    expect(written(before, after)).toBe(expected);
  });

  it('gives both texts back', () => {
    const texts = ['x y z', 'y x z z', 'a', '', 'z y x w v', 'x x y y z z'];
    for (const before of texts) {
      for (const after of texts) {
        const parts = wordDiff(before, after);
        const kept = (dropped: string) =>
          parts
            .filter(part => part.kind !== dropped)
            .flatMap(part => part.text.split(/\s+/))
            .filter(Boolean);
        expect(kept('removed')).toEqual(after.split(' ').filter(Boolean));
        expect(kept('added')).toEqual(before.split(' ').filter(Boolean));
      }
    }
  });
});

describe('firstSentence', () => {
  it.each([
    ['Maps a to b (score 0.99 of 5). Then c.', 'Maps a to b (score 0.99 of 5).', 'Then c.'],
    ['One sentence', 'One sentence', ''],
    ['Really? Yes.', 'Really?', 'Yes.'],
    ['', '', '']
  ])('of %j', (text, first, rest) => {
    expect(firstSentence(text)).toEqual({ first, rest });
  });
});
