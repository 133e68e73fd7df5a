// How a queue changes: pure steps from one state to what differs in the next.
import type { QueueItem, QueuePage } from '../contract/records';
import { headName } from '../views/heads';
import { DECISION_WORDS, type Done, type QueueState } from '../views/review_queue/queue_records';

type Change = Partial<QueueState>;

/** A page of the queue came; it follows what waits already, and what was skipped comes last. */
export function withPage(
  { waiting, skipped, done, choice }: QueueState,
  page: QueuePage,
  judging: ReadonlySet<number>
): Change {
  const known = new Set([...waiting, ...skipped].map(item => item.entry_id));
  const own = page.progress.reviewers.find(one => one.reviewer === page.reviewer);
  const judged = choice.mode === 'votes' ? (own?.n_votes ?? 0) : page.progress.n_decided;
  const here = done.filter(one => one.mode === choice.mode).length;
  const fresh = page.items.filter(({ entry_id: id }) => !known.has(id) && !judging.has(id));
  return {
    page,
    waiting: [...waiting, ...fresh],
    before: Math.max(0, judged - here),
    loading: false
  };
}

/** The head on the screen was judged. */
export function judged({ done, waiting }: QueueState, made: Done): Change {
  const { item, judgement } = made;
  return {
    undone: [],
    done: [...done.filter(one => !(one.again && isAbout(one, item))), made],
    waiting: waiting.slice(1),
    current: null,
    said: `${headName(item.head)} ${DECISION_WORDS[judgement.decision]}.`
  };
}

/** The first that waits goes to the end; one that was voted on before stays as it was. */
export function skippedFirst({ done, waiting, skipped }: QueueState): Change {
  const [item, ...rest] = waiting;
  const name = headName(item.head);
  const voted = done.some(one => one.again && isAbout(one, item));
  return {
    waiting: rest,
    current: null,
    skipped: voted ? skipped : [...skipped, item],
    done: done.map(one => (isAbout(one, item) ? { ...one, again: false } : one)),
    said: voted
      ? `${name}: your vote stays as it is.`
      : `${name} skipped; it comes again at the end.`
  };
}

/** An item comes, or comes back, to the front. */
export function broughtBack({ waiting, skipped }: QueueState, item: QueueItem): Change {
  const other = (one: QueueItem) => one.entry_id !== item.entry_id;
  return {
    waiting: [item, ...waiting.filter(other)],
    skipped: skipped.filter(other),
    current: null
  };
}

/** A judgement is taken back: a decision leaves the list, a vote counts until it is cast again. */
export function takenBack({ done, undone }: QueueState, last: Done): Change {
  const name = headName(last.item.head);
  return last.mode === 'votes'
    ? {
        done: done.map(one => (one === last ? { ...one, again: true } : one)),
        said: `Your vote on ${name} counts until you cast it again.`
      }
    : {
        done: done.filter(one => one !== last),
        undone: [...undone, last],
        said: `${name} taken back.`
      };
}

/** A decision that was taken back counts again, and its head need not be judged. */
export function putBack({ done, undone, waiting, skipped }: QueueState, last: Done): Change {
  const { item, judgement } = last;
  const other = (one: QueueItem) => one.entry_id !== item.entry_id;
  return {
    done: [...done, last],
    undone: undone.filter(one => one !== last),
    waiting: waiting.filter(other),
    skipped: skipped.filter(other),
    current: null,
    said: `${headName(item.head)} ${DECISION_WORDS[judgement.decision]} again.`
  };
}

export function isAbout(one: Done, item: QueueItem): boolean {
  return one.item.entry_id === item.entry_id;
}
