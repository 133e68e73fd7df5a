import * as React from 'react';
import { columnName, type CompareColumn } from './columns';

export interface CompareRow {
  key: string;
  label: React.ReactNode;
  /** Whether the heads differ in it: said with a sign. */
  differs?: boolean;
  /** Whether several heads share it. */
  shared?: boolean;
  /** One a column. */
  cells: readonly React.ReactNode[];
}

/** A row for each thing, a column for each head, under the headlines of the page. */
export function CompareTable(props: {
  caption: string;
  columns: readonly CompareColumn[];
  rows: readonly CompareRow[];
}): React.JSX.Element {
  const { caption, columns, rows } = props;
  return (
    <table className="hl-CompareTable" role="table" aria-label={caption}>
      <thead role="rowgroup" className="hl-visually-hidden">
        <tr role="row">
          <td role="cell" />
          {columns.map((column, place) => (
            <th key={column.key} role="columnheader" scope="col" data-column={place}>
              {columnName(column, columns)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(row => (
          <tr
            key={row.key}
            role="row"
            className="hl-CompareTable-row"
            data-shared={row.shared || undefined}
          >
            <th role="rowheader" scope="row">
              {row.label}
              {row.differs && <Differs />}
            </th>
            {columns.map((column, place) => (
              <td key={column.key} role="cell" data-column={place}>
                {row.cells[place]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Says that the heads of a row are not alike in it. */
export function Differs(): React.JSX.Element {
  return (
    <span
      className="hl-Compare-differs"
      title="the heads differ in this"
      role="img"
      aria-label="differs"
    >
      ≠
    </span>
  );
}

/** Nothing there, and why. */
export function Missing({ why }: { why: string }): React.JSX.Element {
  return (
    <span className="hl-dim" title={why}>
      –<span className="hl-visually-hidden">{` ${why}`}</span>
    </span>
  );
}
