import * as React from 'react';
import type { EntryApi } from './api';
import { FreeText } from './free_text';
import { StaleEdit } from './stale_edit';
import type { EntryEdits } from './use_entry_edits';

/** How the last edit went: done, failed with a second try, or made late, with both versions. */
export function EditOutcome(props: { edits: EntryEdits; api: EntryApi }): React.JSX.Element {
  const { edits, api } = props;
  return (
    <>
      <p className="hl-Review-said" role="status">
        {edits.saving ? 'Saving…' : edits.said}
      </p>
      {edits.failed && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={edits.failed.message} />{' '}
          <button type="button" className="hl-Button" onClick={() => again(edits)}>
            {edits.failed.early ? 'Decide without them' : 'Try again'}
          </button>
        </p>
      )}
      {edits.conflict && (
        <StaleEdit
          conflict={edits.conflict}
          api={api}
          onLoad={edits.loadTheirs}
          onApply={() => edits.conflict && edits.submit(edits.conflict.edit, edits.conflict.theirs)}
        />
      )}
    </>
  );
}

function again({ failed, submit }: EntryEdits): void {
  if (failed) {
    const { edit, early } = failed;
    submit(early && edit.runNow ? { ...edit, run: edit.runNow } : edit);
  }
}
