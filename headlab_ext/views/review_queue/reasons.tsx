import * as React from 'react';
import { TypedField } from '../typed_field';
import type { TypedText } from '../use_typed_text';
import { Key, type KeyLabels } from './queue_keys';

const MAX_REASON = 4000;

export const REASONS = [
  'The evidence does not show it.',
  'It names the wrong operation.',
  'It is too broad.',
  'It is too narrow.',
  'It leaves out another role.',
  'The evidence is noise.'
] as const;

/** Why: one of the usual reasons by its number, or a text; it goes with the judgement. */
export const Reasons = React.forwardRef<
  HTMLDivElement,
  { typed: TypedText; keys: KeyLabels; onLeave: () => void }
>(function Reasons({ typed, keys, onLeave }, ref) {
  const add = (reason: string) => {
    const before = typed.text.trim();
    typed.set(before.includes(reason) ? before : [before, reason].filter(Boolean).join(' '));
    onLeave();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const place = Number(event.key) - 1;
    if (event.target instanceof HTMLTextAreaElement || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === 'Escape') {
      onLeave();
    } else if (event.key.length === 1 && REASONS[place] && !event.altKey) {
      event.preventDefault();
      if (!event.repeat) {
        add(REASONS[place]);
      }
    }
  };
  return (
    <div className="hl-Reasons" onKeyDown={onKeyDown}>
      <div className="hl-Reasons-line">
        <span className="hl-dim">Reason, optional, stored with the judgement</span>{' '}
        <Key keys={keys} command="reason" />
      </div>
      <div
        className="hl-Reasons-usual"
        ref={ref}
        role="group"
        aria-label="Usual reasons"
        tabIndex={-1}
      >
        {REASONS.map((reason, index) => (
          <button key={reason} type="button" className="hl-Reasons-one" onClick={() => add(reason)}>
            <span className="hl-Reasons-number">{index + 1}</span> {reason}
          </button>
        ))}
      </div>
      <TypedField
        label="Reason"
        typed={typed}
        saving={false}
        rows={2}
        maxLength={MAX_REASON}
        onSave={onLeave}
        onLeave={onLeave}
      />
    </div>
  );
});
