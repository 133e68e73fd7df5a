// A made-up round of review, and a server that keeps it, for the specs of this folder.
import type { Ballot, Entry, QueueItem, QueuePage, ReviewEdit, Vote } from '../contract/records';
import { ApiError } from '../views/api';
import { makeDraft } from '../views/spec_records';
import { exampleEntry } from './example_entries';
import type { EntryAt, QueueQuery } from './rest';
import type { ReviewServer } from './review_screen';

export class ExampleRound implements ReviewServer {
  /** What was asked, in order. */
  readonly calls: string[] = [];
  /** Decisions as they were sent, stored or not. */
  readonly edits: ReviewEdit[] = [];
  readonly ballots = new Map<number, Ballot[]>();
  readonly entries = new Map<number, Entry>();
  readonly votes = new Map<number, Vote[]>();
  /** What the next write runs into. */
  failing: Error | null = null;
  /** Writes wait for `release` as long as this is set. */
  holding = false;
  private held: (() => void)[] = [];
  /** Decisions in force on each entry, the newest last. */
  private readonly decided = new Map<number, Entry['state'][]>();
  private readonly undone = new Map<number, Entry['state'][]>();

  constructor(count: number) {
    for (let id = 1; id <= count; id++) {
      const drafts = [{ id: 1, draft: makeDraft({ description: `Draft of ${id}.` }) }];
      const head = { layer: 0, index: id };
      this.entries.set(id, exampleEntry({ id, head, drafts, description: `Draft of ${id}.` }));
    }
  }

  get writes(): string[] {
    return this.calls.filter(call => !/^(queue|case|entry)/.test(call));
  }

  release(): void {
    this.holding = false;
    this.held.splice(0).forEach(go => go());
  }

  async queue(query: QueueQuery): Promise<QueuePage> {
    this.calls.push(
      `queue ${query.order} ${query.mine ? 'mine' : 'all'} blind:${query.blind ?? ''}`
    );
    const items = [...this.entries.values()].filter(entry =>
      query.mine
        ? !this.ballots.has(entry.id)
        : entry.state === 'drafted' || this.votes.has(entry.id)
    );
    const own = {
      reviewer: 'Rosa',
      n_assigned: 0,
      n_votes: this.ballots.size,
      n_waiting: items.length,
      median_seconds: null
    };
    return {
      order: query.order,
      reviewer: query.mine ? 'Rosa' : null,
      items: items.slice(0, query.limit).map(entry => this.item(entry)),
      total: items.length,
      progress: {
        n_entries: this.entries.size,
        n_decided: this.entries.size - items.length,
        n_open: this.votes.size,
        median_seconds: null,
        reviewers: [own]
      }
    };
  }

  caseToJudge(id: number, blind: Vote['blind']): Promise<Entry> {
    this.calls.push(`case ${id} blind:${blind.join(',')}`);
    const entry = this.find(id);
    return Promise.resolve(blind.includes('draft') ? { ...entry, drafts: [] } : entry);
  }

  entry(id: number): Promise<Entry> {
    this.calls.push(`entry ${id}`);
    return Promise.resolve({ ...this.find(id), open_votes: this.votes.get(id)?.length ?? 0 });
  }

  async vote(id: number, ballot: Ballot): Promise<Vote> {
    await this.write(`vote ${id} ${ballot.decision}`);
    this.ballots.set(id, [...(this.ballots.get(id) ?? []), ballot]);
    return exampleVote({ decision: ballot.decision });
  }

  openVotes(id: number): Promise<Vote[]> {
    this.calls.push(`votes ${id}`);
    return Promise.resolve(this.votes.get(id) ?? []);
  }

  async review(at: EntryAt, edit: ReviewEdit): Promise<Entry> {
    this.edits.push(edit);
    await this.write(`review ${at.id} ${edit.decision} on ${at.revision}`);
    return this.decideOn(at, edit);
  }

  async adjudicate(
    at: EntryAt,
    edit: ReviewEdit & { votes_seen: string[] | null }
  ): Promise<Entry> {
    this.edits.push(edit);
    await this.write(
      `adjudicate ${at.id} ${edit.decision} on ${at.revision} by ${edit.votes_seen}`
    );
    this.votes.delete(at.id);
    return this.decideOn(at, edit);
  }

  async undo(at: EntryAt): Promise<Entry> {
    await this.write(`undo ${at.id} on ${at.revision}`);
    const decided = this.decided.get(at.id) ?? [];
    const entry = this.change(at, { state: decided.at(-2) ?? 'drafted' });
    this.undone.set(at.id, [...(this.undone.get(at.id) ?? []), ...decided.splice(-1)]);
    return entry;
  }

  async redo(at: EntryAt): Promise<Entry> {
    await this.write(`redo ${at.id} on ${at.revision}`);
    const decision = this.undone.get(at.id)?.pop();
    if (!decision) {
      throw new Error('nothing to redo');
    }
    const entry = this.change(at, { state: decision });
    this.decided.set(at.id, [...(this.decided.get(at.id) ?? []), decision]);
    return entry;
  }

  /** Somebody else changes an entry. */
  elsewhere(id: number, change: Partial<Entry>): void {
    const entry = this.find(id);
    this.entries.set(id, { ...entry, ...change, revision: entry.revision + 1 });
  }

  private decideOn(at: EntryAt, { decision }: ReviewEdit): Entry {
    const entry = this.change(at, { state: decision });
    this.decided.set(at.id, [...(this.decided.get(at.id) ?? []), decision]);
    this.undone.delete(at.id);
    return entry;
  }

  private find(id: number): Entry {
    const found = this.entries.get(id);
    if (!found) {
      throw new Error(`no entry ${id}`);
    }
    return found;
  }

  private item(entry: Entry): QueueItem {
    return {
      entry_id: entry.id,
      model_name: entry.model_name,
      model_fingerprint: entry.model_fingerprint,
      head: entry.head,
      state: entry.state,
      drafter: 'rule-based, no language model',
      n_votes: this.votes.get(entry.id)?.length ?? 0,
      assigned: [],
      reasons: []
    };
  }

  private async write(call: string): Promise<void> {
    this.calls.push(call);
    if (this.holding) {
      await new Promise<void>(go => this.held.push(go));
    }
    if (this.failing) {
      const error = this.failing;
      this.failing = null;
      throw error;
    }
  }

  private change(at: EntryAt, change: Partial<Entry>): Entry {
    const entry = this.find(at.id);
    if (at.revision !== entry.revision) {
      throw new ApiError({ kind: 'stale', message: 'changed meanwhile', current: entry });
    }
    const next = { ...entry, ...change, revision: entry.revision + 1 };
    this.entries.set(at.id, next);
    return next;
  }
}

export function exampleVote(change: Partial<Vote> = {}): Vote {
  return {
    id: 'v1',
    reviewer: 'Karl',
    decision: 'rejected',
    draft_id: 1,
    text: '',
    reason: 'Too broad.',
    rating: 2,
    seconds: 12,
    blind: [],
    card_hash: 'd06b',
    created_at: '2026-11-21T12:00:00Z',
    ...change
  };
}
