// Relation profiles of several heads, operation by operation.
import type { EvidenceCard, RelationEvidence } from '../../contract/records';

export interface ProfileRow {
  name: string;
  category: string;
  /** One a head; null where the operation was not scored. */
  cells: (RelationEvidence | null)[];
  /** Why there is no score, in words; "" where there is one, or where the card does not say. */
  reasons: string[];
  /** Whether some of the heads score above their control and others do not. */
  differs: boolean;
}

/** All operations of the cards, that with the highest score first. */
export function profileRows(cards: readonly (EvidenceCard | null)[]): ProfileRow[] {
  const names = new Set(cards.flatMap(card => card?.relations.map(row => row.name) ?? []));
  return [...names]
    .map(name => profileRow(name, cards))
    .sort((a, b) => highest(b) - highest(a) || a.name.localeCompare(b.name));
}

/** A score, or its difference to that of the baseline; null where there is none to show. */
export function scoreShown(row: ProfileRow, place: number, baseline: number | null): number | null {
  const cell = row.cells[place];
  if (baseline === null || !cell) {
    return cell?.score ?? null;
  }
  const base = row.cells[baseline];
  return base && base.k === cell.k ? cell.score - base.score : null;
}

export interface Correlation {
  /** Pearson's r of the relation scores, null where it is not defined. */
  r: number | null;
  /** The operations that both heads are scored on, at the same k. */
  operations: number;
}

const FEWEST = 3;

/** How alike two heads score; not defined below three operations, or where one scores alike on all. */
export function correlation(rows: readonly ProfileRow[], one: number, other: number): Correlation {
  const pairs = rows.flatMap(({ cells }) => {
    const [a, b] = [cells[one], cells[other]];
    return a && b && a.k === b.k ? [[a.score, b.score]] : [];
  });
  return { r: pearson(pairs), operations: pairs.length };
}

function profileRow(name: string, cards: readonly (EvidenceCard | null)[]): ProfileRow {
  const cells = cards.map(card => card?.relations.find(row => row.name === name) ?? null);
  const scored = cells.filter(cell => cell !== null);
  const above = scored.filter(cell => cell.score > cell.control).length;
  return {
    name,
    category: scored[0].category,
    cells,
    reasons: cards.map(card => card?.not_applicable.find(said => isAbout(said, name)) ?? ''),
    differs: above > 0 && above < scored.length
  };
}

function isAbout(reason: string, operation: string): boolean {
  return reason.startsWith(operation) && !/^\w/.test(reason.slice(operation.length));
}

function highest({ cells }: ProfileRow): number {
  return Math.max(...cells.map(cell => cell?.score ?? 0));
}

function pearson(pairs: readonly number[][]): number | null {
  const n = pairs.length;
  if (n < FEWEST) {
    return null;
  }
  const [meanA, meanB] = [0, 1].map(side => pairs.reduce((sum, pair) => sum + pair[side], 0) / n);
  let [both, squareA, squareB] = [0, 0, 0];
  for (const [a, b] of pairs) {
    both += (a - meanA) * (b - meanB);
    squareA += (a - meanA) ** 2;
    squareB += (b - meanB) ** 2;
  }
  // Equal scores leave a rest of rounding, not a spread.
  const spread = Math.min(squareA, squareB) > 1e-12 ? Math.sqrt(squareA * squareB) : 0;
  return spread > 0 ? Math.max(-1, Math.min(1, both / spread)) : null;
}
