import type { DescriptionTest, JsonValue } from '../../contract/records';
import { formatNumber } from '../numbers';

export interface RowTable {
  columns: string[];
  rows: string[][];
}

// As a reader looks for them; stored rows have their fields by the alphabet.
const ORDER = ['id', 'text', 'kind', 'source', 'target', 'targets', 'label', 'ratings', 'named'];

/** Raw rows as a table: one column a field, and one a text where a field has a value for each. */
export function rowTable(rows: DescriptionTest['rows'], shown: (value: JsonValue) => string) {
  const columns = new Map<string, (row: DescriptionTest['rows'][number]) => JsonValue>();
  for (const row of rows) {
    for (const [field, value] of Object.entries(row).sort(byPlace)) {
      if (isObject(value)) {
        for (const part of Object.keys(value)) {
          columns.set(`${field}: ${part}`, other => {
            const inner = other[field];
            return isObject(inner) ? (inner[part] ?? null) : null;
          });
        }
      } else {
        columns.set(field, other => other[field] ?? null);
      }
    }
  }
  return {
    columns: [...columns.keys()],
    rows: rows.map(row => [...columns.values()].map(read => shown(read(row))))
  } satisfies RowTable;
}

function byPlace([one]: [string, JsonValue], [other]: [string, JsonValue]): number {
  return placeOf(one) - placeOf(other);
}

function placeOf(field: string): number {
  const place = ORDER.indexOf(field);
  return place < 0 ? ORDER.length : place;
}

/** A value as the page shows it. */
export function shownValue(value: JsonValue): string {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? String(value) : formatNumber(value);
  }
  return plainValue(value);
}

/** A value in full, for copying. */
export function plainValue(value: JsonValue): string {
  if (value === null) {
    return '';
  }
  if (Array.isArray(value)) {
    return value.map(plainValue).join(', ');
  }
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

// A spreadsheet takes what starts like this for a formula.
const FORMULA = /^[=+\-@\t\r\0']/;

/** A table as text that spreadsheets take by pasting: tabs between cells, no formulas. */
export function tabbed(table: RowTable): string {
  return [table.columns, ...table.rows]
    .map(row => row.map(cell => shielded(cell).replace(/[\t\r\n]/g, ' ')).join('\t'))
    .join('\n');
}

function shielded(cell: string): string {
  return FORMULA.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell;
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
