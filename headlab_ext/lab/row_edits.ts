import type { Entry, EntrySummary, Head, ReviewEdit } from '../contract/records';
import { ApiError } from '../views/api';
import { whyNot, type RowDecision } from '../views/catalogue_row';
import { stateWord } from '../views/head_states';
import { headName } from '../views/heads';
import { messageOf } from '../views/problems';
import type { EntryAt } from './rest';
import { Store } from './store';

export interface EditSource {
  review(entry: EntryAt, edit: ReviewEdit): Promise<Entry>;
  undo(entry: EntryAt): Promise<Entry>;
  redo(entry: EntryAt): Promise<Entry>;
}

type Row = EntryAt & { head: Head };

export interface RowEditsState {
  /** The entry that is being saved. */
  busy: number | null;
  /** The outcome of the last edit, in words. */
  said: string;
  /** Why the last edit was not made. */
  problem: string | null;
  /** The last decision made here, as long as it can be taken back. */
  last: Row | null;
  /** What was taken back here last, as long as it can be put back. */
  undone: Row | null;
}

/** Decisions made in a list, one at a time, each on the revision that the list shows. */
export class RowEdits extends Store<RowEditsState> {
  /** What was asked while another decision was being stored, and not done. */
  private missed = '';
  private place: string | null = null;

  constructor(
    private readonly source: EditSource,
    private readonly onEntry: (entry: Entry) => void
  ) {
    super({ busy: null, said: '', problem: null, last: null, undone: null });
  }

  decide(row: EntrySummary, decision: RowDecision): Promise<void> {
    return this.save(row, async () => {
      const entry = await this.source.review(row, { ...PLAIN_REVIEW, decision });
      const { id, head, revision } = entry;
      this.put({
        last: { id, head, revision },
        undone: null,
        said: `${headName(head)} ${stateWord(entry.state)}, revision ${revision}.`
      });
      return entry;
    });
  }

  /** Take back the last decision made here, wherever its row is now. */
  undoLast(): Promise<void> {
    const { last } = this.get();
    return last ? this.undo(last) : Promise.resolve();
  }

  /** Take back the last step of a row. */
  undo(row: Row): Promise<void> {
    return this.save(row, async () => {
      const entry = await this.source.undo(row);
      const { id, head, revision } = entry;
      this.put({
        last: null,
        undone: entry.redoable ? { id, head, revision } : null,
        said: `${headName(row.head)}: last step taken back, now ${stateWord(entry.state)}.`
      });
      return entry;
    });
  }

  /** Put back the last step of a row that was taken back, the one taken back here if there is one. */
  redo(row: Row): Promise<void> {
    const on = this.get().undone ?? row;
    return this.save(on, async () => {
      const entry = await this.source.redo(on);
      const { id, head, revision } = entry;
      this.put({
        last: { id, head, revision },
        undone: null,
        said: `${headName(head)}: put back, ${stateWord(entry.state)} again.`
      });
      return entry;
    });
  }

  /** `undo` for a row that may have no decision, which is said then. */
  undoDecision(row: EntrySummary): Promise<void> {
    const reason = whyNot(row, 'undo');
    if (reason === null) {
      return this.undo(row);
    }
    this.put({ said: `${headName(row.head)}: nothing to undo, ${reason}.`, problem: null });
    return Promise.resolve();
  }

  /** What went wrong was read. */
  forgetProblem(): void {
    if (this.get().problem !== null) {
      this.put({ problem: null });
    }
  }

  /** The list is that of a catalogue at `place`: what was decided elsewhere cannot be taken back here. */
  moveTo(place: string | null): void {
    if (place !== this.place) {
      this.place = place;
      this.put({ said: '', problem: null, last: null, undone: null });
    }
  }

  private async save(row: Row, edit: () => Promise<Entry>): Promise<void> {
    if (this.get().busy !== null) {
      this.missed = `${headName(row.head)} is as it was: the decision before was still being stored.`;
      return;
    }
    this.put({ busy: row.id, said: '', problem: null });
    try {
      this.onEntry(await edit());
    } catch (error) {
      this.fail(row, error);
    } finally {
      const { said } = this.get();
      this.put({ busy: null, said: [said, this.missed].filter(Boolean).join(' ') });
      this.missed = '';
    }
  }

  private fail(row: Row, error: unknown): void {
    const current = error instanceof ApiError ? error.problem.current : null;
    if (!current) {
      this.put({ problem: `${headName(row.head)}: ${messageOf(error)}` });
      return;
    }
    this.onEntry(current);
    this.put({
      last: null,
      undone: null,
      problem:
        `${headName(row.head)} was changed elsewhere: it is ${stateWord(current.state)} now ` +
        `(revision ${current.revision}). Nothing was changed here; look at it and decide again.`
    });
  }
}

const PLAIN_REVIEW: Omit<ReviewEdit, 'decision'> = {
  description: '',
  reason: '',
  rating: null,
  draft_id: null,
  categories: null,
  stages: null
};
