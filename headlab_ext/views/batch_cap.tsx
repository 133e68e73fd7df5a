import * as React from 'react';
import { readCap } from './batch_words';
import { useElementId } from './use_element_id';

/** The most that a batch may cost, as it is typed; what is wrong with it is said beside it. */
export function CapField(props: {
  text: string;
  onText: (text: string) => void;
  /** Why there can be no cap, which switches the field off. */
  reason?: string;
  hint?: string;
}): React.JSX.Element {
  const { text, onText, reason, hint } = props;
  const id = useElementId();
  const wrong = !reason && Number.isNaN(readCap(text));
  const said =
    reason ?? (wrong ? 'Give an amount above 0, such as 0.40, or leave it empty.' : hint);
  return (
    <div className="hl-CapField">
      <label htmlFor={id}>Cap</label>
      <input
        id={id}
        className="hl-Input"
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        maxLength={20}
        value={reason ? '' : text}
        placeholder={reason ? '' : 'none'}
        disabled={reason !== undefined}
        aria-invalid={wrong || undefined}
        aria-describedby={said ? `${id}-said` : undefined}
        onChange={event => onText(event.target.value)}
      />
      {said && (
        <span id={`${id}-said`} className={wrong ? 'hl-CapField-wrong' : 'hl-dim'}>
          {said}
        </span>
      )}
    </div>
  );
}
