import * as React from 'react';
import { unseenIn } from './free_text';
import { savesText } from './review_keys';
import { Time } from './times';
import type { TypedText } from './use_typed_text';
import { useElementId } from './use_element_id';

/** A text area whose unsaved text outlives the page; Ctrl+Enter saves, Esc leaves it as it is. */
export const TypedField = React.forwardRef<
  HTMLTextAreaElement,
  {
    label: string;
    typed: TypedText;
    saving: boolean;
    rows?: number;
    maxLength: number;
    placeholder?: string;
    onSave: () => void;
    onLeave: () => void;
  }
>(function TypedField(props, ref) {
  const { label, typed, saving, onSave, onLeave } = props;
  const id = useElementId();
  const unseen = unseenIn(typed.text);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (savesText(event) && !event.repeat) {
      event.preventDefault();
      event.stopPropagation();
      onSave();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      onLeave();
    }
  };
  return (
    <div className="hl-TypedField">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        ref={ref}
        className="hl-TextArea"
        dir="auto"
        rows={props.rows ?? 2}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        value={typed.text}
        readOnly={saving}
        onChange={event => typed.set(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {unseen.length > 0 && (
        <p className="hl-TypedField-unseen hl-Note" data-kind="warning">
          {`The text holds characters that do not show or that reorder it: ${unseen.join(', ')}.`}
        </p>
      )}
      {typed.restoredAt && (
        <p className="hl-TypedField-restored hl-Note">
          {'Unsaved text from '}
          <Time at={typed.restoredAt} />
          {' restored. '}
          <button type="button" className="hl-Button" onClick={typed.acknowledge}>
            Keep
          </button>
          <button type="button" className="hl-Button" onClick={typed.forget}>
            Discard
          </button>
        </p>
      )}
    </div>
  );
});
