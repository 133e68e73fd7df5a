import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import { JOB_STATES, type DraftJob, type Head } from '../contract/records';
import { JOB_WORDS, JobMark } from './batch_mark';
import { asSent, textOf, type Texts } from './batch_texts';
import { formatMoney } from './batch_words';
import { FAILURES } from './drafters';
import { FreeText, visibleText } from './free_text';
import { headName } from './heads';
import { formatCount, MISSING } from './numbers';
import { windowedRows } from './ranked_heads';

/** Up to this many rows are simply there; longer lists keep only those in view. */
const ALL_ROWS = 60;
/** Pixels; the style sheet's rows have this height. */
const ROW = 48;

type Kept = DraftJob['state'] | 'all';

/** One row a head: how its draft stands, and its text or why there is none. */
export function BatchJobs(props: {
  jobs: readonly DraftJob[];
  /** What is written for them while it is written. */
  texts: Texts;
  priced: boolean;
  onOpen: (head: Head) => void;
}): React.JSX.Element {
  const { texts, priced, onOpen } = props;
  const jobs = asSent(props.jobs, texts);
  const [kept, setKept] = React.useState<Kept>('all');
  const counts = new Map(JOB_STATES.map(state => [state, count(jobs, state)]));
  const shown = kept !== 'all' && !counts.get(kept) ? 'all' : kept;
  const rows = shown === 'all' ? jobs : jobs.filter(job => job.state === shown);
  const choices: [Kept, string, number][] = [
    ['all', 'All', jobs.length],
    ...JOB_STATES.map(
      state => [state, JOB_WORDS[state], counts.get(state) ?? 0] as [Kept, string, number]
    )
  ];
  return (
    <div className="hl-BatchJobs">
      <div className="hl-BatchJobs-bar" role="group" aria-label="Which heads are listed">
        {choices
          .filter(([, , many]) => many > 0)
          .map(([state, word, many]) => (
            <button
              key={state}
              className="hl-BatchJobs-choice"
              aria-pressed={state === shown}
              onClick={() => setKept(state)}
            >
              {`${word[0].toUpperCase()}${word.slice(1)} ${formatCount(many)}`}
            </button>
          ))}
      </div>
      <Rows rows={rows} texts={texts} priced={priced} onOpen={onOpen} />
    </div>
  );
}

function Rows(props: {
  rows: readonly DraftJob[];
  texts: Texts;
  priced: boolean;
  onOpen: (head: Head) => void;
}): React.JSX.Element {
  const { rows, texts, priced, onOpen } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const windowed = rows.length > ALL_ROWS;
  // eslint-disable-next-line react-hooks/incompatible-library -- its result is not memoised here
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: windowed,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 6
  });
  const items = windowed
    ? virtual.getVirtualItems().map(item => item.index)
    : rows.map((_, index) => index);
  return (
    <div
      className="hl-BatchJobs-scroller"
      ref={scroller}
      role="region"
      aria-label="Heads of the batch"
      tabIndex={0}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="hl-BatchJobs-head">
              Head
            </th>
            <th scope="col" className="hl-BatchJobs-state">
              State
            </th>
            <th scope="col">Draft</th>
            <th scope="col" className="hl-BatchJobs-spent hl-number">
              Spent
            </th>
          </tr>
        </thead>
        <tbody>
          {windowedRows(items, rows.length).map(item =>
            typeof item === 'number' ? (
              <Row
                key={rows[item].id}
                job={rows[item]}
                text={textOf(rows[item], texts)}
                place={item}
                priced={priced}
                onOpen={onOpen}
              />
            ) : (
              <tr key={item.key} aria-hidden="true" style={{ height: item.rows * ROW }} />
            )
          )}
        </tbody>
      </table>
    </div>
  );
}

function Row(props: {
  job: DraftJob;
  text: string | undefined;
  place: number;
  priced: boolean;
  onOpen: (head: Head) => void;
}): React.JSX.Element {
  const { job, text, place, priced, onOpen } = props;
  const tries = job.attempts > 1 ? `${job.attempts} attempts` : '';
  const remark = text === undefined ? tries : 'not checked yet';
  return (
    <tr aria-rowindex={place + 2} data-state={job.state}>
      <th scope="row" className="hl-BatchJobs-head">
        <button className="hl-BatchJobs-open" onClick={() => onOpen(job.head)}>
          {headName(job.head)}
        </button>
      </th>
      <td className="hl-BatchJobs-state">
        <JobMark job={job} />
        {remark && <span className="hl-dim hl-BatchJobs-remark">{remark}</span>}
      </td>
      {text === undefined ? (
        <td className="hl-BatchJobs-text" title={visibleText(wholeOutcome(job))}>
          <span className="hl-BatchJobs-clamp">
            <Outcome job={job} />
          </span>
        </td>
      ) : (
        <td className="hl-BatchJobs-text" title={visibleText(text)}>
          <span className="hl-BatchJobs-arriving">
            <span>
              <FreeText text={text} />
            </span>
          </span>
        </td>
      )}
      <td className="hl-BatchJobs-spent hl-number">{spentText(job, priced)}</td>
    </tr>
  );
}

function Outcome({ job }: { job: DraftJob }): React.JSX.Element | null {
  if (job.draft) {
    return (
      <>
        {job.draft.unclear && <span className="hl-dim">unclear: </span>}
        <FreeText text={job.draft.description} />
        {job.message && (
          <b>
            {' '}
            <FreeText text={job.message} />
          </b>
        )}
      </>
    );
  }
  if (job.failure && job.state !== 'cancelled') {
    return (
      <>
        <b>{FAILURES[job.failure]}</b>
        {job.state === 'waiting' && <span className="hl-dim"> (sent again)</span>}
        {job.message && (
          <>
            {': '}
            <FreeText text={job.message} />
          </>
        )}
      </>
    );
  }
  return null;
}

/** What it cost so far; a call under way has only a reservation. */
function spentText(job: DraftJob, priced: boolean): string {
  const known = job.reused || (priced && (job.spent > 0 || isOver(job)));
  return known ? `${job.uncounted > 0 ? '≤ ' : ''}${formatMoney(job.spent)}` : MISSING;
}

function isOver({ state }: DraftJob): boolean {
  return state === 'done' || state === 'failed';
}

/** The whole of it, for the tip. */
function wholeOutcome(job: DraftJob): string {
  return [job.draft?.description, job.failure ? FAILURES[job.failure] : '', job.message]
    .filter(Boolean)
    .join('\n');
}

function count(jobs: readonly DraftJob[], state: DraftJob['state']): number {
  return jobs.filter(job => job.state === state).length;
}
