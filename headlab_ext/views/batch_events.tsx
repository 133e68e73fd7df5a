import * as React from 'react';
import type { BatchEvent } from '../contract/records';
import { exactMoney } from './batch_words';
import { FreeText } from './free_text';
import { formatCount } from './numbers';
import { SignedName } from './signed_name';
import { Time } from './times';

const NEWEST = 3;

/** Who did what to a batch, the newest first; nothing for a batch of before that was kept. */
export function BatchEvents(props: { events: readonly BatchEvent[] }): React.JSX.Element | null {
  const [all, setAll] = React.useState(false);
  const newest = [...props.events].reverse();
  const shown = all ? newest : newest.slice(0, NEWEST);
  const hidden = newest.length - shown.length;
  if (newest.length === 0) {
    return null;
  }
  return (
    <section className="hl-BatchEvents" aria-label="Steps of the batch">
      <ol className="hl-BatchEvents-list" aria-label="Steps, newest first">
        {shown.map((event, index) => (
          <li key={newest.length - index} data-action={event.action}>
            <span className="hl-BatchEvents-at hl-dim">
              <Time at={event.created_at} />
            </span>
            <b className="hl-BatchEvents-author">
              <SignedName name={event.author} signedIn={Boolean(event.authenticated_by)} />
            </b>
            <span className="hl-BatchEvents-step">
              <FreeText text={stepWords(event)} />
            </span>
          </li>
        ))}
      </ol>
      {hidden > 0 && (
        <button className="hl-TextButton" onClick={() => setAll(true)}>
          {`and ${formatCount(hidden)} earlier`}
        </button>
      )}
    </section>
  );
}

/** A step without author and time: "started: 12 jobs, cap 0.40, prompt 2". */
export function stepWords(event: BatchEvent): string {
  const count = event.jobs ?? 0;
  const jobs = count === 1 ? '1 job' : `${formatCount(count)} jobs`;
  switch (event.action) {
    case 'started':
      return `started: ${jobs}, ${capWords(event.cap)}, prompt ${event.prompt_version}`;
    case 'extended':
      return `added ${jobs}`;
    case 'stopped':
      return `stopped: ${event.reason}`;
    case 'cap':
      return `changed the cap: ${amountWords(event.cap_before)} before, ${amountWords(event.cap)} now`;
    case 'cancelled':
      return `cancelled ${jobs}`;
    case 'retried':
      return `sends again ${jobs}`;
    case 'paused':
    case 'resumed':
      return event.action;
  }
}

function capWords(cap: number | null): string {
  return cap === null ? 'no cap' : `cap ${exactMoney(cap)}`;
}

function amountWords(cap: number | null): string {
  return cap === null ? 'no cap' : exactMoney(cap);
}
