import * as React from 'react';
import type { RelationEvidence } from '../contract/records';
import { RowLabel, useRowProps, useShown } from './evidence_links';
import { rowId } from './evidence_rows';
import { FreeText } from './free_text';
import { formatCount, formatNumber, formatRank } from './numbers';
import { Value } from './value';

const FIRST = 8;

/** Scores of all operations to the right of zero and their suppression to the left, on one scale. */
export function RelationPlot(props: {
  relations: readonly RelationEvidence[];
  notApplicable: readonly string[];
}): React.JSX.Element {
  const { relations, notApplicable } = props;
  const { shown, more } = useShown(relations, FIRST, 'R');
  return (
    <>
      {relations.length === 0 ? (
        <p className="hl-dim">No operation could be scored on this model.</p>
      ) : (
        <table className="hl-Relations" role="table">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">
                Operation
              </th>
              <th role="columnheader" scope="col" className="hl-Relations-axis">
                <PlotAxis />
              </th>
              <th role="columnheader" scope="col">
                Score
              </th>
              <th role="columnheader" scope="col" title={`rank of ${relations[0].n_heads} heads`}>
                Rank
              </th>
              <th role="columnheader" scope="col" title="suppression score and its rank">
                Suppression
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {shown.map((relation, index) => (
              <RelationRow key={relation.name} row={rowId('R', index)} relation={relation} />
            ))}
          </tbody>
        </table>
      )}
      {more}
      {notApplicable.length > 0 && (
        <details className="hl-Relations-skipped">
          <summary>{`${notApplicable.length} not applicable to this model`}</summary>
          <ul>
            {notApplicable.map((reason, index) => (
              <li key={index}>
                <FreeText text={reason} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function RelationRow(props: { row: string; relation: RelationEvidence }): React.JSX.Element {
  const { row, relation } = props;
  const { n_pairs: pairs, n_heads: heads, k } = relation;
  return (
    <tr role="row" {...useRowProps(row)}>
      <th role="rowheader" scope="row" className="hl-Relations-name">
        <RowLabel row={row} />
        <span title={`${relation.category}, ${pairs} pairs, k = ${k}${forDrafters(relation)}`}>
          <FreeText text={relation.name} />
        </span>
      </th>
      <td role="cell" className="hl-Relations-plot">
        <Strip relation={relation} />
      </td>
      <td role="cell" className="hl-Relations-score">
        <Value
          value={relation.score}
          tip={`relation score: share of ${pairs} pairs whose target is in the top ${k}; highest with shuffled targets ${formatNumber(relation.control)}`}
        />
      </td>
      <td role="cell" className="hl-Relations-rank">
        <Value value={relation.rank} format={formatCount} tip={formatRank(relation.rank, heads)} />
      </td>
      <td role="cell" className="hl-Relations-suppression">
        <Value
          value={relation.suppression}
          tip={`suppression score: share of ${pairs} pairs whose target is in the bottom ${k}, ${formatRank(relation.suppression_rank, heads)}; highest with shuffled targets ${formatNumber(relation.suppression_control)}`}
        />
      </td>
    </tr>
  );
}

/** The numbers that a drafter gets, where half of the pairs is kept for tests. */
function forDrafters({ drafting }: RelationEvidence): string {
  return drafting
    ? `; drafters get ${drafting.n_pairs} of the pairs: score ${formatNumber(drafting.score)}, rank ${formatCount(drafting.rank)}, suppression ${formatNumber(drafting.suppression)}`
    : '';
}

/** A dot filled above its control and hollow otherwise; the control is a tick. */
function Strip({ relation }: { relation: RelationEvidence }): React.JSX.Element {
  return (
    <svg className="hl-Strip" width="100%" height="20" aria-hidden="true" focusable="false">
      <line className="hl-Strip-base" x1="2%" x2="98%" y1="10" y2="10" />
      <line className="hl-Strip-zero" x1="50%" x2="50%" y1="1" y2="19" />
      <Mark value={relation.score} control={relation.control} />
      <Mark value={-relation.suppression} control={-relation.suppression_control} />
    </svg>
  );
}

function Mark({ value, control }: { value: number; control: number }): React.JSX.Element {
  const above = Math.abs(value) > Math.abs(control);
  return (
    <>
      <line className="hl-Strip-stem" x1="50%" x2={across(value)} y1="10" y2="10" />
      <line className="hl-Strip-control" x1={across(control)} x2={across(control)} y1="3" y2="17" />
      <circle className="hl-Strip-dot" data-above={above} cx={across(value)} cy="10" r="4" />
    </>
  );
}

function PlotAxis(): React.JSX.Element {
  return (
    <span
      className="hl-Strip-axis"
      title="suppression score to the left, relation score to the right"
    >
      <span>1</span>
      <span>suppressed</span>
      <span>0</span>
      <span>written</span>
      <span>1</span>
    </span>
  );
}

/** What the marks of the plot mean. */
export function PlotLegend(): React.JSX.Element {
  return <StripLegend control="highest of any head with shuffled targets" />;
}

/** What the marks of values beside their `control` mean. */
export function StripLegend({ control }: { control: string }): React.JSX.Element {
  return (
    <span className="hl-Strip-legend">
      <LegendItem words="above the control">
        <circle className="hl-Strip-dot" data-above="true" cx="8" cy="8" r="4" />
      </LegendItem>
      <LegendItem words="not above it">
        <circle className="hl-Strip-dot" data-above="false" cx="8" cy="8" r="4" />
      </LegendItem>
      <LegendItem words={`control: ${control}`}>
        <line className="hl-Strip-control" x1="8" x2="8" y1="1" y2="15" />
      </LegendItem>
    </span>
  );
}

/** A mark of a plot and what it means. */
export function LegendItem(props: { words: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <span className="hl-Strip-key">
      <svg width="16" height="16" aria-hidden="true" focusable="false">
        {props.children}
      </svg>
      {props.words}
    </span>
  );
}

/** Values from -1 to 1 across the strip, with room for the dot at both ends. */
function across(value: number): string {
  const bounded = Math.max(-1, Math.min(1, value));
  return `${50 + 48 * bounded}%`;
}
