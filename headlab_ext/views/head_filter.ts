// The filter field above the map: a threshold, a head, or a state.
import type { Head } from '../contract/records';
import { slack, type HeadTable } from './head_table';
import { STATE_LOOKS, isState, type HeadState, type StateGrid } from './head_states';
import { flatIndex, hasHead, headName, parseHead } from './heads';
import { formatCount } from './numbers';

export type Comparison = '≥' | '>' | '≤' | '<';

export type HeadFilter =
  | { kind: 'none' }
  | { kind: 'threshold'; comparison: Comparison; value: number }
  | { kind: 'head'; head: Head }
  | { kind: 'state'; state: HeadState }
  | { kind: 'ignored'; hint: string };

export const FILTER_HINT = 'Write a threshold such as ≥ .15, a head such as L5H3, or a state.';

const COMPARISONS: Record<string, Comparison> = {
  '>=': '≥',
  '=>': '≥',
  '≥': '≥',
  '>': '>',
  '<=': '≤',
  '=<': '≤',
  '≤': '≤',
  '<': '<'
};

export function parseFilter(text: string, table: HeadTable): HeadFilter {
  const trimmed = text.trim();
  if (trimmed === '') {
    return { kind: 'none' };
  }
  const head = parseHead(trimmed);
  if (head) {
    return hasHead(head, table.nLayers, table.nHeads)
      ? { kind: 'head', head }
      : {
          kind: 'ignored',
          hint: `There is no ${headName(head)}: layers go to ${table.nLayers - 1}, heads to ${table.nHeads - 1}.`
        };
  }
  const threshold = /^(>=|=>|<=|=<|[≥≤<>])\s*([+\-−]?(?:\d+\.?\d*|\.\d+)(?:e[+\-−]?\d+)?)$/i.exec(
    trimmed
  );
  if (threshold) {
    return table.measure.scale === 'state'
      ? { kind: 'ignored', hint: 'States have no threshold. Write a state such as accepted.' }
      : {
          kind: 'threshold',
          comparison: COMPARISONS[threshold[1]],
          value: Number(threshold[2].replaceAll('−', '-'))
        };
  }
  const state = stateNamed(trimmed.toLowerCase());
  return state ? { kind: 'state', state } : { kind: 'ignored', hint: FILTER_HINT };
}

/** 1 for each head that the filter keeps; null where it keeps all. */
export function matches(
  filter: HeadFilter,
  table: HeadTable,
  states: StateGrid | null
): Uint8Array | null {
  switch (filter.kind) {
    case 'threshold':
      return Uint8Array.from(table.values, value => Number(passes(value, filter)));
    case 'head': {
      const kept = new Uint8Array(table.values.length);
      kept[flatIndex(filter.head, table.nHeads)] = 1;
      return kept;
    }
    case 'state':
      return Uint8Array.from(table.values, (_, flat) =>
        Number((states?.states[flat] ?? 'undescribed') === filter.state)
      );
    default:
      return null;
  }
}

/** "12 of 60 heads", or why the text filters nothing. */
export function filterText(filter: HeadFilter, kept: Uint8Array | null, total: number): string {
  if (filter.kind === 'ignored') {
    return filter.hint;
  }
  const count = kept ? kept.reduce((sum, one) => sum + one, 0) : total;
  const all = `${formatCount(total)} ${total === 1 ? 'head' : 'heads'}`;
  return kept ? `${formatCount(count)} of ${all}` : all;
}

function passes(value: number, filter: { comparison: Comparison; value: number }): boolean {
  const near = slack(filter.value);
  switch (filter.comparison) {
    case '≥':
      return value >= filter.value - near;
    case '>':
      return value > filter.value + near;
    case '≤':
      return value <= filter.value + near;
    case '<':
      return value < filter.value - near;
  }
}

function stateNamed(word: string): HeadState | null {
  if (isState(word)) {
    return word;
  }
  const found = Object.entries(STATE_LOOKS).find(([, look]) => look.word === word);
  return found ? (found[0] as HeadState) : null;
}
