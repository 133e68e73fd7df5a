import * as React from 'react';
import type { Job } from '../contract/records';
import { FreeText } from './free_text';
import { formatSeconds } from './numbers';
import { useDelayed } from './use_delayed';

/**
 * The work under way: what, how far, how long still, and Cancel; afterwards how it ended. The line
 * stays, so that nothing below moves when work starts or ends.
 */
export function JobBar(props: { job: Job | null; onCancel: () => void }): React.JSX.Element | null {
  const { job, onCancel } = props;
  const running = job !== null && (job.state === 'running' || job.state === 'cancelling');
  const shown = useDelayed(running);
  if (!job) {
    return null;
  }
  return (
    <div className="hl-JobBar">
      {running && shown ? (
        <>
          <span className="hl-JobBar-title">
            <FreeText text={job.title} />
          </span>
          <progress
            className="hl-JobBar-bar"
            aria-label={job.title}
            {...(job.total > 0 ? { value: job.done, max: job.total } : {})}
          />
          <span className="hl-JobBar-step hl-number">{progressText(job)}</span>
          <button className="hl-Button" onClick={onCancel}>
            Cancel
          </button>
        </>
      ) : (
        !running && <Ended job={job} />
      )}
      <span className="hl-visually-hidden" aria-live="polite">
        {running && shown ? spoken(job) : ''}
      </span>
    </div>
  );
}

function Ended({ job }: { job: Job }): React.JSX.Element {
  return job.state === 'failed' ? (
    <p className="hl-Note" data-kind="error">
      <FreeText text={`${job.title} failed: ${job.message}`} />
    </p>
  ) : (
    <span className="hl-dim">
      <FreeText text={job.title} />
      {job.state === 'cancelled' ? ': cancelled' : `: done in ${formatSeconds(job.seconds)}`}
    </span>
  );
}

/** "attention heads 12 of 60, about 4 s left" */
export function progressText(job: Job): string {
  const parts = [];
  if (job.step) {
    parts.push(job.total > 0 ? `${job.step} ${job.done} of ${job.total}` : job.step);
  }
  if (job.seconds_left !== null) {
    parts.push(`about ${formatSeconds(job.seconds_left)} left`);
  } else if (job.seconds >= 1) {
    parts.push(`${formatSeconds(job.seconds)} so far`);
  }
  return parts.join(', ');
}

/** Progress is spoken at quarters only. */
function spoken(job: Job): string {
  const quarter = job.total > 0 ? Math.floor((4 * job.done) / job.total) * 25 : 0;
  return quarter > 0 ? `${job.title}: ${quarter} %` : job.title;
}
