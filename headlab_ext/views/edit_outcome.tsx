import * as React from 'react';
import type { EntryApi } from './api';
import { FreeText } from './free_text';
import { StaleEdit } from './stale_edit';
import type { EntryEdits } from './use_entry_edits';

/** How the last edit went: done, failed with a second try, or made late, with both versions. */
export function EditOutcome(props: {
  edits: EntryEdits;
  api: EntryApi;
  /** A button was pressed that goes away: the keyboard needs another place. */
  onLeave: () => void;
}): React.JSX.Element {
  const { edits, api, onLeave } = props;
  const leaving = (act: () => void) => () => {
    act();
    onLeave();
  };
  return (
    <>
      <p className="hl-Review-said" role="status">
        {edits.saving ? 'Saving…' : edits.said}
      </p>
      {edits.missed && (
        <p className="hl-Review-missed" role="status">
          <FreeText text={edits.missed} />
        </p>
      )}
      {edits.failed && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={edits.failed.message} />{' '}
          <button type="button" className="hl-Button" onClick={leaving(() => again(edits))}>
            {edits.failed.early ? 'Decide without them' : 'Try again'}
          </button>
        </p>
      )}
      {edits.conflict && (
        <StaleEdit
          conflict={edits.conflict}
          api={api}
          onLoad={leaving(edits.loadTheirs)}
          onApply={leaving(() => applyMine(edits))}
        />
      )}
    </>
  );
}

function applyMine({ conflict, submit }: EntryEdits): void {
  if (conflict) {
    submit(conflict.edit, conflict.theirs);
  }
}

function again({ failed, submit }: EntryEdits): void {
  if (failed) {
    const { edit, early } = failed;
    submit(early && edit.runNow ? { ...edit, run: edit.runNow } : edit);
  }
}
