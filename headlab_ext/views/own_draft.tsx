import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { typingKey } from './review_sources';
import { TypedField } from './typed_field';
import type { EntryEdits } from './use_entry_edits';
import { useTypedText } from './use_typed_text';

const MAX_DRAFT = 2000;

/** A person's own text as a draft beside the others; it decides nothing. */
export function OwnDraft(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  edits: EntryEdits;
}): React.JSX.Element {
  const { entry, api, typing, edits } = props;
  const typed = useTypedText(typing, typingKey(entry, 'own draft'), '');
  const [open, setOpen] = React.useState(typed.changed);
  const opener = React.useRef<HTMLButtonElement>(null);
  const leave = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const description = typed.text.trim();
  const save = () => {
    if (description === '') {
      edits.say('The text is empty.');
      return;
    }
    edits.submit({
      title: 'add a draft of your own',
      done: 'Draft added',
      text: description,
      run: on => api.addDraft(on, { description, categories: [], stages: [] }),
      after() {
        typed.forget();
        leave();
      }
    });
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        className="hl-Button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        Write your own
      </button>
      {open && (
        <div className="hl-OwnDraft">
          <TypedField
            label="Your draft"
            typed={typed}
            saving={edits.saving}
            rows={4}
            maxLength={MAX_DRAFT}
            placeholder="What the head does, in your own words"
            onSave={save}
            onLeave={leave}
          />
          <div className="hl-OwnDraft-bar">
            <button
              type="button"
              className="hl-Button"
              data-main
              disabled={edits.saving || description === ''}
              aria-keyshortcuts="Control+Enter"
              onClick={save}
            >
              Add draft <kbd aria-hidden="true">Ctrl+Enter</kbd>
            </button>
            <span className="hl-dim">It is listed beside the others and decides nothing.</span>
          </div>
        </div>
      )}
    </>
  );
}
