import type { EvidenceCard, RelationEvidence } from '../contract/records';

/** The operation that a head scores highest on, written or suppressed; above its control if any is. */
export interface BestOperation {
  row: RelationEvidence;
  index: number;
  way: 'writes' | 'suppresses';
  score: number;
  rank: number;
  control: number;
  aboveControl: boolean;
}

export function bestOperation(card: EvidenceCard): BestOperation | null {
  let best: BestOperation | null = null;
  card.relations.forEach((row, index) => {
    for (const found of [writing(row, index), suppressing(row, index)]) {
      if (best === null || isBetter(found, best)) {
        best = found;
      }
    }
  });
  return best;
}

function isBetter(a: BestOperation, b: BestOperation): boolean {
  return a.aboveControl === b.aboveControl ? a.score > b.score : a.aboveControl;
}

function writing(row: RelationEvidence, index: number): BestOperation {
  const { score, rank, control } = row;
  return { row, index, way: 'writes', score, rank, control, aboveControl: score > control };
}

function suppressing(row: RelationEvidence, index: number): BestOperation {
  const { suppression: score, suppression_rank: rank, suppression_control: control } = row;
  return { row, index, way: 'suppresses', score, rank, control, aboveControl: score > control };
}
