import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { MarkdownText } from './markdown';
import { typingKey } from './review_sources';
import { TypedField } from './typed_field';
import type { EntryEdits } from './use_entry_edits';
import { useTypedText } from './use_typed_text';
import { useElementId } from './use_element_id';

const MAX_NOTE = 20_000;

/** The entry's note in Markdown, to be read or written; saved by itself. */
export function NoteForm(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  edits: EntryEdits;
  onLeave: () => void;
}): React.JSX.Element {
  const { entry, api, typing, edits, onLeave } = props;
  const typed = useTypedText(typing, typingKey(entry, 'note'), entry.note);
  const [reading, setReading] = React.useState(entry.note !== '' && !typed.changed);
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
      after() {
        typed.forget();
        setReading(note.trim() !== '');
        onLeave();
      }
    });
  };
  return (
    <div className="hl-NoteForm">
      <ModeSwitch reading={reading} onChange={setReading} />
      {reading ? (
        <NotePreview text={typed.text} />
      ) : (
        <TypedField
          label="Note"
          typed={typed}
          saving={edits.saving}
          maxLength={MAX_NOTE}
          placeholder="Markdown: *emphasis*, - lists, > quotes, `code`, [links](https://…)"
          onSave={save}
          onLeave={onLeave}
        />
      )}
      <button
        type="button"
        className="hl-Button"
        disabled={edits.saving || !typed.changed}
        onClick={save}
      >
        Save note
      </button>
      {reading && typed.changed && <span className="hl-dim">Not saved yet.</span>}
    </div>
  );
}

function ModeSwitch(props: {
  reading: boolean;
  onChange: (reading: boolean) => void;
}): React.JSX.Element {
  const group = useElementId();
  const mode = (name: string, reads: boolean) => (
    <label className="hl-NoteForm-mode">
      <input
        type="radio"
        name={group}
        checked={props.reading === reads}
        onChange={() => props.onChange(reads)}
      />
      {name}
    </label>
  );
  return (
    <fieldset className="hl-NoteForm-modes">
      <legend className="hl-visually-hidden">How the note is shown</legend>
      {mode('Edit note', false)}
      {mode('Read note', true)}
    </fieldset>
  );
}

function NotePreview({ text }: { text: string }): React.JSX.Element {
  return (
    <section className="hl-NoteForm-preview" aria-label="Note">
      {text.trim() === '' ? <p className="hl-dim">No note yet.</p> : <MarkdownText text={text} />}
    </section>
  );
}
