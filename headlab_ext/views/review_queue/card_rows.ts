// What each row of a card says, for comparing a draft's sentences with it.
import type { EvidenceCard } from '../../contract/records';
import { rowId } from '../evidence_rows';
import { totalHeads } from '../heads';

export interface RowFacts {
  /** Names that a sentence can call the row by, such as an operation's. */
  names: string[];
  /** Tokens that a sentence can quote from it, without the spaces around them. */
  tokens: string[];
  numbers: number[];
}

/** The facts of every row that a sentence can be compared with, by row id. */
export function rowFacts(card: EvidenceCard): Map<string, RowFacts> {
  const found = new Map<string, RowFacts>();
  card.relations.forEach((row, index) => {
    found.set(rowId('R', index), {
      names: [row.name],
      tokens: [],
      numbers: [
        ...[row.score, row.rank, row.control, row.k, row.n_pairs, row.n_heads],
        ...[row.suppression, row.suppression_rank, row.suppression_control],
        ...(row.drafting ? Object.values<number>({ ...row.drafting }) : []) // a drafter has these
      ]
    });
  });
  card.mappings.forEach((row, index) => {
    found.set(rowId('M', index), {
      names: [],
      tokens: [row.text],
      numbers: [row.saliency, ...row.targets.map(target => target.score)]
    });
  });
  const effect = card.ablation;
  for (const [prefix, positions] of [
    ['P', effect?.hurt_positions ?? []],
    ['Q', effect?.helped_positions ?? []]
  ] as const) {
    positions.forEach((row, index) => {
      found.set(rowId(prefix, index), {
        names: [],
        tokens: [row.context.next],
        numbers: [row.change, row.p_clean, row.p_ablated]
      });
    });
  }
  for (const [prefix, tokens] of [
    ['T', effect?.hurt_tokens ?? []],
    ['U', effect?.helped_tokens ?? []]
  ] as const) {
    tokens.forEach((row, index) => {
      found.set(rowId(prefix, index), {
        names: [],
        tokens: [row.text],
        numbers: [row.effect, row.count, row.p_clean, row.p_ablated]
      });
    });
  }
  const looks = card.attention;
  looks?.measures.forEach((row, index) => {
    const numbers = [row.value, row.control, row.rank, row.n_heads];
    found.set(rowId('A', index), {
      names: [row.name, row.title],
      tokens: [],
      numbers: row.detail === null ? numbers : [...numbers, row.detail]
    });
  });
  looks?.pairs.forEach((row, index) => {
    found.set(rowId('A', looks.measures.length + index), {
      names: [],
      tokens: [row.query, row.key],
      numbers: [row.weight, row.uniform]
    });
  });
  for (const facts of found.values()) {
    facts.tokens = facts.tokens.map(text => text.trim()).filter(Boolean);
  }
  return found;
}

/** Numbers that belong to the card as a whole and to no row. */
export function wholeNumbers(card: EvidenceCard): number[] {
  const { ablation, model } = card;
  return [
    ...(ablation ? [ablation.loss_change, ablation.kl] : []),
    ...(card.loss_change_rank === null ? [] : [card.loss_change_rank]),
    ...[model.n_layers, model.n_heads, totalHeads(model)],
    ...[card.relations.length, card.mappings.length]
  ];
}
