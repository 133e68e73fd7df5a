import * as React from 'react';
import { FreeText } from '../free_text';
import { headName, headWords, totalHeads } from '../heads';
import { formatRank, formatSigned } from '../numbers';
import { StateMark } from '../state_mark';
import type { Blind, Current } from './queue_records';

const MARKS = { passes: '✓', fails: '✗', 'not testable': '–' } as const;

/** Which head it is, how it stands, and why it is in the queue. */
export function JudgedHead(props: {
  current: Current;
  hidden: readonly Blind[];
}): React.JSX.Element {
  const { current, hidden } = props;
  const { entry, item } = current;
  const asked = item.assigned.length;
  const votes = item.n_votes === 1 ? '1 vote' : `${item.n_votes} votes`;
  return (
    <header className="hl-JudgedHead">
      <div className="hl-JudgedHead-line">
        <h2 className="hl-JudgedHead-name" tabIndex={-1} title={headWords(entry.head)}>
          {headName(entry.head)}
        </h2>
        {hidden.includes('source') ? (
          <span className="hl-dim">model hidden</span>
        ) : (
          <span className="hl-dim">
            <FreeText text={entry.model_name} />
          </span>
        )}
        <StateMark state={entry.state} />
        {item.n_votes > 0 && (
          <span className="hl-JudgedHead-votes">
            <span aria-hidden="true">◔ </span>
            {`in review: ${votes}${asked > 0 ? ` of ${asked} asked` : ''}`}
          </span>
        )}
      </div>
      <p className="hl-JudgedHead-facts">
        <Loss current={current} />
        {testsOf(current).map(({ kind, verdict }) => (
          <span key={kind} className="hl-JudgedHead-fact" data-verdict={verdict}>
            <span aria-hidden="true">{`${MARKS[verdict]} `}</span>
            {`${kind} ${verdict}`}
          </span>
        ))}
      </p>
    </header>
  );
}

/** Results that are about the description on the screen. */
function testsOf({ entry }: Current) {
  return (entry.tests ?? [])
    .filter(test => test.description === entry.description)
    .map(test => ({ kind: test.result.kind, verdict: test.result.verdict }));
}

function Loss({ current }: { current: Current }): React.JSX.Element {
  const card = current.entry.card;
  if (!card?.ablation) {
    return <span className="hl-JudgedHead-fact">effect of removing it: not measured</span>;
  }
  const rank =
    card.loss_change_rank === null
      ? ''
      : `, ${formatRank(card.loss_change_rank, totalHeads(card.model))}`;
  return (
    <span
      className="hl-JudgedHead-fact"
      title="mean change of the loss of the true next token without the head, in nats"
    >
      {'without the head: mean loss '}
      <b className="hl-number">{formatSigned(card.ablation.loss_change)}</b>
      {` nats${rank}`}
    </span>
  );
}
