import * as React from 'react';
import { DECISIONS, type QueuePage } from '../../contract/records';
import { STATE_LOOKS } from '../head_states';
import { StateMark } from '../state_mark';
import { countsOf, paceOf, paceWords } from './pace';
import { nLeft, type QueueState } from './queue_records';

/** How far one is: judged of all, by decision, and at which pace. */
export function QueueProgress({ state }: { state: QueueState }): React.JSX.Element | null {
  const [showsPace, setShowsPace] = React.useState(true);
  const done = state.done.filter(one => one.mode === state.choice.mode);
  const left = nLeft(state);
  const judged = state.before + done.length;
  const total = judged + left;
  const counts = countsOf(done);
  const pace = paceOf(
    done.map(one => one.seconds),
    left
  );
  if (total === 0) {
    return null;
  }
  const made = DECISIONS.filter(decision => counts[decision] > 0);
  return (
    <div className="hl-QueueProgress">
      <span className="hl-QueueProgress-count">
        <b>{judged}</b>
        {` / ${total}`}
        <span className="hl-visually-hidden">{` ${wordsFor(state.page)}`}</span>
      </span>
      <div
        className="hl-QueueProgress-bar"
        role="progressbar"
        aria-label={`${judged} of ${total} ${wordsFor(state.page)}`}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={judged}
      >
        <span
          className="hl-QueueProgress-part"
          style={{ width: `${(100 * state.before) / total}%` }}
        />
        {made.map(decision => (
          <span
            key={decision}
            className="hl-QueueProgress-part"
            style={{
              width: `${(100 * counts[decision]) / total}%`,
              background: `rgb(${STATE_LOOKS[decision].colour?.join(' ')})`
            }}
          />
        ))}
      </div>
      {made.length > 0 && (
        <ul className="hl-QueueProgress-counts" aria-label="Made here">
          {made.map(decision => (
            <li key={decision}>
              {`${counts[decision]} `}
              <StateMark state={decision} />
            </li>
          ))}
        </ul>
      )}
      {pace && showsPace && <span className="hl-dim">{paceWords(pace)}</span>}
      {pace && (
        <button type="button" className="hl-TextButton" onClick={() => setShowsPace(!showsPace)}>
          {showsPace ? 'hide pace' : 'show pace'}
        </button>
      )}
    </div>
  );
}

function wordsFor(page: QueuePage | null): string {
  return page?.reviewer ? 'have your vote' : 'are decided';
}
