import * as React from 'react';
import type { AttentionMeasure } from '../contract/records';
import { RowLabel, useRowProps, useShown } from './evidence_links';
import { rowId } from './evidence_rows';
import { FreeText, visibleText } from './free_text';
import { formatCount, formatNumber, formatRank } from './numbers';
import { Value } from './value';

const FIRST = 5;

/** Each measure from 0 to 1 beside its control, the one furthest above it first. */
export function AttentionMeasures(props: {
  measures: readonly AttentionMeasure[];
}): React.JSX.Element {
  const { measures } = props;
  const { shown, more } = useShown(measures, FIRST, 'A');
  return (
    <>
      <table className="hl-Looks" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Measure
            </th>
            <th role="columnheader" scope="col" className="hl-Looks-axis">
              <span className="hl-Looks-scale" title="one scale for all rows, 0 to 1">
                <span>0</span>
                <span>1</span>
              </span>
            </th>
            <th role="columnheader" scope="col">
              Value
            </th>
            <th role="columnheader" scope="col">
              Control
            </th>
            <th role="columnheader" scope="col" title={`rank of ${measures[0].n_heads} heads`}>
              Rank
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((measure, index) => (
            <MeasureRow key={index} row={rowId('A', index)} measure={measure} />
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

function MeasureRow(props: { row: string; measure: AttentionMeasure }): React.JSX.Element {
  const { row, measure } = props;
  const { value, control, rank, n_heads: heads } = measure;
  return (
    <tr role="row" {...useRowProps(row)}>
      <th role="rowheader" scope="row" className="hl-Looks-name">
        <RowLabel row={row} />
        <span title={`${visibleText(measure.meaning)} In ${visibleText(measure.unit)}.`}>
          <FreeText text={measure.title} />
          <Detail measure={measure} />
        </span>
      </th>
      <td role="cell" className="hl-Looks-plot">
        <Strip measure={measure} />
      </td>
      <td role="cell">
        <Value value={value} tip={`in ${visibleText(measure.unit)}`} />
      </td>
      <td role="cell">
        <Value value={control} tip={`control: ${visibleText(measure.control_is)}`} />
      </td>
      <td role="cell">
        <Value value={rank} format={formatCount} tip={formatRank(rank, heads)} />
      </td>
    </tr>
  );
}

function Detail({ measure }: { measure: AttentionMeasure }): React.JSX.Element | null {
  const { detail, detail_is: meaning } = measure;
  if (detail === null) {
    return null;
  }
  return (
    <span className="hl-Looks-detail hl-dim">
      <FreeText text={meaning} />
      {`:\u00a0${Number.isInteger(detail) ? formatCount(detail) : formatNumber(detail)}`}
    </span>
  );
}

/** A dot filled above its control and hollow otherwise; the control is a tick. */
function Strip({ measure }: { measure: AttentionMeasure }): React.JSX.Element {
  const { value, control } = measure;
  return (
    <svg className="hl-Strip" width="100%" height="20" aria-hidden="true" focusable="false">
      <line className="hl-Strip-base" x1="2%" x2="98%" y1="10" y2="10" />
      <line className="hl-Strip-zero" x1="2%" x2="2%" y1="1" y2="19" />
      <line className="hl-Strip-stem" x1="2%" x2={across(value)} y1="10" y2="10" />
      <line className="hl-Strip-control" x1={across(control)} x2={across(control)} y1="3" y2="17" />
      <circle
        className="hl-Strip-dot"
        data-above={value > control}
        cx={across(value)}
        cy="10"
        r="4"
      />
    </svg>
  );
}

/** Values from 0 to 1 across the strip, with room for the dot at both ends. */
function across(value: number): string {
  return `${2 + 96 * Math.max(0, Math.min(1, value))}%`;
}
