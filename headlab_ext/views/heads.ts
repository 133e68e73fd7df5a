// Heads by name, and their place in a `[n_layers, n_heads]` table.
import type { Head, ModelFacts } from '../contract/records';

/** `L5H3`: layer 5, head 3, both from 0. */
export function headName(head: Head): string {
  return `L${head.layer}H${head.index}`;
}

/** "Layer 5, head 3", for names that are read aloud. */
export function headWords(head: Head): string {
  return `Layer ${head.layer}, head ${head.index}`;
}

/** Reads `L5H3`, `L5.H3` and `5.3`; null for anything else. */
export function parseHead(text: string): Head | null {
  const match = /^(?:L(\d{1,5})\.?H(\d{1,5})|(\d{1,5})\.(\d{1,5}))$/i.exec(text.trim());
  if (!match) {
    return null;
  }
  return { layer: Number(match[1] ?? match[3]), index: Number(match[2] ?? match[4]) };
}

export function sameHead(a: Head | null | undefined, b: Head | null | undefined): boolean {
  return a == null || b == null ? a == b : a.layer === b.layer && a.index === b.index;
}

/** Whether a model of this size has the head. */
export function hasHead(head: Head, nLayers: number, nHeads: number): boolean {
  return head.layer >= 0 && head.layer < nLayers && head.index >= 0 && head.index < nHeads;
}

/** The head's place when all heads are laid out layer after layer. */
export function flatIndex(head: Head, nHeads: number): number {
  return head.layer * nHeads + head.index;
}

export function headAt(flat: number, nHeads: number): Head {
  return { layer: Math.floor(flat / nHeads), index: flat % nHeads };
}

/** How many heads a model has: layers without attention have none. */
export function totalHeads(model: ModelFacts): number {
  return (model.n_layers - (model.layers_without_heads ?? []).length) * model.n_heads;
}
