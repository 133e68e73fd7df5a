import { describe, expect, it } from 'vitest';
import { readPieces, readToken, trueText } from './escapes';

describe('readPieces', () => {
  it.each([
    ['the', [['text', 'the', '']]],
    [
      ' the',
      [
        ['space', ' ', '·'],
        ['text', 'the', '']
      ]
    ],
    [
      '\\n\\n',
      [
        ['newline', '\n', '↵'],
        ['newline', '\n', '↵']
      ]
    ],
    ['\\t', [['tab', '\t', '→']]],
    ['\\r', [['return', '\r', 'CR']]],
    ['\\xe2', [['byte', '\\xe2', '<0xE2>']]],
    ['\\u202e', [['control', '\u202e', 'U+202E']]],
    ['\\U000e0001', [['control', '\u{e0001}', 'U+E0001']]],
    ['\\\\n', [['text', '\\n', '']]],
    ['\\\\', [['text', '\\', '']]],
    ['<script>', [['text', '<script>', '']]],
    ['\u0301', [['text', '\u0301', '◌']]]
  ])('reads %j', (escaped, expected) => {
    expect(readPieces(escaped).map(({ kind, text, mark }) => [kind, text, mark])).toEqual(expected);
  });

  it('boxes what does not show, escaped or not', () => {
    const unseen = ['\\u200b', '\u202e', '\u00a0', '\u3000', '\ufe0f', '\u2800', '\u00ad'];
    for (const text of unseen) {
      expect(readPieces(text).map(piece => piece.kind)).toEqual(['control']);
    }
  });

  it('leaves what is no escape as text', () => {
    expect(trueText(readPieces('\\q \\u12 \\U00110000'))).toBe('\\q \\u12 \\U00110000');
  });

  it('gives back any text that was escaped, and draws different texts differently', () => {
    const random = generator(7);
    const seen = new Map<string, string>();
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: 1 + random(5) }, () => ALPHABET[random(ALPHABET.length)]);
      const whole = text.join('');
      const pieces = readPieces(escape(whole));
      expect(trueText(pieces)).toBe(whole);
      const drawn = JSON.stringify(
        pieces.map(({ kind, mark, text }) => [kind, kind === 'text' ? mark + text : mark])
      );
      expect(seen.get(drawn) ?? whole).toBe(whole);
      seen.set(drawn, whole);
    }
  });
});

describe('readToken', () => {
  it('tells special tokens from tokens that look like them', () => {
    expect(readToken('‹<s>›').special).toBe(true);
    expect(trueText(readToken('‹<s>›').pieces)).toBe('<s>');
    expect(readToken('<s>').special).toBe(false);
  });
});

const ALPHABET = [
  ...['a', 'n', 'x', 'u', '2', '0', 'e', '\\', ' ', '\n', '\t', '\r', '<', '>', 'é', 'ש'],
  ...['\u0000', '\u001b', '\u00a0', '\u200b', '\u200d', '\u202e', '\u2066', '\u{e0001}'],
  ...['👩', '💻', '\u0301', '·', '↵', '…']
];

// The grammar of headlab/records/text.py, written once more.
function escape(text: string): string {
  const short: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };
  return [...text]
    .map(character => {
      const code = character.codePointAt(0)!;
      if (short[character]) {
        return short[character];
      }
      if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00a0]/u.test(character)) {
        return code < 0x10000
          ? `\\u${code.toString(16).padStart(4, '0')}`
          : `\\U${code.toString(16).padStart(8, '0')}`;
      }
      return character;
    })
    .join('');
}

function generator(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}
