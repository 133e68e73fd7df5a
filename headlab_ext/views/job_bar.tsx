import * as React from 'react';
import type { Job } from '../contract/records';
import { formatSeconds } from './numbers';

const QUIET_SECONDS = 0.15;

/** The work under way: what, how far, how long still, and Cancel. Short work does not flicker. */
export function JobBar(props: { job: Job | null; onCancel: () => void }): React.JSX.Element {
  const { job, onCancel } = props;
  const running = job !== null && (job.state === 'running' || job.state === 'cancelling');
  const [shown, setShown] = React.useState(false);
  const id = job?.id;
  React.useEffect(() => {
    setShown(false);
    if (!running) {
      return;
    }
    const timer = setTimeout(() => setShown(true), QUIET_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [id, running]);
  const failed = job?.state === 'failed';
  const visible = running ? shown : failed || job?.state === 'cancelled';

  return (
    <div className="hl-JobBar" data-visible={visible || undefined}>
      {job && visible && running && (
        <>
          <span className="hl-JobBar-title">{job.title}</span>
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
      )}
      {job && visible && !running && (
        <p className="hl-Note" data-kind={failed ? 'error' : undefined} role="status">
          {failed ? `${job.title} failed: ${job.message}` : `${job.title}: cancelled`}
        </p>
      )}
      <span className="hl-visually-hidden" aria-live="polite">
        {running && shown ? spoken(job) : ''}
      </span>
    </div>
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
