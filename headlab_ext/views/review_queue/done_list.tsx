import * as React from 'react';
import { headName } from '../heads';
import { formatSeconds } from '../numbers';
import { StateMark } from '../state_mark';
import { Time } from '../times';
import type { Done } from './queue_records';

const NEWEST = 20;

/** The last judgements, newest first, each of which can be taken back. */
export function DoneList(props: {
  done: readonly Done[];
  onUndo: (made: Done) => void;
}): React.JSX.Element {
  const newest = props.done.slice(-NEWEST).reverse();
  if (newest.length === 0) {
    return <p className="hl-dim">Nothing was judged here yet.</p>;
  }
  return (
    <ol className="hl-DoneList" aria-label="Last judgements, newest first">
      {newest.map(made => (
        <li key={made.number} className="hl-DoneList-one">
          <b>{headName(made.item.head)}</b>
          <StateMark state={made.judgement.decision} />
          <span className="hl-dim">
            {`${made.mode === 'votes' ? 'vote' : 'decision'}, ${formatSeconds(made.seconds)}, `}
            <Time at={made.at} />
          </span>
          <button
            type="button"
            className="hl-Button"
            disabled={made.again}
            title={made.again ? 'It is on the screen, or waits there' : undefined}
            onClick={() => props.onUndo(made)}
          >
            {made.mode === 'votes' ? 'Vote again' : 'Take back'}
          </button>
        </li>
      ))}
    </ol>
  );
}
