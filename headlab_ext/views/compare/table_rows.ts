// Rows of a `Table` by the names of its columns.
import type { Table } from '../../contract/records';

export type Cell = string | number | boolean | null;
export type TableRow = Record<string, Cell>;

export function tableRows(table: Table): TableRow[] {
  return table.rows.map(row =>
    Object.fromEntries(table.columns.map((name, place) => [name, row[place] ?? null]))
  );
}

export function textIn(row: TableRow, column: string): string {
  const cell = row[column];
  return cell === null || cell === undefined ? '' : String(cell);
}

/** A number of a row; null for one that is missing. */
export function numberIn(row: TableRow, column: string): number | null {
  const cell = row[column];
  return typeof cell === 'number' && Number.isFinite(cell) ? cell : null;
}

export interface Order {
  column: string;
  descending: boolean;
}

/** Sorted by a column; what is missing comes last in both directions, and equal rows stay as they are. */
export function sortedRows(rows: readonly TableRow[], order: Order | null): TableRow[] {
  if (!order) {
    return [...rows];
  }
  const { column, descending } = order;
  const turn = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [a[column] ?? null, b[column] ?? null];
    if (isMissing(one) || isMissing(other)) {
      return Number(isMissing(one)) - Number(isMissing(other));
    }
    return typeof one === 'number' && typeof other === 'number'
      ? turn * (one - other)
      : turn * String(one).localeCompare(String(other), 'en', { numeric: true });
  });
}

function isMissing(cell: Cell): boolean {
  return cell === null || cell === '' || Number.isNaN(cell);
}
