import * as React from 'react';
import type { Mapping } from '../contract/records';
import { RowLabel, useRowProps, useShown } from './evidence_links';
import { rowId } from './evidence_rows';
import { formatNumber } from './numbers';
import { Token } from './token';
import { Value } from './value';

const FIRST = 10;

/** The most salient source tokens, how salient they are, and what the head writes for them. */
export function MappingsTable({ mappings }: { mappings: readonly Mapping[] }): React.JSX.Element {
  const { shown, more } = useShown(mappings, FIRST, 'M');
  const top = Math.max(0, ...mappings.map(row => row.saliency));
  if (mappings.length === 0) {
    return <p className="hl-dim">The card holds no salient mappings.</p>;
  }
  return (
    <>
      <table className="hl-Mappings" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              <span className="hl-visually-hidden">Row</span>
            </th>
            <th role="columnheader" scope="col">
              Source
            </th>
            <th
              role="columnheader"
              scope="col"
              title={`one scale for all rows, 0 to ${formatNumber(top)}`}
            >
              Saliency
            </th>
            <th role="columnheader" scope="col">
              Targets, strongest first
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((mapping, index) => (
            <MappingRow key={index} row={rowId('M', index)} mapping={mapping} top={top} />
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

function MappingRow(props: { row: string; mapping: Mapping; top: number }): React.JSX.Element {
  const { row, mapping, top } = props;
  const share = top > 0 ? Math.max(0, mapping.saliency / top) : 0;
  return (
    <tr role="row" {...useRowProps(row)}>
      <td role="cell" className="hl-Mappings-label">
        <RowLabel row={row} />
      </td>
      <th role="rowheader" scope="row" className="hl-Mappings-source">
        <Token text={mapping.text} id={mapping.token_id} kind="chip" />
      </th>
      <td role="cell" className="hl-Mappings-saliency">
        <span className="hl-Bar" aria-hidden="true">
          <span className="hl-Bar-fill" style={{ width: `${100 * share}%` }} />
        </span>
        <Value value={mapping.saliency} tip="saliency: ||e' W_VO|| / ||e'||, no unit" />
      </td>
      <td role="cell" className="hl-Mappings-targets">
        {mapping.targets.map((target, index) => (
          <Token
            key={index}
            text={target.text}
            id={target.token_id}
            kind="chip"
            note={`target ${index + 1}, logit ${formatNumber(target.score)} by e' W_VO W_U`}
          />
        ))}
      </td>
    </tr>
  );
}
