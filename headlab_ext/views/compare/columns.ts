// The heads of a comparison, side by side.
import type { Entry } from '../../contract/records';
import { headName } from '../heads';

/** A place of a comparison; `entry` is null while it is read, or when it cannot be. */
export interface CompareColumn {
  /** Stays with the head, wherever it is moved. */
  key: number;
  /** The head and its model as far as they are known before the entry is. */
  name: string;
  entry: Entry | null;
  loading: boolean;
  problem: string | null;
}

/** A column whose entry is there. */
export type ReadColumn = CompareColumn & { entry: Entry };

export const MOST_COLUMNS = 4;

export function isRead(column: CompareColumn): column is ReadColumn {
  return column.entry !== null;
}

/** "L5H3", with its model where the columns are of several. */
export function columnName(column: CompareColumn, all: readonly CompareColumn[]): string {
  const { entry } = column;
  if (!entry) {
    return column.name;
  }
  const models = new Set(all.filter(isRead).map(one => one.entry.model_fingerprint));
  return models.size > 1 ? `${headName(entry.head)} of ${entry.model_name}` : headName(entry.head);
}

/** "in 2 of 3": how many of the heads that could have it. */
export function inSome(count: number, of: number): string {
  return `in ${count} of ${of}`;
}
