import * as React from 'react';
import { savesText } from './review_keys';
import { useElementId } from './use_element_id';

/** Why a draft was rejected, or a head left unclear: asked after the decision is stored. */
export function ReasonForm(props: {
  saving: boolean;
  onSave: (reason: string) => void;
  onLeave: () => void;
}): React.JSX.Element {
  const [reason, setReason] = React.useState('');
  const id = useElementId();
  const save = () => reason.trim() && props.onSave(reason.trim());
  return (
    <div className="hl-ReasonForm hl-Note">
      <label htmlFor={id}>Stored. Why? (optional)</label>
      <textarea
        id={id}
        className="hl-TextArea"
        dir="auto"
        rows={2}
        maxLength={4000}
        value={reason}
        readOnly={props.saving}
        onChange={event => setReason(event.target.value)}
        onKeyDown={event => {
          if (savesText(event) && !event.repeat) {
            event.preventDefault();
            event.stopPropagation();
            save();
          } else if (event.key === 'Escape') {
            event.stopPropagation();
            props.onLeave();
          }
        }}
      />
      <div className="hl-ReasonForm-bar">
        <button
          type="button"
          className="hl-Button"
          disabled={props.saving || reason.trim() === ''}
          onClick={save}
        >
          Save reason
        </button>
        <button type="button" className="hl-Button" onClick={props.onLeave}>
          No reason
        </button>
      </div>
    </div>
  );
}
