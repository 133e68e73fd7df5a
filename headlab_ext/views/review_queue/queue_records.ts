// What a review queue shows and keeps, whoever fetches it.
import {
  BLINDS,
  ORDERS,
  type Entry,
  type QueueItem,
  type QueuePage,
  type Vote
} from '../../contract/records';

export type Decision = Vote['decision'];
export type Blind = (typeof BLINDS)[number];
export type Order = (typeof ORDERS)[number];

/** `votes`: one's own, independent of others. `decide`: whoever leads the round ends it. */
export type Mode = 'votes' | 'decide';

export interface Choice {
  mode: Mode;
  order: Order;
  /** What is hidden while voting. */
  blind: readonly Blind[];
  /** A fingerprint; empty for all models. */
  model: string;
}

/** A person's judgement of one draft, as it is sent. */
export interface Judgement {
  decision: Decision;
  draftId: number | null;
  /** The wording of an edited one. */
  text: string;
  reason: string;
  rating: number | null;
  /** Decided before all who are asked for a vote have cast it, after a second look. */
  now?: true;
}

/** Why a judgement came back: nothing of it is stored. `early`: others are still to vote. */
export type Trouble =
  | { kind: 'failed' | 'early'; message: string; judgement: Judgement }
  | { kind: 'stale'; theirs: Entry; judgement: Judgement };

/** The head that is judged now. */
export interface Current {
  item: QueueItem;
  entry: Entry;
  /** Tells one showing of a head from the next. */
  showing: number;
  /** What was decided before, where it is judged again. */
  earlier: Judgement | null;
  /** Seconds that it took before it came back. */
  spent: number;
  trouble: Trouble | null;
  /** Others' votes, once the person who decides has asked for them. */
  votes: readonly Vote[] | null;
}

/** A judgement made here, the newest last. */
export interface Done {
  /** Tells it from all others that are kept. */
  number: number;
  item: QueueItem;
  mode: Mode;
  judgement: Judgement;
  /** Visible time that it took. */
  seconds: number;
  at: string;
  /** The entry's revision that it made, once it is stored; votes make none. */
  revision: number | null;
  /** Whether it is on the screen again, to be voted on anew. */
  again: boolean;
}

export interface QueueState {
  choice: Choice;
  page: QueuePage | null;
  /** Still to be judged, the shown one first. */
  waiting: readonly QueueItem[];
  skipped: readonly QueueItem[];
  current: Current | null;
  /** Judgements made here that are not taken back, the newest last. */
  done: readonly Done[];
  /** Decisions taken back here since the last one was made, the newest last. */
  undone: readonly Done[];
  /** How many were judged before these. */
  before: number;
  loading: boolean;
  /** Why the queue, or the head, could not be read. */
  problem: string | null;
  /** Judgements on their way to the catalogue. */
  saving: number;
  said: string;
}

/** Whether there is a decision to put back, or a vote to be left as it was. */
export function canRedo({ choice, undone, current, done }: QueueState): boolean {
  return choice.mode === 'decide'
    ? undone.length > 0
    : done.some(one => one.again && one.item.entry_id === current?.item.entry_id);
}

export const ORDER_WORDS: Record<Order, string> = {
  uncertain: 'Uncertain first',
  'failed-tests': 'Failed tests first',
  important: 'Most important heads first',
  undecided: 'Fewest votes first'
};

export const BLIND_WORDS: Record<Blind, { label: string; tip: string }> = {
  draft: {
    label: 'Draft',
    tip: 'Hides every draft and its tests; you write your own text, or vote unclear'
  },
  scores: { label: 'Scores', tip: 'Hides relation scores, ranks and results of tests' },
  source: { label: 'Source', tip: 'Hides which model the head is of, and who drafted' }
};

export const DECISION_WORDS: Record<Decision, string> = {
  accepted: 'accepted',
  edited: 'edited and accepted',
  rejected: 'rejected',
  unclear: 'unclear'
};

/** How many are left to judge: those at hand and those that the server has not sent yet. */
export function nLeft({ page, waiting, skipped, done }: QueueState): number {
  const again = new Set(done.filter(one => one.again).map(one => one.item.entry_id));
  const unsent = page ? Math.max(0, page.total - page.items.length) : 0;
  return waiting.filter(item => !again.has(item.entry_id)).length + skipped.length + unsent;
}

/** Why a judgement cannot be made now, null if it can. */
export function refusal(current: Current, choice: Choice, judgement: Judgement): string | null {
  const { decision, text, draftId } = judgement;
  if (choice.mode === 'decide' && (current.entry.open_votes ?? 0) > 0 && current.votes === null) {
    return 'This head has votes: show them first, for the decision rests on them.';
  }
  if (decision === 'edited' && text.trim() === '') {
    return 'The text is empty. Write one, or choose another decision.';
  }
  const draft = current.entry.drafts.find(({ id }) => id === draftId)?.draft;
  if (decision === 'edited' && text.trim() === draft?.description.trim()) {
    return 'The text is the draft, unchanged: accept it instead.';
  }
  if ((decision === 'accepted' || decision === 'rejected') && draftId === null) {
    return 'There is no draft on the screen to judge: write your own text, or mark it as unclear.';
  }
  return null;
}
