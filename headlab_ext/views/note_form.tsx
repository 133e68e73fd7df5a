import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { typingKey } from './review_sources';
import { TypedField } from './typed_field';
import type { EntryEdits } from './use_entry_edits';
import { useTypedText } from './use_typed_text';

const MAX_NOTE = 20_000;

/** The entry's note, saved by itself. */
export function NoteForm(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  edits: EntryEdits;
  onLeave: () => void;
}): React.JSX.Element {
  const { entry, api, typing, edits, onLeave } = props;
  const typed = useTypedText(typing, typingKey(entry, 'note'), entry.note);
  const save = () => {
    const note = typed.text;
    if (!typed.changed) {
      edits.say('The note is unchanged.');
      return;
    }
    edits.submit({
      title: `save the note: ${note}`,
      done: 'Note saved',
      run: on => api.annotate(on, { note, tags: null, categories: null, stages: null }),
      after: typed.forget
    });
  };
  return (
    <div className="hl-NoteForm">
      <TypedField
        label="Note"
        typed={typed}
        saving={edits.saving}
        maxLength={MAX_NOTE}
        onSave={save}
        onLeave={onLeave}
      />
      <button
        type="button"
        className="hl-Button"
        disabled={edits.saving || !typed.changed}
        onClick={save}
      >
        Save note
      </button>
    </div>
  );
}
