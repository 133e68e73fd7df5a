import * as React from 'react';
import type { RelationEvidence } from '../../contract/records';
import { useShown } from '../evidence_links';
import { FreeText } from '../free_text';
import { formatCount, formatNumber, formatRank, formatSigned } from '../numbers';
import { Value } from '../value';
import { columnName, type ReadColumn } from './columns';
import { CompareTable, Differs, Missing } from './compare_table';
import { ShapePath } from './head_shape';
import { profileRows, scoreShown, type ProfileRow } from './profiles';

const FIRST = 10;
const LANE = 9;

interface Shown {
  columns: readonly ReadColumn[];
  /** The column that the others are measured against. */
  baseline: number | null;
}

/** A plot of all rows on one scale, which reaches below zero only where something is shown there. */
interface Plotted extends Shown {
  signed: boolean;
}

/** The relation scores of all heads on one scale, drawn and as a table. */
export function RelationProfiles(props: Shown): React.JSX.Element {
  const { columns } = props;
  const rows = profileRows(columns.map(column => column.entry.card));
  const { shown, more } = useShown(rows, FIRST, 'R');
  const signed = props.baseline !== null || rows.some(row => row.cells.some(suppresses));
  if (rows.length === 0) {
    return <p className="hl-dim">No relation scores: none of these heads has evidence here.</p>;
  }
  return (
    <>
      <table
        className="hl-CompareTable hl-CompareProfiles"
        role="table"
        aria-label="Relation profiles"
      >
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Operation
            </th>
            <th role="columnheader" scope="col" className="hl-CompareProfiles-axis">
              <ProfileAxis {...props} signed={signed} />
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map(row => (
            <tr key={row.name} role="row" className="hl-CompareTable-row">
              <th role="rowheader" scope="row" className="hl-Compare-operation">
                <span title={row.category}>
                  <FreeText text={row.name} />
                </span>
                {row.differs && <Differs />}
              </th>
              <td role="cell" className="hl-CompareProfiles-plot">
                <ProfileStrip {...props} signed={signed} row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more}
      <details className="hl-Compare-more">
        <summary>The same as a table</summary>
        <CompareTable
          caption="Relation scores"
          columns={columns}
          rows={shown.map(row => ({
            key: row.name,
            label: (
              <span className="hl-Compare-operation" title={row.category}>
                <FreeText text={row.name} />
              </span>
            ),
            differs: row.differs,
            cells: columns.map((_, place) => (
              <ScoreCell key={place} row={row} place={place} baseline={props.baseline} />
            ))
          }))}
        />
      </details>
    </>
  );
}

/** A lane a head, so that equal scores stay apart; hollow where a score is not above its control. */
function ProfileStrip(props: Plotted & { row: ProfileRow }): React.JSX.Element {
  const { columns, baseline, row, signed } = props;
  const height = LANE * columns.length + 5;
  const across = (value: number) => (signed ? 50 + 48 * value : 2 + 96 * value);
  return (
    <svg
      className="hl-Strip hl-CompareProfiles-strip"
      width="100%"
      height={height}
      role="img"
      aria-label={spoken(props)}
      focusable="false"
    >
      <line
        className="hl-Strip-zero"
        x1={`${across(0)}%`}
        x2={`${across(0)}%`}
        y1="0"
        y2={height}
      />
      {columns.map((column, place) => {
        const cell = row.cells[place];
        const value = scoreShown(row, place, baseline);
        const y = LANE * place + 7.5;
        return (
          <g key={column.key} data-column={place}>
            <line className="hl-Strip-base" x1="2%" x2="98%" y1={y} y2={y} />
            {cell && value !== null && (
              <svg className="hl-CompareProfiles-mark" x={`${across(value)}%`} y={y}>
                <title>{`${columnName(column, columns)}: ${inWords(cell, value, baseline !== null)}`}</title>
                <ShapePath place={place} filled={cell.score > cell.control} />
              </svg>
            )}
            {cell && baseline === null && suppresses(cell) && (
              <svg className="hl-CompareProfiles-mark" x={`${across(-cell.suppression)}%`} y={y}>
                <title>{`${columnName(column, columns)}: suppression ${formatNumber(cell.suppression)}, above its control`}</title>
                <ShapePath place={place} filled />
              </svg>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function spoken(props: Shown & { row: ProfileRow }): string {
  const { columns, baseline, row } = props;
  return columns
    .map((column, place) => {
      const value = scoreShown(row, place, baseline);
      const cell = row.cells[place];
      const said = cell && value !== null ? inWords(cell, value, baseline !== null) : 'no score';
      return `${columnName(column, columns)} ${said}`;
    })
    .join('; ');
}

function inWords(cell: RelationEvidence, value: number, difference: boolean): string {
  const where = cell.score > cell.control ? 'above its control' : 'not above its control';
  return difference
    ? `${formatSigned(value)} to the baseline, ${where}`
    : `${formatNumber(value)}, ${where}`;
}

function ScoreCell(props: {
  row: ProfileRow;
  place: number;
  baseline: number | null;
}): React.JSX.Element {
  const { row, place, baseline } = props;
  const cell = row.cells[place];
  const value = scoreShown(row, place, baseline);
  if (!cell) {
    return <Missing why={row.reasons[place] || 'not scored on this head’s card'} />;
  }
  if (value === null) {
    return <Missing why="the baseline has no score for it at this k" />;
  }
  const { score, control, n_pairs: pairs, k } = cell;
  const differing = baseline !== null && baseline !== place;
  return (
    <>
      <span className={score > control ? 'hl-Compare-above' : undefined}>
        <Value
          value={value}
          format={differing ? formatSigned : formatNumber}
          tip={`relation score ${formatNumber(score)}: share of ${pairs} pairs whose target is in the top ${k}; highest with shuffled targets ${formatNumber(control)}`}
        />
      </span>{' '}
      <span className="hl-dim" title={formatRank(cell.rank, cell.n_heads)}>
        {`rank ${formatCount(cell.rank)}`}
      </span>
    </>
  );
}

function ProfileAxis({ columns, baseline, signed }: Plotted): React.JSX.Element {
  const name = baseline === null ? '' : columnName(columns[baseline], columns);
  const [left, right, one] =
    baseline === null
      ? ['suppressed (where above its control)', 'written', '1']
      : [`lower than ${name}`, `higher than ${name}`, '+1'];
  if (!signed) {
    return (
      <span className="hl-Strip-axis hl-CompareProfiles-unsigned">
        <span>0</span>
        <span>written</span>
        <span>1</span>
      </span>
    );
  }
  return (
    <span className="hl-Strip-axis">
      <span>{baseline === null ? '1' : '−1'}</span>
      <span>{left}</span>
      <span>0</span>
      <span>{right}</span>
      <span>{one}</span>
    </span>
  );
}

function suppresses(cell: RelationEvidence | null): boolean {
  return cell !== null && cell.suppression > cell.suppression_control;
}
