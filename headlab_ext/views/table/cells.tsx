import * as React from 'react';
import type { EntrySummary } from '../../contract/records';
import { InReview } from '../catalogue_in_review';
import { shortModel } from '../catalogue_row';
import { DamagedMark } from '../damaged_mark';
import { FreeText, visibleText } from '../free_text';
import { headName } from '../heads';
import { formatNumber } from '../numbers';
import { StateMark } from '../state_mark';
import { Time } from '../times';
import type { ColumnKey } from './columns';

const LONGEST = 300;
const VERDICTS = { passes: '✓', fails: '✗', 'not testable': '–' } as const;

/** What a column shows of an entry; everything that people or models wrote is text only. */
export function cell(column: ColumnKey, row: EntrySummary): React.ReactNode {
  return row.damaged && column !== 'head' && column !== 'model'
    ? damagedCell(column, row.damaged)
    : CELLS[column](row);
}

/** Of a row that cannot be read nothing is shown but that. */
function damagedCell(column: ColumnKey, reason: string): React.ReactNode {
  if (column === 'state') {
    return <DamagedMark />;
  }
  return column === 'description' ? <Words text={reason} /> : <None reason="cannot be read" />;
}

const CELLS: Record<ColumnKey, (row: EntrySummary) => React.ReactNode> = {
  head: row => <strong>{headName(row.head)}</strong>,
  state: row => (
    <>
      <StateMark state={row.state} />
      <InReview of={row} />
    </>
  ),
  description: row =>
    row.description ? (
      <Words text={row.description} />
    ) : (
      <span className="hl-dim">no description in force</span>
    ),
  score: row =>
    row.best_operation ? (
      <span className="hl-TableRow-score">
        <Words text={row.best_operation} />
        <span className="hl-number">{formatNumber(row.best_score)}</span>
      </span>
    ) : (
      <None reason="no operation was measured" />
    ),
  tests: row => <Verdicts verdicts={row.verdicts ?? {}} />,
  tags: row => <Labels labels={row.tags} none="no tags" />,
  names: row => <Labels labels={row.head_names ?? []} none="no head names" />,
  model: row => (
    <span title={visibleText(row.model_name.slice(0, LONGEST))}>
      <FreeText text={shortModel(row.model_name)} />
    </span>
  ),
  drafter: row => (row.drafter ? <Words text={row.drafter} /> : <None reason="no draft" />),
  updated: row => (
    <span className="hl-number">
      <Time at={row.updated_at} />
    </span>
  )
};

function Words({ text }: { text: string }): React.JSX.Element {
  const shown = text.slice(0, LONGEST);
  return (
    <span className="hl-TableRow-words" title={visibleText(shown)}>
      <FreeText text={shown} />
    </span>
  );
}

function Verdicts({ verdicts }: { verdicts: NonNullable<EntrySummary['verdicts']> }) {
  const kinds = Object.keys(verdicts).sort();
  if (kinds.length === 0) {
    return <None reason="the description in force was not tested" />;
  }
  return (
    <>
      {kinds.map(kind => (
        <span
          key={kind}
          className="hl-Verdict"
          data-verdict={verdicts[kind]}
          title={`${kind} ${verdicts[kind]}`}
        >
          {kind}
          <span aria-hidden="true">{VERDICTS[verdicts[kind]]}</span>
          <span className="hl-visually-hidden">{verdicts[kind]}</span>
        </span>
      ))}
    </>
  );
}

function Labels({ labels, none }: { labels: readonly string[]; none: string }): React.JSX.Element {
  if (labels.length === 0) {
    return <None reason={none} />;
  }
  return (
    <span title={visibleText(labels.join(', ').slice(0, LONGEST))}>
      {labels.map(label => (
        <span className="hl-NameMark" key={label}>
          <FreeText text={label.slice(0, LONGEST)} />
        </span>
      ))}
    </span>
  );
}

function None({ reason }: { reason: string }): React.JSX.Element {
  return (
    <span className="hl-dim" title={reason}>
      <span aria-hidden="true">–</span>
      <span className="hl-visually-hidden">{reason}</span>
    </span>
  );
}
