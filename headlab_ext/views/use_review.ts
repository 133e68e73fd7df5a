import * as React from 'react';
import type { Entry, Review, ReviewEdit } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { reviewSources, typingKey, type ReviewSource } from './review_sources';
import { useEntryEdits, type EntryEdits } from './use_entry_edits';
import { useReviewLabels, type ReviewLabels } from './use_review_labels';
import { useTypedText, type TypedText } from './use_typed_text';

type Decision = Review['decision'];

export interface ReviewWork {
  sources: ReviewSource[];
  source: ReviewSource;
  choose(key: string): void;
  typed: TypedText;
  /** Types into the description and holds on to its source, whatever drafts arrive. */
  type(text: string): void;
  rating: number | null;
  rate(value: number | null): void;
  labels: ReviewLabels;
  edits: EntryEdits;
  decide(decision: Decision): void;
  saveReason(reason: string, after: () => void): void;
  saveLabels(): void;
  undo(): void;
  redo(): void;
}

const DONE: Record<Decision, string> = {
  accepted: 'Accepted',
  edited: 'Edit saved and accepted',
  rejected: 'Rejected',
  unclear: 'Marked as unclear'
};
const TITLES: Record<Decision, string> = {
  accepted: 'accept the draft',
  edited: 'put this text in force',
  rejected: 'reject the draft',
  unclear: 'mark as unclear'
};

export const NOTHING_TO_REDO =
  'There is nothing to redo: only the step that was undone last can be, until another is made.';

/** One entry under review: the text, the labels and the decisions made on them. */
export function useReview(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  onEntry: (entry: Entry) => void;
  onDecided: (decision: Decision | 'undo' | 'redo') => void;
}): ReviewWork {
  const { entry, api, typing, onEntry, onDecided } = props;
  const sources = reviewSources(entry);
  const [chosen, setChosen] = React.useState(() => withKeptText(sources, entry, typing));
  const source = sources.find(one => one.key === chosen) ?? sources[0];
  const typed = useTypedText(typing, textKey(entry, source), source.text);
  const labels = useReviewLabels(entry, source.draft);
  const edits = useEntryEdits(entry, onEntry);
  const last = decisionInForce(entry);
  const [rated, setRated] = React.useState<{ value: number | null } | null>(null);
  const rating = rated ? rated.value : (last?.rating ?? null);

  const review = (decision: Decision, over: Partial<ReviewEdit> = {}): ReviewEdit => {
    const describing = decision === 'accepted' || decision === 'edited';
    return {
      decision,
      description: decision === 'edited' ? typed.text.trim() : '',
      reason: '',
      rating,
      draft_id: source.draftId,
      categories: describing ? labels.categories : labels.typed.categories,
      stages: describing ? labels.stages : labels.typed.stages,
      ...over
    };
  };

  const decide = (decision: Decision) => {
    const refusal = refusalOf(decision, source, typed);
    if (refusal) {
      edits.say(refusal);
      return;
    }
    const edit = review(decision);
    edits.submit({
      title: TITLES[decision],
      done: DONE[decision],
      text: decision === 'edited' ? edit.description : undefined,
      run: on => api.review(on, edit),
      runNow: on => api.review(on, { ...edit, now: true }),
      after() {
        if (decision === 'edited') {
          typed.forget();
        }
        if (decision === 'edited' || !typed.changed) {
          setChosen(null);
        }
        labels.decided();
        setRated(null);
        onDecided(decision);
      }
    });
  };

  return {
    sources,
    source,
    choose: setChosen,
    typed,
    type(text) {
      setChosen(source.key);
      typed.set(text);
    },
    rating,
    rate: value => setRated({ value }),
    labels,
    edits,
    decide,
    saveReason(reason, after) {
      const decision = last?.decision ?? 'rejected';
      const about = { rating: last?.rating ?? null, draft_id: last?.draft_id ?? null };
      const edit = review(decision, { reason, ...about, categories: null, stages: null });
      edits.submit({
        title: `give the reason: ${reason}`,
        done: 'Reason saved',
        run: on => api.review(on, edit),
        runNow: on => api.review(on, { ...edit, now: true }),
        after
      });
    },
    saveLabels() {
      const annotation = labels.annotation();
      edits.submit({
        title: 'save labels',
        done: 'Labels saved',
        run: on => api.annotate(on, annotation),
        after: labels.saved
      });
    },
    undo() {
      edits.submit({
        title: 'undo the newest change',
        done: 'Undone',
        run: on => api.undo(on),
        after() {
          setRated(null);
          onDecided('undo');
        }
      });
    },
    redo() {
      if (!entry.redoable) {
        edits.say(NOTHING_TO_REDO);
        return;
      }
      edits.submit({
        title: 'redo what was undone',
        done: 'Redone',
        run: on => api.redo(on),
        after() {
          setRated(null);
          onDecided('redo');
        }
      });
    }
  };
}

/** The decision that the entry's state rests on, null before the first. */
export function decisionInForce(entry: Entry): Review | null {
  const last = entry.reviews.at(-1) ?? null;
  return last?.decision === entry.state ? last : null;
}

function refusalOf(decision: Decision, source: ReviewSource, typed: TypedText): string | null {
  if (decision === 'accepted') {
    if (!source.draft) {
      return 'Accept takes a draft as it is written: choose a draft above, or save your own text.';
    }
    if (typed.changed) {
      return 'The text was changed: save it with Ctrl+Enter, or discard the change to accept the draft.';
    }
  }
  if (decision === 'edited') {
    if (typed.text.trim() === '') {
      return 'The text is empty. To leave the head without a description, reject the draft or mark it as unclear.';
    }
    if (!typed.changed) {
      return source.draft
        ? 'The text is the draft, unchanged: accept it instead.'
        : 'The text is unchanged.';
    }
  }
  return null;
}

function textKey(entry: Entry, source: ReviewSource): string {
  return typingKey(entry, `description/${source.key}`);
}

/** The source with unsaved text from before, if there is one. */
function withKeptText(
  sources: readonly ReviewSource[],
  entry: Entry,
  typing: TypingApi
): string | null {
  return sources.find(source => typing.kept(textKey(entry, source)))?.key ?? null;
}
