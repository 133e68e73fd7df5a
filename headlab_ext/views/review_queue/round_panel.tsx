import * as React from 'react';
import type { Agreement, Assigning, QueueItem, QueuePage, Releasing } from '../../contract/records';
import { FreeText } from '../free_text';
import { headName } from '../heads';
import { formatSeconds } from '../numbers';
import { AgreementPart } from './agreement_part';
import { AssignmentForm } from './assignment_form';
import { ReviewersTable } from './reviewers_table';
import { useAsked } from './use_asked';

export interface RoundApi {
  agreement(model: string, withOpen: boolean): Promise<Agreement>;
  assign(wanted: Assigning): Promise<QueuePage>;
  release(wanted: Releasing): Promise<QueuePage>;
  /** Whether this person may ask and release reviewers. */
  mayAssign(): Promise<boolean>;
  /** Heads that reviewers judged differently, for the person who decides. */
  disagreements(model: string): Promise<readonly QueueItem[]>;
}

/** For whoever leads a round: who is how far, whom to ask, how far they agree. */
export function RoundPanel(props: {
  round: RoundApi;
  page: QueuePage | null;
  model: string;
  onOpen: (item: QueueItem) => void;
  onAssigned: () => void;
}): React.JSX.Element {
  const { round, page, model } = props;
  // An answer to a change counts until the queue is read anew.
  const [answer, setAnswer] = React.useState<{ page: QueuePage; to: QueuePage | null } | null>(
    null
  );
  const progress = (answer && answer.to === page ? answer.page : page)?.progress;
  const { value: may, problem, ask } = useAsked<boolean>();
  const asks = React.useRef(ask);
  React.useEffect(() => asks.current(() => round.mayAssign()), [round]);
  const take = (next: QueuePage) => {
    setAnswer({ page: next, to: page });
    props.onAssigned();
  };
  return (
    <div className="hl-Round">
      {progress && (
        <p>
          {`${progress.n_decided} of ${progress.n_entries} heads are decided, ${progress.n_open} have votes that wait for a decision.`}
          {typeof progress.decision_seconds === 'number' &&
            ` A decision takes ${formatSeconds(progress.decision_seconds)} in the median.`}
        </p>
      )}
      {progress && progress.reviewers.length > 0 && (
        <ReviewersTable
          reviewers={progress.reviewers}
          model={model}
          release={may ? wanted => round.release({ ...wanted, model: model || null }) : null}
          onReleased={take}
        />
      )}
      {may && (
        <AssignmentForm
          known={progress?.reviewers.map(one => one.reviewer) ?? []}
          assign={wanted => round.assign({ ...wanted, model: model || null })}
          onAssigned={take}
        />
      )}
      {may === false && (
        <p className="hl-dim">You may read this catalogue, and ask or release nobody.</p>
      )}
      {problem && (
        <div className="hl-Note" data-kind="error" role="alert">
          <p>
            {'Whether you may ask reviewers is not known: '}
            <FreeText text={problem} />
          </p>
          <button type="button" className="hl-Button" onClick={() => ask(() => round.mayAssign())}>
            Retry
          </button>
        </div>
      )}
      <Disagreements round={round} model={model} onOpen={props.onOpen} />
      <AgreementPart round={round} model={model} withOpen />
    </div>
  );
}

function Disagreements(props: {
  round: RoundApi;
  model: string;
  onOpen: (item: QueueItem) => void;
}): React.JSX.Element {
  const { value, asking, problem, ask } = useAsked<readonly QueueItem[]>();
  return (
    <section aria-label="Disagreements">
      <h3 className="hl-CardSection-title">Disagreements</h3>
      <button
        type="button"
        className="hl-Button"
        disabled={asking}
        onClick={() => ask(() => props.round.disagreements(props.model))}
      >
        {asking ? 'Reading…' : 'Find heads that reviewers judged differently'}
      </button>
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />
        </p>
      )}
      {value?.length === 0 && <p className="hl-dim">No open votes differ.</p>}
      <ul className="hl-Round-heads">
        {value?.map(item => (
          <li key={item.entry_id}>
            <button type="button" className="hl-Button" onClick={() => props.onOpen(item)}>
              {`${headName(item.head)}, ${item.n_votes} votes`}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
