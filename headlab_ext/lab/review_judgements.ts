import type { Entry } from '../contract/records';
import type { TypingApi } from '../views/api';
import type { Blind, Current, Done } from '../views/review_queue/queue_records';
import { reasonKey, textKey } from '../views/review_queue/typing_keys';
import type { EntryAt, RestApi } from './rest';
import { Writes } from './review_writes';

export type JudgementServer = Pick<RestApi, 'vote' | 'adjudicate' | 'review' | 'undo' | 'redo'>;

/** Stores judgements and takes them back; what was typed is let go of once it is stored. */
export class Judgements {
  readonly writes: Writes;
  private readonly lost = new Set<number>();

  constructor(
    private readonly server: JudgementServer,
    private readonly typing: TypingApi,
    onCount: (open: number) => void
  ) {
    this.writes = new Writes(onCount);
  }

  isStored(made: Done): boolean {
    return !this.lost.has(made.number);
  }

  /** The revision that a decision made; null for a vote, which makes none. */
  async store(made: Done, shown: Current, blind: readonly Blind[]): Promise<number | null> {
    const { item, mode } = made;
    const { draftId } = made.judgement;
    const id = item.entry_id;
    // noted before the next write of the entry goes out, which may be to take this one back
    const noted = <T>(sent: Promise<T>) =>
      sent.catch(error => {
        this.lost.add(made.number);
        throw error;
      });
    let revision: number | null = null;
    if (mode === 'votes') {
      await this.writes.send(id, () => noted(this.server.vote(id, ballotOf(made, blind))));
    } else {
      const decided = this.writes.change(id, at => noted(this.decide(at, shown, made)));
      ({ revision } = await decided);
    }
    this.typing.keep(textKey(mode, id, item.head, draftId), '');
    this.typing.keep(reasonKey(mode, id, item.head), '');
    return revision;
  }

  /** Take a decision back by a revision of its own; rejects with `NothingStored` if it never was. */
  takeBack(made: Done): Promise<Entry> {
    const id = made.item.entry_id;
    if (made.revision !== null && !this.writes.knows(id)) {
      this.writes.see({ id, revision: made.revision });
    }
    return this.writes.change(id, at => {
      if (this.lost.has(made.number)) {
        throw new NothingStored();
      }
      return this.server.undo(at);
    });
  }

  /** Put back a decision that was taken back, by a revision of its own. */
  putBack(made: Done): Promise<Entry> {
    return this.writes.change(made.item.entry_id, at => this.server.redo(at));
  }

  private decide(at: EntryAt, shown: Current, made: Done): Promise<Entry> {
    const { decision, draftId, text, reason, rating, now } = made.judgement;
    const edit = {
      decision,
      description: text.trim(),
      reason,
      rating,
      draft_id: draftId,
      categories: null,
      stages: null,
      seconds: tenths(made.seconds),
      ...(now && { now })
    };
    const votes = shown.votes ?? [];
    return votes.length > 0
      ? this.server.adjudicate(at, { ...edit, votes_seen: votes.map(vote => vote.id) })
      : this.server.review(at, edit);
  }
}

export class NothingStored extends Error {}

function ballotOf({ judgement, seconds }: Done, blind: readonly Blind[]) {
  const { decision, draftId, text, reason, rating } = judgement;
  return {
    decision,
    draft_id: draftId,
    text: text.trim(),
    reason,
    rating,
    seconds: tenths(seconds),
    blind: [...blind]
  };
}

function tenths(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}
