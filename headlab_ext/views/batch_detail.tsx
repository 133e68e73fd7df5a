import * as React from 'react';
import type { BatchView, DraftJob, Head } from '../contract/records';
import { BatchActions } from './batch_actions';
import type { Turn } from './batch_api';
import type { Texts } from './batch_texts';
import { BatchEvents } from './batch_events';
import { BatchJobs } from './batch_jobs';
import { BatchMark } from './batch_mark';
import {
  amountSpent,
  countWords,
  endpointOf,
  exactMoney,
  formatMoney,
  lookOf,
  totalJobs,
  whereWords
} from './batch_words';
import { FreeText } from './free_text';
import { formatCount, formatSeconds } from './numbers';
import { PoliteRegion } from './polite_region';
import { Time } from './times';
import { useDelayed } from './use_delayed';

export interface BatchDetailProps {
  view: BatchView;
  /** Null until they are there. */
  jobs: readonly DraftJob[] | null;
  texts: Texts;
  turning: Turn | null;
  turnProblem: string | null;
  onTurn: (turn: Turn, cap: number | null) => void;
  onOpen: (head: Head) => void;
}

/** One batch: how far it is, what it cost, what can be done, and a row for each head. */
export function BatchDetail(props: BatchDetailProps): React.JSX.Element {
  const { view, jobs, texts, turning, turnProblem, onTurn, onOpen } = props;
  const { batch } = view;
  const title = React.useRef<HTMLHeadingElement>(null);
  const waiting = useDelayed(jobs === null);
  const { model, host } = endpointOf(batch);
  return (
    <article className="hl-Batch" aria-label={`Batch ${batch.id}`}>
      <header className="hl-Batch-header">
        <h3 className="hl-Batch-title" ref={title} tabIndex={-1}>
          {`Batch ${batch.id}`}
        </h3>
        <BatchMark view={view} />
        <span className="hl-dim">
          <FreeText text={batch.model_name} />, <FreeText text={batch.selection} />; drafted by{' '}
          <FreeText text={model} />, <FreeText text={whereWords(host, false)} />, prompt{' '}
          <FreeText text={batch.prompt_version} />; planned <Time at={batch.created_at} />
        </span>
      </header>
      <Progress view={view} />
      <Situation view={view} />
      {turnProblem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={turnProblem} />
        </p>
      )}
      <BatchActions
        view={view}
        turning={turning}
        onTurn={onTurn}
        onLeave={() => title.current?.focus()}
      />
      <BatchEvents events={batch.events} />
      {jobs ? (
        <BatchJobs jobs={jobs} texts={texts} priced={batch.priced} onOpen={onOpen} />
      ) : (
        <div className="hl-BatchJobs hl-BatchJobs-scroller" aria-busy="true">
          {waiting && <p className="hl-dim">Reading the heads of the batch…</p>}
        </div>
      )}
      <PoliteRegion text={spoken(view)} />
    </article>
  );
}

function Progress({ view }: { view: BatchView }): React.JSX.Element {
  const { batch } = view;
  const total = totalJobs(batch);
  const { done = 0, failed = 0, sent = 0, waiting = 0, cancelled = 0 } = batch.counts;
  const parts: [string, number][] = [
    ['done', done],
    ['failed', failed],
    ['sent', sent],
    ['waiting', waiting],
    ['cancelled', cancelled]
  ];
  const facts: [string, string][] = [
    ['Done', `${formatCount(done)} of ${formatCount(total)}`],
    ['Failed', formatCount(failed)],
    ['Sent', formatCount(sent)],
    ['Waiting', formatCount(waiting)],
    ['Spent', batch.priced ? amountSpent(batch) : 'unknown, no prices'],
    ['Cap', batch.cap === null ? 'none' : exactMoney(batch.cap)]
  ];
  if (batch.reserved > 0) {
    facts.push(['Reserved', formatMoney(batch.reserved)]);
  }
  if (view.running) {
    const left = view.seconds_left;
    facts.push(['Time left', left === null ? 'not known yet' : `about ${formatSeconds(left)}`]);
  }
  return (
    <div className="hl-Batch-progress">
      <div
        className="hl-Batch-bar"
        role="progressbar"
        aria-label={`Batch ${batch.id}`}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done + failed}
        aria-valuetext={countWords(batch)}
      >
        {parts
          .filter(([, count]) => count > 0)
          .map(([part, count]) => (
            <span key={part} data-part={part} style={{ flexGrow: count }} />
          ))}
      </div>
      <dl className="hl-Batch-facts">
        {facts.map(([term, words]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd className="hl-number">{words}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Why it does not go on, where that is not plain from its state. */
function Situation({ view }: { view: BatchView }): React.JSX.Element | null {
  const { batch, problem } = view;
  const look = lookOf(view);
  if (problem) {
    return (
      <p className="hl-Note" data-kind="error" role="alert">
        <FreeText text={problem} />
      </p>
    );
  }
  if (batch.reason) {
    return (
      <p className="hl-Note" data-kind="warning" role="status">
        <FreeText text={batch.reason} />
      </p>
    );
  }
  if (look === 'idle') {
    return (
      <p className="hl-Note">
        Nobody works on this batch: it was planned elsewhere, or its process ended. Resume goes on
        where it was; what is done is not paid again.
      </p>
    );
  }
  if (look === 'elsewhere') {
    return (
      <p className="hl-Note">
        Another process has calls under way, such as a notebook or a terminal. If that process was
        killed, its calls are sent again half a minute later, once the batch is resumed.
      </p>
    );
  }
  return null;
}

/** Quarters of the way, and the end. */
function spoken(view: BatchView): string {
  const { batch } = view;
  const look = lookOf(view);
  const total = totalJobs(batch);
  const ended = (batch.counts.done ?? 0) + (batch.counts.failed ?? 0);
  if (look !== 'running' || total === 0) {
    return `Batch ${batch.id}: ${countWords(batch)}.`;
  }
  const quarter = Math.floor((4 * ended) / total) * 25;
  return quarter > 0 ? `Batch ${batch.id}: ${quarter} %` : `Batch ${batch.id} is running.`;
}
