import * as React from 'react';
import type { StoredDraft } from '../../contract/records';
import type { TypingApi } from '../api';
import { useTypedText, type TypedText } from '../use_typed_text';
import type { Current, Decision, Judgement, Mode } from './queue_records';
import { reasonKey, textKey } from './typing_keys';

export interface JudgementWork {
  /** Drafts of the head, the newest first; none where they are hidden. */
  drafts: readonly StoredDraft[];
  draft: StoredDraft | null;
  chooseDraft(id: number): void;
  /** The next older draft, from the oldest on the newest. */
  nextDraft(): void;
  text: TypedText;
  reason: TypedText;
  rating: number | null;
  rate(value: number | null): void;
  /** The judgement that a decision would make now. */
  judgement(decision: Decision): Judgement;
}

/** What a person has chosen and typed about the head on the screen. */
export function useJudgement(current: Current, mode: Mode, typing: TypingApi): JudgementWork {
  const { entry, earlier, item } = current;
  const drafts = React.useMemo(() => [...entry.drafts].reverse(), [entry.drafts]);
  const [chosen, setChosen] = React.useState(earlier?.draftId ?? null);
  const draft = drafts.find(({ id }) => id === chosen) ?? drafts[0] ?? null;
  const [rating, rate] = React.useState(earlier?.rating ?? null);
  const id = draft?.id ?? null;
  const edited = earlier?.decision === 'edited' && earlier.draftId === id ? earlier.text : null;
  const text = useTypedText(
    typing,
    textKey(mode, item.entry_id, item.head, id),
    edited ?? draft?.draft.description ?? ''
  );
  const reason = useTypedText(
    typing,
    reasonKey(mode, item.entry_id, item.head),
    earlier?.reason ?? ''
  );
  return {
    drafts,
    draft,
    chooseDraft: setChosen,
    nextDraft() {
      if (drafts.length > 1) {
        const next = (drafts.findIndex(one => one === draft) + 1) % drafts.length;
        setChosen(drafts[next].id);
      }
    },
    text,
    reason,
    rating,
    rate,
    judgement: decision => ({
      decision,
      draftId: id,
      text: decision === 'edited' ? text.text : '',
      reason: reason.text.trim(),
      rating
    })
  };
}
