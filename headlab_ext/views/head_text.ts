// What is said about a head's value: in the accessible name, the tip and the status line.
import type { Head, Measure } from '../contract/records';
import { stateOf, stateWord, type HeadState, type StateGrid } from './head_states';
import { rankOf, valueName, valueOf, valueText, type HeadTable } from './head_table';
import { headWords } from './heads';
import { formatRank } from './numbers';

export interface HeadText {
  /** `relation score 0.412`, with the unit where the name does not imply it. */
  value: string;
  /** `rank 3 of 60`; empty for states and missing values. */
  rank: string;
  /** Empty while the catalogue is not known. */
  state: string;
  stateKey: HeadState | null;
}

export function headText(table: HeadTable, states: StateGrid | null, head: Head): HeadText {
  const value = valueOf(table, head);
  const rank = rankOf(table, head);
  const stateKey = states ? (stateOf(states, head) ?? 'undescribed') : null;
  return {
    value:
      table.measure.scale === 'state'
        ? ''
        : Number.isNaN(value)
          ? `no ${valueName(table.measure)}`
          : `${valueName(table.measure)} ${withUnit(valueText(table, value), table.measure)}`,
    rank: rank === null ? '' : formatRank(rank, table.nRanked),
    state: stateKey ? stateWord(stateKey) : '',
    stateKey
  };
}

/** "Layer 5, head 3, relation score 0.412, rank 3 of 60, accepted" */
export function headSentence(table: HeadTable, states: StateGrid | null, head: Head): string {
  const text = headText(table, states, head);
  return [headWords(head), text.value, text.rank, text.state].filter(Boolean).join(', ');
}

/** Scores are shares by definition; other numbers say their unit. */
export function withUnit(text: string, measure: Measure): string {
  const silent = measure.group === 'relation' || measure.group === 'suppression';
  return silent || !measure.unit ? text : `${text} ${measure.unit}`;
}
