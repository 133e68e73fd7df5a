import * as React from 'react';
import type { Job } from '../../contract/records';
import { progressText } from '../job_bar';

/** How far a run of tests is; the bar has no end while the next step is being prepared. */
export function TestProgress(props: { job: Job | null; onCancel: () => void }): React.JSX.Element {
  const { job, onCancel } = props;
  const measured = job !== null && job.total > 0;
  return (
    <div className="hl-TestProgress">
      <progress
        aria-label="Progress of the tests"
        {...(measured ? { value: job.done, max: job.total } : {})}
      />
      <span className="hl-number">{job === null ? 'starting' : progressText(job)}</span>
      <button className="hl-Button" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}
