import * as React from 'react';
import type { BatchView } from '../contract/records';
import type { Turn } from './batch_api';
import { CapField } from './batch_cap';
import {
  cancelWords,
  countHeads,
  exactMoney,
  formatMoney,
  goOnLabel,
  lookOf,
  readCap,
  unfinishedJobs
} from './batch_words';
import { formatCount } from './numbers';

/** Pause, resume, send failures again, give up: what the state of a batch allows. */
export function BatchActions(props: {
  view: BatchView;
  turning: Turn | null;
  onTurn: (turn: Turn, cap: number | null) => void;
  /** A cancelled batch leaves no button: the keyboard needs another place. */
  onLeave: () => void;
}): React.JSX.Element | null {
  const { view, turning, onTurn, onLeave } = props;
  const { batch } = view;
  const [text, setText] = React.useState(batch.cap === null ? '' : exactMoney(batch.cap));
  const [asking, setAsking] = React.useState(false);
  const cancel = React.useRef<HTMLButtonElement>(null);
  const look = lookOf(view);
  const failed = batch.counts.failed ?? 0;
  const left = unfinishedJobs(batch);
  const over = look === 'finished' || look === 'failed' || look === 'cancelled';
  const goesOn = !over && look !== 'running';
  const canRetry = failed > 0 && look !== 'cancelled' && look !== 'running';
  if (look === 'cancelled' || (over && !canRetry)) {
    return null;
  }
  const typed = batch.priced ? readCap(text) : null;
  const wrong = Number.isNaN(typed);
  const cap = wrong ? null : typed;
  // a cap can be raised or lowered, not taken away
  const kept = cap ?? batch.cap;
  const busy = turning !== null;
  const change = cap === batch.cap ? null : cap;
  return (
    <div className="hl-BatchActions">
      {(goesOn || canRetry) && batch.priced && (
        <CapField text={text} onText={setText} hint={capHint(view, cap)} />
      )}
      <div className="hl-BatchActions-bar">
        {!over && (
          <button
            className="hl-Button"
            data-main={goesOn || undefined}
            disabled={busy || (goesOn && wrong)}
            onClick={() => (goesOn ? onTurn('resume', change) : onTurn('pause', null))}
          >
            {goesOn
              ? goOnLabel(look === 'elsewhere' ? 'Resume here' : 'Resume', batch, kept)
              : 'Pause'}
          </button>
        )}
        {canRetry && (
          <button
            className="hl-Button"
            data-main={over || undefined}
            disabled={busy || wrong}
            onClick={() => onTurn('retry', change)}
          >
            {goOnLabel(`Retry ${formatCount(failed)} failed`, batch, kept)}
          </button>
        )}
        {!over && !asking && (
          <button
            className="hl-Button"
            ref={cancel}
            disabled={busy}
            onClick={() => setAsking(true)}
          >
            Cancel batch
          </button>
        )}
      </div>
      {asking && !over && (
        <CancelForm
          left={left}
          busy={busy}
          onKeep={() => {
            setAsking(false);
            requestAnimationFrame(() => cancel.current?.focus());
          }}
          onCancel={() => {
            setAsking(false);
            onTurn('cancel', null);
            onLeave();
          }}
        />
      )}
    </div>
  );
}

/** A cancelled batch cannot go on: a second look before that. */
function CancelForm(props: {
  left: number;
  busy: boolean;
  onKeep: () => void;
  onCancel: () => void;
}): React.JSX.Element {
  const { left, busy, onKeep, onCancel } = props;
  const keep = React.useRef<HTMLButtonElement>(null);
  React.useEffect(() => keep.current?.focus(), []);
  return (
    <div className="hl-Note hl-BatchActions-cancel" role="group" aria-label="Cancel the batch">
      <p>{cancelWords(left)}</p>
      <button className="hl-Button" ref={keep} onClick={onKeep}>
        Keep it
      </button>
      <button className="hl-Button" disabled={busy} onClick={onCancel}>
        Cancel {countHeads(left)}
      </button>
    </div>
  );
}

function capHint({ batch }: BatchView, cap: number | null): string {
  return cap !== null && cap <= batch.spent
    ? `${formatMoney(batch.spent)} is spent already: nothing more would be sent.`
    : `Of the whole batch; ${formatMoney(batch.spent)} is spent.`;
}
