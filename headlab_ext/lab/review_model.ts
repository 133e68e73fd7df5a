import type { Entry, QueueItem } from '../contract/records';
import { headName } from '../views/heads';
import { isEarly, messageOf } from '../views/problems';
import {
  DECISION_WORDS,
  canRedo,
  refusal,
  type Choice,
  type Current,
  type Done,
  type Judgement
} from '../views/review_queue/queue_records';
import { NothingStored } from './review_judgements';
import { isAbout, judged, putBack, skippedFirst, takenBack } from './review_moves';
import { ReviewScreen } from './review_screen';
import { staleEntry } from './review_writes';

/** Two presses closer than this are one. */
const BOUNCE_SECONDS = 0.06;
const BOUNCED = ' A second press at once was not counted.';
/** A head that has been on the screen for less was not yet seen by whoever presses a key. */
const UNSEEN_SECONDS = 0.06;

/** What a person does with the head on the screen; the next is shown before the last is stored. */
export class ReviewModel extends ReviewScreen {
  private lastPress = -Infinity;
  private lastNumber = 0;

  choose(change: Partial<Choice>): void {
    const before = this.get().choice;
    const choice = { ...before, ...change };
    if (choice.mode === 'votes') {
      choice.model = ''; // to narrow the queue to a model would tell which it is
    }
    this.put({ choice, said: '' });
    this.cases.clear();
    const { current } = this.get();
    const onlyHides = choice.mode === before.mode && choice.order === before.order;
    if (current && onlyHides && choice.model === before.model && choice.mode === 'votes') {
      void this.show({ showing: current.showing, earlier: current.earlier });
      this.refresh();
    } else {
      this.startAgain();
    }
  }

  /** Judge the head on the screen; returns why that cannot be, in words, or null. */
  judge(judgement: Judgement): string | null {
    const { current } = this.get();
    if (!current || this.bounces()) {
      return null;
    }
    if (this.look.seconds - current.spent < UNSEEN_SECONDS) {
      const said = `${headName(current.item.head)} had only just come up, so nothing was done.`;
      this.put({ said });
      return said;
    }
    return this.make(judgement, current);
  }

  private make(judgement: Judgement, current: Current): string | null {
    const { choice, done } = this.get();
    const refused = refusal(current, choice, judgement);
    if (refused !== null) {
      this.put({ said: refused });
      return refused;
    }
    const made: Done = {
      number: Math.max(this.lastNumber, ...done.map(one => one.number)) + 1,
      item: current.item,
      mode: choice.mode,
      judgement,
      seconds: this.look.seconds,
      at: new Date().toISOString(),
      revision: null,
      again: false
    };
    const replaced = done.find(one => one.again && isAbout(one, current.item));
    this.lastNumber = made.number;
    this.put(judged(this.get(), made));
    this.advance();
    void this.store(made, current, replaced);
    return null;
  }

  skip(): void {
    if (this.get().waiting.length > 0 && !this.bounces()) {
      this.put(skippedFirst(this.get()));
      this.advance();
    }
  }

  /** Look at the skipped ones now. */
  takeSkipped(): void {
    this.put({ waiting: [...this.get().waiting, ...this.get().skipped], skipped: [] });
    void this.show();
  }

  /** Take back a judgement made here, the newest if none is named. */
  undo(made?: Done): void {
    const { done, choice } = this.get();
    const last = made ?? done.findLast(one => !one.again && one.mode === choice.mode);
    if (this.bounces()) {
      return;
    }
    if (!last || !done.includes(last)) {
      this.put({ said: 'There is nothing to take back here.' });
      return;
    }
    if (last.mode !== choice.mode) {
      this.choose({ mode: last.mode });
    }
    this.put(takenBack(this.get(), last));
    if (last.mode === 'votes') {
      this.bringBack(last.item);
    } else {
      void this.takeBack(last);
    }
  }

  /** Put back the decision that was taken back last, or leave the vote on the screen as it was. */
  redo(): void {
    if (this.bounces()) {
      return;
    }
    const { choice, undone } = this.get();
    if (!canRedo(this.get())) {
      this.put({ said: 'There is nothing to put back here.' });
    } else if (choice.mode === 'votes') {
      this.put(skippedFirst(this.get()));
      this.advance();
    } else {
      const last = undone[undone.length - 1];
      if (this.judgements.writes.busy().has(last.item.entry_id)) {
        // whether there is anything to put back is known once that has arrived
        this.put({ said: `${headName(last.item.head)} is still being taken back.` });
        return;
      }
      this.put(putBack(this.get(), last));
      this.advance();
      void this.putBack(last);
    }
  }

  /** The votes on the head on the screen, for the person who decides. */
  async showVotes(): Promise<void> {
    const { current, choice } = this.get();
    if (!current || choice.mode !== 'decide' || current.votes !== null) {
      return;
    }
    try {
      const votes = await this.server.openVotes(current.item.entry_id);
      this.put({ said: '' });
      this.update(current.showing, { votes });
    } catch (error) {
      this.put({ said: `The votes could not be read: ${messageOf(error)}` });
    }
  }

  /** The head on the screen as it is after a change of it. */
  take(entry: Entry): void {
    const { current } = this.get();
    this.judgements.writes.see(entry);
    this.cases.know(entry);
    if (current?.item.entry_id === entry.id) {
      const undone = this.get().undone.filter(one => !isAbout(one, current.item));
      this.put({ current: { ...current, entry, trouble: null }, undone });
    }
  }

  /** Make the judgement that came back again, on what the entry is now. */
  insist(): void {
    const trouble = this.get().current?.trouble;
    if (trouble?.kind === 'stale') {
      this.take(trouble.theirs);
    }
    const { current } = this.get();
    if (trouble && current) {
      const { judgement } = trouble;
      this.lastPress = this.now() / 1000;
      this.make(trouble.kind === 'early' ? { ...judgement, now: true } : judgement, current);
    }
  }

  /** Put a head on the screen, to be decided on. */
  open(item: QueueItem): void {
    if (this.get().choice.mode !== 'decide') {
      this.choose({ mode: 'decide' });
    }
    this.cases.forget(item.entry_id);
    this.bringBack(item);
  }

  private async store(made: Done, shown: Current, replaced: Done | undefined): Promise<void> {
    try {
      const hidden = this.look.hiddenOf(made.item.entry_id);
      const revision = await this.judgements.store(made, shown, hidden);
      const same = (one: Done) => (one.number === made.number ? { ...one, revision } : one);
      this.put({ done: this.get().done.map(same) });
    } catch (error) {
      this.notStored(made, shown, replaced, error);
    }
    this.lookAgain();
  }

  private notStored(made: Done, shown: Current, replaced: Done | undefined, error: unknown): void {
    const { item, judgement, mode } = made;
    const { done, choice } = this.get();
    const others = done.filter(one => one.number !== made.number);
    const isNewer = others.some(one => isAbout(one, item) && one.number > made.number);
    const here = choice.mode === mode;
    // the vote that this one was to replace counts still
    const stands = replaced && !isNewer && this.judgements.isStored(replaced) ? [replaced] : [];
    this.put({ done: inOrder([...others, ...stands.map(one => ({ ...one, again: here }))]) });
    if (isNewer) {
      return;
    }
    const what = `${headName(item.head)} was not stored as ${DECISION_WORDS[judgement.decision]}`;
    if (!here) {
      // a vote that comes back while one decides must not become a decision
      this.put({ said: `${what}: ${messageOf(error)}` });
      return;
    }
    this.put({ said: `${what}; it is back on the screen.` });
    const theirs = staleEntry(error);
    if (theirs) {
      this.cases.know(theirs);
    }
    this.bringBack(item, {
      earlier: judgement,
      spent: made.seconds,
      ...(isEarly(error) && { votes: shown.votes }), // for the second look, which rests on them
      trouble: theirs
        ? { kind: 'stale', theirs, judgement }
        : { kind: isEarly(error) ? 'early' : 'failed', message: messageOf(error), judgement }
    });
  }

  private async takeBack(last: Done): Promise<void> {
    const id = last.item.entry_id;
    const undone = this.judgements.takeBack(last).catch(error => {
      this.put({ undone: this.get().undone.filter(one => one !== last) });
      return error instanceof NothingStored
        ? this.server.entry(id)
        : Promise.reject(error as Error);
    });
    this.cases.put(id, undone);
    this.bringBack(last.item, { earlier: last.judgement });
    try {
      await undone;
    } catch (error) {
      this.notTakenBack(last, error);
    }
    this.lookAgain();
  }

  private notTakenBack(last: Done, error: unknown): void {
    const theirs = staleEntry(error);
    const name = headName(last.item.head);
    const { waiting, skipped, done } = this.get();
    const other = (item: QueueItem) => item.entry_id !== last.item.entry_id;
    this.put({
      waiting: waiting.filter(other),
      skipped: skipped.filter(other),
      done: theirs ? done : inOrder([...done, last]),
      problem: null,
      said: theirs
        ? `${name} was changed elsewhere since (revision ${theirs.revision}); nothing was taken back.`
        : `${name} was not taken back: ${messageOf(error)}`
    });
    void this.show();
  }

  private async putBack(last: Done): Promise<void> {
    const { item, number, judgement } = last;
    try {
      const { revision } = await this.judgements.putBack(last);
      const same = (one: Done) => (one.number === number ? { ...one, revision } : one);
      this.put({ done: this.get().done.map(same) });
    } catch (error) {
      const theirs = staleEntry(error);
      if (theirs) {
        this.cases.know(theirs);
      } else {
        this.cases.forget(item.entry_id);
      }
      this.put({
        done: this.get().done.filter(one => one.number !== number),
        said: `${headName(item.head)} was not put back: ${messageOf(error)}`
      });
      this.bringBack(item, { earlier: judgement });
    }
    this.lookAgain();
  }

  private bounces(): boolean {
    const now = this.now() / 1000;
    const soon = now - this.lastPress < BOUNCE_SECONDS;
    this.lastPress = soon ? this.lastPress : now;
    const { said } = this.get();
    if (soon && !said.endsWith(BOUNCED)) {
      this.put({ said: said + BOUNCED });
    }
    return soon;
  }
}

function inOrder(done: readonly Done[]): readonly Done[] {
  return [...done].sort((one, other) => one.number - other.number);
}
