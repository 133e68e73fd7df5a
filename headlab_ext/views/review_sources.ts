// The texts that a review can start from.
import type { Draft, Entry } from '../contract/records';
import { drafterLabel } from './drafters';
import { visibleText } from './free_text';
import { headName } from './heads';

export interface ReviewSource {
  key: string;
  label: string;
  text: string;
  draftId: number | null;
  /** The draft that can be accepted as written; null for a text that a person wrote. */
  draft: Draft | null;
}

/** Every text, the one to start from first: the newest draft, or an edit that is newer. */
export function reviewSources(entry: Entry): ReviewSource[] {
  const drafts = [...entry.drafts].reverse().map(({ id, draft }) => ({
    key: `draft/${id}`,
    label: visibleText(`Draft ${id}: ${drafterLabel(draft.drafter)}`),
    text: draft.description,
    draftId: id,
    draft
  }));
  const review = entry.reviews.at(-1);
  if (entry.state === 'edited' && review) {
    const edited = {
      key: 'in force',
      label: visibleText(`Text in force, edited by ${review.reviewer}`),
      text: entry.description,
      draftId: review.draft_id,
      draft: null
    };
    const newest = entry.drafts.at(-1)?.draft.created_at ?? '';
    const draftIsNewer = Date.parse(newest) > Date.parse(review.created_at);
    return draftIsNewer ? [...drafts, edited] : [edited, ...drafts];
  }
  if (drafts.length > 0) {
    return drafts;
  }
  return [{ key: 'own', label: 'Your own words', text: '', draftId: null, draft: null }];
}

/** Where unsaved text of an entry is kept. */
export function typingKey(entry: Entry, field: string): string {
  return `${entry.model_fingerprint}/${entry.id}/${headName(entry.head)}/${field}`;
}
