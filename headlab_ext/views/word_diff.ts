export interface DiffPart {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

const MAX_CELLS = 4_000_000;

/** What changed between two texts, word by word; white space alone is no change. */
export function wordDiff(before: string, after: string): DiffPart[] {
  const a = words(before);
  const b = words(after);
  if (a.length * b.length > MAX_CELLS) {
    return joined([part('removed', before), part('added', after)]);
  }
  const common = commonLengths(a, b);
  const parts: DiffPart[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && sameWord(a[i], b[j])) {
      parts.push(part('same', b[j]));
      i++;
      j++;
    } else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) {
      parts.push(part('removed', a[i++]));
    } else {
      parts.push(part('added', b[j++]));
    }
  }
  return joined(parts);
}

/** `[i][j]`: the length of the longest common run of words of `a` from i and `b` from j. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i][j] = sameWord(a[i], b[j])
        ? table[i + 1][j + 1] + 1
        : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

/** Words with the space before them. */
function words(text: string): string[] {
  return text.match(/\s*\S+/gu) ?? [];
}

function sameWord(a: string, b: string): boolean {
  return a.trimStart() === b.trimStart();
}

function part(kind: DiffPart['kind'], text: string): DiffPart {
  return { kind, text };
}

function joined(parts: readonly DiffPart[]): DiffPart[] {
  const found: DiffPart[] = [];
  for (const next of parts) {
    const last = found.at(-1);
    if (next.text === '') {
      continue;
    }
    if (last?.kind === next.kind) {
      last.text += next.text;
    } else {
      found.push({ ...next });
    }
  }
  return found;
}
