import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi } from './api';
import type { EntryEdits } from './use_entry_edits';
import { offeredLabels } from './use_review_labels';
import { decisionInForce } from './use_review';

/** Accepts one of several drafts as it is written, with the labels that the review would take. */
export function AcceptDraft(props: {
  entry: Entry;
  id: number;
  api: EntryApi;
  edits: EntryEdits;
}): React.JSX.Element | null {
  const { entry, id, api, edits } = props;
  const draft = entry.drafts.find(stored => stored.id === id)?.draft;
  const last = decisionInForce(entry);
  if (!draft) {
    return null;
  }
  if (last?.decision === 'accepted' && last.draft_id === id) {
    return <p className="hl-Draft-accept hl-dim">This draft is accepted.</p>;
  }
  const { categories, stages } = offeredLabels(entry, draft);
  return (
    <div className="hl-Draft-accept">
      <button
        type="button"
        className="hl-Button"
        disabled={edits.saving}
        onClick={() =>
          edits.submit({
            title: `accept draft ${id}`,
            done: `Draft ${id} accepted`,
            text: draft.description,
            run: on =>
              api.review(on, {
                decision: 'accepted',
                description: '',
                reason: '',
                rating: null,
                draft_id: id,
                categories,
                stages
              })
          })
        }
      >
        {`Accept draft ${id}`}
      </button>
    </div>
  );
}
