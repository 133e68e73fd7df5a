import * as React from 'react';
import type { Assigning, QueuePage } from '../../contract/records';
import { FreeText, visibleText } from '../free_text';
import { MAX_REASON } from './release_form';
import { useAsked } from './use_asked';
import { useElementId } from '../use_element_id';

const MOST = 5;

/** Whom to ask for votes, and how many of them about each head. */
export function AssignmentForm(props: {
  /** Reviewers of this round so far. */
  known: readonly string[];
  assign: (wanted: Omit<Assigning, 'model'>) => Promise<QueuePage>;
  onAssigned: (page: QueuePage) => void;
}): React.JSX.Element {
  const { known, assign, onAssigned } = props;
  const [names, setNames] = React.useState<string | null>(null);
  const [perEntry, setPerEntry] = React.useState(2);
  const [reason, setReason] = React.useState('');
  const { value, asking, problem, ask } = useAsked<QueuePage>();
  const id = useElementId();
  const text = names ?? known.join('\n');
  const reviewers = namesIn(text);
  const tooFew = reviewers.length < perEntry;
  const submit = () =>
    ask(async () => {
      const wanted = { reviewers, per_entry: perEntry, seed: 0, reason: reason.trim() };
      const page = await assign(wanted);
      onAssigned(page);
      return page;
    });
  return (
    <form
      className="hl-Assignment"
      aria-label="Ask reviewers"
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
    >
      <h3 className="hl-CardSection-title">Ask reviewers</h3>
      <label htmlFor={`${id}names`} className="hl-dim">
        Names, one on a line, as in each person’s setting “Reviewer”
      </label>
      <textarea
        id={`${id}names`}
        className="hl-TextArea"
        dir="auto"
        rows={3}
        value={text}
        onChange={event => setNames(event.target.value)}
      />
      <label htmlFor={`${id}why`} className="hl-dim">
        Reason, for the history (optional)
      </label>
      <input
        id={`${id}why`}
        className="hl-Input"
        dir="auto"
        autoComplete="off"
        maxLength={MAX_REASON}
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
      <p className="hl-Assignment-line">
        <label htmlFor={`${id}per`}>Reviewers for each head</label>
        <select
          id={`${id}per`}
          className="hl-Select"
          value={perEntry}
          onChange={event => setPerEntry(Number(event.target.value))}
        >
          {Array.from({ length: MOST }, (_, index) => (
            <option key={index + 1} value={index + 1}>
              {index + 1}
            </option>
          ))}
        </select>
        <button type="submit" className="hl-Button" disabled={asking || tooFew}>
          {asking ? 'Sharing out…' : 'Share out what is undecided'}
        </button>
      </p>
      {tooFew && (
        <p className="hl-dim">{`Name at least ${perEntry === 1 ? 'one reviewer' : `${perEntry} reviewers`}.`}</p>
      )}
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />
        </p>
      )}
      {value && (
        <p role="status">
          {`Asked: ${value.progress.reviewers
            .map(one => visibleText(`${one.reviewer} ${one.n_assigned}`))
            .join(', ')}.`}
        </p>
      )}
    </form>
  );
}

/** Names on lines, or between commas; each once. */
function namesIn(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map(name => name.trim()))].filter(Boolean);
}
