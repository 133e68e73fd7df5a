import * as React from 'react';
import type { Agreement, Assigning, QueueItem, QueuePage } from '../../contract/records';
import { FreeText } from '../free_text';
import { headName } from '../heads';
import { formatCount, formatSeconds } from '../numbers';
import { AgreementPart } from './agreement_part';
import { AssignmentForm } from './assignment_form';
import { useAsked } from './use_asked';

export interface RoundApi {
  agreement(model: string, withOpen: boolean): Promise<Agreement>;
  assign(wanted: Assigning): Promise<QueuePage>;
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
  const [assigned, setAssigned] = React.useState<QueuePage | null>(null);
  const progress = (assigned ?? page)?.progress;
  return (
    <div className="hl-Round">
      {progress && (
        <p>
          {`${progress.n_decided} of ${progress.n_entries} heads are decided, ${progress.n_open} have votes that wait for a decision.`}
        </p>
      )}
      {progress && progress.reviewers.length > 0 && (
        <table className="hl-Agreement-table">
          <caption>Reviewers</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Asked</th>
              <th scope="col">Votes</th>
              <th scope="col">Waiting</th>
              <th scope="col">A vote</th>
            </tr>
          </thead>
          <tbody>
            {progress.reviewers.map(one => (
              <tr key={one.reviewer}>
                <th scope="row">
                  <FreeText text={one.reviewer} />
                </th>
                <td className="hl-number">{formatCount(one.n_assigned)}</td>
                <td className="hl-number">{formatCount(one.n_votes)}</td>
                <td className="hl-number">{formatCount(one.n_waiting)}</td>
                <td className="hl-number">{formatSeconds(one.median_seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <AssignmentForm
        known={progress?.reviewers.map(one => one.reviewer) ?? []}
        assign={wanted => round.assign({ ...wanted, model: model || null })}
        onAssigned={next => {
          setAssigned(next);
          props.onAssigned();
        }}
      />
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
