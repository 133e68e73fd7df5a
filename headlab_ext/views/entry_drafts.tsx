import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { AcceptDraft } from './accept_draft';
import { DraftColumns } from './draft_columns';
import { DraftsList } from './drafts_list';
import { EditOutcome } from './edit_outcome';
import { OwnDraft } from './own_draft';
import { useEntryEdits } from './use_entry_edits';

/** All drafts of an entry, below each other or side by side; a person adds and accepts here. */
export function EntryDrafts(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  onEntry: (entry: Entry) => void;
}): React.JSX.Element {
  const { entry, api, typing, onEntry } = props;
  const edits = useEntryEdits(entry, onEntry);
  const root = React.useRef<HTMLDivElement>(null);
  const [beside, setBeside] = React.useState(false);
  const several = entry.drafts.length > 1;
  const accept = (id: number) => <AcceptDraft entry={entry} id={id} api={api} edits={edits} />;
  return (
    <div className="hl-DraftChoices" role="group" aria-label="Drafts" ref={root} tabIndex={-1}>
      <div className="hl-DraftChoices-bar">
        <button
          type="button"
          className="hl-Button"
          aria-pressed={beside && several}
          disabled={!several}
          title={several ? undefined : 'There is no second draft to compare with'}
          onClick={() => setBeside(!beside)}
        >
          Side by side
        </button>
        <OwnDraft entry={entry} api={api} typing={typing} edits={edits} />
      </div>
      {beside && several ? (
        <DraftColumns drafts={entry.drafts} prompts={api} actions={accept} />
      ) : (
        <DraftsList drafts={entry.drafts} prompts={api} actions={several ? accept : undefined} />
      )}
      <EditOutcome edits={edits} api={api} onLeave={() => root.current?.focus()} />
    </div>
  );
}
