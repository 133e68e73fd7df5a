import * as React from 'react';
import type { Entry } from '../../contract/records';
import type { EntryApi, TypingApi } from '../api';
import { NoteForm } from '../note_form';
import { Rating } from '../rating';
import { TypedField } from '../typed_field';
import { useEntryEdits } from '../use_entry_edits';
import type { KeyLabels } from './queue_keys';
import type { Current } from './queue_records';
import { Reasons } from './reasons';
import type { JudgementWork } from './use_judgement';

const MAX_TEXT = 4000;

interface NoteWay {
  api: EntryApi;
  typing: TypingApi;
  onEntry: (entry: Entry) => void;
}

/** What goes with a decision: another wording, a rating, a reason; and a note on the entry. */
export function JudgementForm(props: {
  current: Current;
  work: JudgementWork;
  keys: KeyLabels;
  editing: boolean;
  /** None while voting: others would read it before they vote. */
  note: NoteWay | null;
  areaRef: React.Ref<HTMLTextAreaElement>;
  reasonsRef: React.Ref<HTMLDivElement>;
  onSave: () => void;
  onLeave: () => void;
}): React.JSX.Element {
  const { current, work, keys, editing, note, areaRef, reasonsRef, onSave, onLeave } = props;
  return (
    <div className="hl-JudgementForm">
      {editing && (
        <div className="hl-JudgementForm-edit">
          <TypedField
            ref={areaRef}
            label={work.draft ? 'Your wording, in place of the draft' : 'Your own description'}
            typed={work.text}
            saving={false}
            rows={4}
            maxLength={MAX_TEXT}
            placeholder="What the head does, in your own words"
            onSave={onSave}
            onLeave={onLeave}
          />
          <div className="hl-Review-edit">
            <button
              type="button"
              className="hl-Button"
              aria-keyshortcuts="Control+Enter"
              onClick={onSave}
            >
              Save edit <kbd aria-hidden="true">Ctrl+Enter</kbd>
            </button>
            {work.text.changed && (
              <button type="button" className="hl-Button" onClick={work.text.forget}>
                Discard change
              </button>
            )}
          </div>
        </div>
      )}
      <Rating value={work.rating} onChange={work.rate} disabled={false} />
      <Reasons ref={reasonsRef} typed={work.reason} keys={keys} onLeave={onLeave} />
      {note && <QueueNote entry={current.entry} way={note} onLeave={onLeave} />}
    </div>
  );
}

function QueueNote(props: { entry: Entry; way: NoteWay; onLeave: () => void }): React.JSX.Element {
  const { entry, way, onLeave } = props;
  const edits = useEntryEdits(entry, way.onEntry);
  return (
    <div>
      <NoteForm entry={entry} api={way.api} typing={way.typing} edits={edits} onLeave={onLeave} />
      <p className="hl-Review-said" role="status">
        {edits.saving ? 'Saving…' : (edits.failed?.message ?? edits.said)} {edits.missed}
        {edits.conflict && 'The entry was changed elsewhere; the note was not saved. '}
        {edits.conflict && (
          <button type="button" className="hl-Button" onClick={edits.loadTheirs}>
            Load theirs
          </button>
        )}
      </p>
    </div>
  );
}
