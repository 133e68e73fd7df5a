// The ids of a card's rows, counted as `EvidenceCard.rows` counts them in Python.
import type { EvidenceCard } from '../contract/records';

export type RowPrefix = 'R' | 'M' | 'P' | 'Q' | 'T' | 'U' | 'A';

/** `R3` for the third relation. */
export function rowId(prefix: RowPrefix, index: number): string {
  return `${prefix}${index + 1}`;
}

/** Every row id of a card. */
export function rowIds(card: EvidenceCard): Set<string> {
  const effect = card.ablation;
  const looks = card.attention;
  const counts: [RowPrefix, number][] = [
    ['R', card.relations.length],
    ['M', card.mappings.length],
    ['P', effect?.hurt_positions.length ?? 0],
    ['Q', effect?.helped_positions.length ?? 0],
    ['T', effect?.hurt_tokens.length ?? 0],
    ['U', effect?.helped_tokens.length ?? 0],
    ['A', (looks?.measures.length ?? 0) + (looks?.pairs.length ?? 0)]
  ];
  return new Set(
    counts.flatMap(([prefix, count]) =>
      Array.from({ length: count }, (_, index) => rowId(prefix, index))
    )
  );
}

/** The place of a row in the list with this prefix, from 0; -1 for rows of other lists. */
export function rowIndex(prefix: RowPrefix, row: string): number {
  const match = /^([A-Z])(\d{1,6})$/.exec(row);
  return match?.[1] === prefix ? Number(match[2]) - 1 : -1;
}
