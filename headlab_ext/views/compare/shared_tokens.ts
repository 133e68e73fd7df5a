// The same tokens in the lists of several heads.

interface Listed {
  token_id: number;
  text: string;
}

/** A head's list; null where it was not measured. `tokenizer` is the hash of its vocabulary. */
export interface TokenList<T extends Listed> {
  tokenizer: string;
  tokens: readonly T[] | null;
}

export interface TokenRow<T extends Listed> {
  key: string;
  /** Escaped, as records hold it. */
  text: string;
  /** The token's id; null where the heads' tokenizers differ, so that it has several. */
  id: number | null;
  cells: (T | null)[];
  /** How many heads list it. */
  count: number;
}

/**
 * One row a token, those that most heads list first, then by their best place in a list.
 *
 * Tokens are the same by id within one tokenizer, and by text between two. An id without a text of
 * its own is nobody else's.
 */
export function sharedTokens<T extends Listed>(lists: readonly TokenList<T>[]): TokenRow<T>[] {
  const one = haveOneTokenizer(lists.filter(list => list.tokens));
  const rows = new Map<string, TokenRow<T> & { place: number }>();
  lists.forEach(({ tokenizer, tokens }, column) =>
    tokens?.forEach((token, place) => {
      const keys = one
        ? [`id ${token.token_id}`]
        : [keyBetween(tokenizer, token), `${tokenizer} ${token.token_id}`];
      // Two ids of one tokenizer can have one text; the first of them speaks for it.
      const fits = (row?: TokenRow<T>) =>
        row?.cells.every(
          (cell, other) =>
            !cell || lists[other].tokenizer !== tokenizer || cell.token_id === token.token_id
        ) ?? true;
      const key = keys.find(candidate => fits(rows.get(candidate))) ?? keys[0];
      let row = rows.get(key);
      if (!row) {
        const id = one ? token.token_id : null;
        row = { key, text: token.text, id, cells: lists.map(() => null), count: 0, place };
        rows.set(key, row);
      }
      row.count += row.cells[column] ? 0 : 1;
      row.cells[column] ??= token;
      row.place = Math.min(row.place, place);
    })
  );
  return [...rows.values()].sort((a, b) => b.count - a.count || a.place - b.place);
}

export function haveOneTokenizer(lists: readonly { tokenizer: string }[]): boolean {
  return new Set(lists.map(list => list.tokenizer)).size <= 1;
}

function keyBetween(tokenizer: string, token: Listed): string {
  return /^‹unused \d+›$/.test(token.text)
    ? `${tokenizer} ${token.token_id}`
    : `text ${token.text}`;
}
