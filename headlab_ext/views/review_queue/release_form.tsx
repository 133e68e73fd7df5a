import * as React from 'react';
import type { QueuePage } from '../../contract/records';
import { FreeText } from '../free_text';
import { formatCount } from '../numbers';
import { useElementId } from '../use_element_id';
import { useAsked } from './use_asked';

/** As the record of a release has it. */
export const MAX_REASON = 1000;

/** A second look before a reviewer is asked for nothing more, and why. */
export function ReleaseForm(props: {
  reviewer: string;
  nAsked: number;
  model: string;
  release: (reason: string) => Promise<QueuePage>;
  onReleased: (page: QueuePage) => void;
  onLeave: () => void;
}): React.JSX.Element {
  const { reviewer, nAsked, model, release, onReleased, onLeave } = props;
  const [reason, setReason] = React.useState('');
  const { asking, problem, ask } = useAsked<QueuePage>();
  const field = React.useRef<HTMLInputElement>(null);
  const id = useElementId();
  React.useEffect(() => field.current?.focus(), []);
  const heads = nAsked === 1 ? '1 head' : `${formatCount(nAsked)} heads`;
  return (
    <div
      className="hl-Note hl-Assignment"
      role="group"
      aria-label="Release a reviewer"
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onLeave();
        }
      }}
    >
      <p>
        <FreeText text={reviewer} />
        {` is asked about ${heads}${model === '' ? '' : ' of the chosen model'}. Votes already cast ` +
          'stay. The history of each head will say who released whom, and why.'}
      </p>
      <label htmlFor={id}>Reason (optional)</label>
      <input
        id={id}
        ref={field}
        className="hl-Input"
        dir="auto"
        autoComplete="off"
        maxLength={MAX_REASON}
        value={reason}
        readOnly={asking}
        onChange={event => setReason(event.target.value)}
      />
      {problem && (
        <p data-kind="error" role="alert">
          <FreeText text={problem} />
        </p>
      )}
      <div className="hl-Assignment-line">
        <button
          type="button"
          className="hl-Button"
          disabled={asking}
          onClick={() =>
            ask(async () => {
              const page = await release(reason.trim());
              onReleased(page);
              return page;
            })
          }
        >
          {asking ? 'Releasing…' : `Release from ${heads}`}
        </button>
        <button type="button" className="hl-Button" onClick={onLeave}>
          Keep
        </button>
      </div>
    </div>
  );
}
