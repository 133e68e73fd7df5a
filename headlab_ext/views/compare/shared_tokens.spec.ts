import { describe, expect, it } from 'vitest';
import { sharedTokens, type TokenList } from './shared_tokens';

const TEXTS = { a: [0, 1, 2, 3, 4, 4], b: [1, 0, 5, 5, 2, 7], c: [9, 8, 0, 3, 3, 3] };

type Written = [id: number, text: string];

const list = (
  tokenizer: string,
  ...tokens: Written[]
): TokenList<{ token_id: number; text: string }> => ({
  tokenizer,
  tokens: tokens.map(([token_id, text]) => ({ token_id, text }))
});

const found = (...lists: TokenList<{ token_id: number; text: string }>[]) =>
  sharedTokens(lists).map(row => [row.text, row.cells.map(cell => cell?.token_id ?? null)]);

describe('tokens of several heads', () => {
  it('are matched by id within one tokenizer', () => {
    expect(found(list('a', [1, ' one'], [2, ' two']), list('a', [2, ' two'], [3, ' one']))).toEqual(
      [
        [' two', [2, 2]],
        [' one', [1, null]],
        [' one', [null, 3]]
      ]
    );
  });

  it('are matched by text between two, never by id', () => {
    expect(
      found(list('a', [1, ' one'], [2, ' two']), list('b', [1, ' two'], [2, 'two'], [7, ' one']))
    ).toEqual([
      [' one', [1, 7]],
      [' two', [2, 1]],
      ['two', [null, 2]]
    ]);
  });

  it('are not matched where an id has no text of its own', () => {
    expect(found(list('a', [5, '‹unused 5›']), list('b', [5, '‹unused 5›']))).toEqual([
      ['‹unused 5›', [5, null]],
      ['‹unused 5›', [null, 5]]
    ]);
  });

  it('keep two ids with one text apart', () => {
    expect(found(list('a', [1, 'x'], [2, 'x']), list('b', [9, 'x']))).toEqual([
      ['x', [1, 9]],
      ['x', [2, null]]
    ]);
  });

  it('stand in the order of how many heads list them, then of their best place', () => {
    const unmeasured = { tokenizer: 'a', tokens: null };
    const rows = sharedTokens([
      list('a', [1, 'first'], [2, 'second'], [3, 'third']),
      list('a', [4, 'other'], [3, 'third']),
      unmeasured
    ]);
    expect(rows.map(row => [row.text, row.count])).toEqual([
      ['third', 2],
      ['first', 1],
      ['other', 1],
      ['second', 1]
    ]);
    expect(rows.every(row => row.cells[2] === null)).toBe(true);
  });

  it('lose nothing and match nothing wrong, whatever the tokenizers', () => {
    let seed = 3;
    const next = (below: number) => (seed = (seed * 16807) % 2147483647) % below;
    for (let time = 0; time < 200; time++) {
      const lists = Array.from({ length: 2 + next(3) }, () => {
        const tokenizer = (['a', 'b', 'c'] as const)[next(3)];
        const ids = new Set(Array.from({ length: next(8) }, () => next(6)));
        return list(tokenizer, ...[...ids].map((id): Written => [id, `t${TEXTS[tokenizer][id]}`]));
      });
      const rows = sharedTokens(lists);
      lists.forEach((one, column) => {
        const kept = rows.flatMap(row => row.cells[column] ?? []);
        expect(new Set(kept)).toEqual(new Set(one.tokens));
        expect(kept).toHaveLength(one.tokens!.length);
      });
      for (const { cells } of rows) {
        const [texts, ids] = [new Set<string>(), new Set<string>()];
        const tokenizers = new Set<string>();
        cells.forEach((cell, column) => {
          if (cell) {
            texts.add(cell.text);
            tokenizers.add(lists[column].tokenizer);
            ids.add(`${lists[column].tokenizer} ${cell.token_id}`);
          }
        });
        expect(texts.size).toBe(1);
        expect(ids.size).toBe(tokenizers.size);
      }
    }
  });
});
