import * as React from 'react';
import type { StoredDraft } from '../contract/records';
import type { PromptsApi } from './api';
import { DraftItem } from './draft_item';

/** All drafts of an entry, the newest first. */
export function DraftsList(props: {
  drafts: readonly StoredDraft[];
  prompts?: PromptsApi;
  /** What can be done with a draft, by its id. */
  actions?: (id: number) => React.ReactNode;
}): React.JSX.Element {
  const { drafts, prompts, actions } = props;
  if (drafts.length === 0) {
    return <p className="hl-dim">No draft yet.</p>;
  }
  return (
    <ol className="hl-Drafts" aria-label="Drafts, newest first">
      {[...drafts].reverse().map(stored => (
        <DraftItem key={stored.id} stored={stored} prompts={prompts}>
          {actions?.(stored.id)}
        </DraftItem>
      ))}
    </ol>
  );
}
