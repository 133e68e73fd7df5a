import * as React from 'react';
import { DECISIONS } from '../../contract/records';
import { formatSeconds } from '../numbers';
import { StateMark } from '../state_mark';
import { AgreementPart } from './agreement_part';
import { countsOf, medianOf, paceOf } from './pace';
import { Key, type KeyLabels, type QueueCommand } from './queue_keys';
import { headName } from '../heads';
import type { QueueState } from './queue_records';
import type { RoundApi } from './round_panel';

/** The end of a queue: what was judged here, how fast; or why there is nothing to judge. */
export function QueueSummary(props: {
  state: QueueState;
  keys: KeyLabels;
  round: RoundApi;
  onCommand: (command: QueueCommand) => void;
  onTakeSkipped: () => void;
  onDecide: () => void;
  onCatalogue: () => void;
}): React.JSX.Element {
  const { state, keys, onCommand } = props;
  const { skipped, choice, page } = state;
  const voting = choice.mode === 'votes';
  const done = state.done.filter(one => one.mode === choice.mode);
  return (
    <div className="hl-QueueSummary" tabIndex={-1}>
      <h2 className="hl-QueueSummary-title">
        {done.length > 0 ? 'End of the queue' : 'Nothing to review'}
      </h2>
      {skipped.length > 0 && (
        <p className="hl-Note">
          {`Skipped: ${skipped.map(item => headName(item.head)).join(', ')}. `}
          <button type="button" className="hl-Button" onClick={props.onTakeSkipped}>
            {skipped.length === 1 ? 'Look at it now' : `Look at these ${skipped.length} now`}
          </button>
        </p>
      )}
      {done.length > 0 && (
        <>
          <JudgedHere done={done} />
          <p>
            <button type="button" className="hl-Button" onClick={() => onCommand('undo')}>
              Undo the last one <Key keys={keys} command="undo" />
            </button>
          </p>
        </>
      )}
      {done.length === 0 && skipped.length === 0 && <WhatToDo {...props} />}
      {voting && (page?.progress.n_open ?? 0) > 0 && (
        <p className="hl-dim">
          {`${page?.progress.n_open} with votes wait for a decision by whoever leads the round. `}
          <button type="button" className="hl-Button" onClick={props.onDecide}>
            Decide on them
          </button>
        </p>
      )}
      <AgreementPart round={props.round} model={choice.model} withOpen={!voting} />
    </div>
  );
}

function JudgedHere({ done }: { done: QueueState['done'] }): React.JSX.Element {
  const counts = countsOf(done);
  const seconds = done.map(one => one.seconds);
  const pace = paceOf(seconds, 0);
  return (
    <>
      <ul className="hl-QueueSummary-counts" aria-label="Judged here">
        {DECISIONS.filter(decision => counts[decision] > 0).map(decision => (
          <li key={decision}>
            <b>{counts[decision]}</b> <StateMark state={decision} />
          </li>
        ))}
      </ul>
      <p className="hl-dim">
        {`${done.length} judged here, median ${formatSeconds(medianOf(seconds))} each`}
        {pace && `, ${pace.perMinute.toFixed(1)} a minute`}
        {'.'}
      </p>
    </>
  );
}

function WhatToDo(props: Parameters<typeof QueueSummary>[0]): React.JSX.Element {
  const { state, onCatalogue } = props;
  const { choice, page } = state;
  const drafts = page?.progress.n_entries ?? 0;
  return (
    <>
      <p>
        {drafts === 0
          ? 'No head in this catalogue has a draft yet. Draft some first: in a workbench, or many at once with a language model.'
          : choice.mode === 'votes'
            ? `Nobody waits for your vote: of ${drafts} heads with drafts, each has it, was given to others, or is decided.`
            : `Of ${drafts} heads with drafts, none waits for a decision.`}
      </p>
      <p>
        <button type="button" className="hl-Button" onClick={onCatalogue}>
          Show the catalogue
        </button>
      </p>
    </>
  );
}
