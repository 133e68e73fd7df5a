import type { Entry, QueueItem } from '../contract/records';
import type { TypingApi } from '../views/api';
import { headName } from '../views/heads';
import { messageOf } from '../views/problems';
import type { Blind, Current, QueueState } from '../views/review_queue/queue_records';
import type { RestApi } from './rest';
import { Cases } from './review_cases';
import { Look, ScreenClock } from './review_clock';
import { Judgements, type JudgementServer } from './review_judgements';
import type { KeptReview } from './review_kept';
import { broughtBack, isAbout, withPage } from './review_moves';
import { Store } from './store';

const LIMIT = 200;
const AHEAD = 3;

export type ReviewServer = JudgementServer &
  Pick<RestApi, 'queue' | 'caseToJudge' | 'entry' | 'openVotes'>;

/** Reads a queue and puts its heads on the screen, each read before its turn comes. */
export abstract class ReviewScreen extends Store<QueueState> {
  protected readonly cases: Cases;
  protected readonly judgements: Judgements;
  protected readonly look: Look<Blind>;
  private visible = false;
  private dirty = true;
  private loads = 0;
  private shows = 0;

  constructor(
    protected readonly server: ReviewServer,
    typing: TypingApi,
    kept: Pick<KeptReview, 'choice' | 'done'> & { said?: string },
    protected readonly now: () => number = () => performance.now()
  ) {
    super({
      choice: kept.choice,
      page: null,
      waiting: [],
      skipped: [],
      current: null,
      done: kept.done,
      undone: [],
      before: 0,
      loading: false,
      problem: null,
      saving: 0,
      said: kept.said ?? ''
    });
    this.look = new Look(new ScreenClock(now));
    this.judgements = new Judgements(server, typing, saving => this.put({ saving }));
    this.cases = new Cases(id => {
      const { mode, blind } = this.get().choice;
      return mode === 'votes' ? this.server.caseToJudge(id, [...blind]) : this.server.entry(id);
    });
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.look.setVisible(visible);
    if (visible && this.dirty && this.get().current === null) {
      void this.load();
    }
  }

  /** Entries changed somewhere. What is on the screen stays; an empty queue looks again. */
  changed(): void {
    this.dirty = true;
    const { current, saving, loading } = this.get();
    if (this.visible && current === null && saving === 0 && !loading) {
      void this.load();
    }
  }

  /** Read the queue anew, or the head that could not be read. */
  retry(): void {
    void (this.get().waiting.length > 0 ? this.show() : this.load());
  }

  /** Read the queue anew; what is on the screen stays. */
  refresh(): void {
    const { current } = this.get();
    this.put({ waiting: current ? [current.item] : [] });
    void this.load();
  }

  /** Another queue: what is on its way to the screen is of the old one. */
  protected startAgain(): void {
    this.shows++;
    this.put({ current: null, waiting: [], skipped: [] });
    void this.load();
  }

  protected async load(): Promise<void> {
    const asked = ++this.loads;
    const { mode, order, blind, model } = this.get().choice;
    const { writes } = this.judgements;
    const before = writes.busy();
    const newest = Math.max(0, ...this.get().done.map(one => one.number));
    this.dirty = false;
    this.put({ loading: true, problem: null });
    try {
      const page = await this.server.queue({
        order,
        mine: mode === 'votes',
        limit: LIMIT,
        model: model || undefined,
        blind: mode === 'votes' ? blind.join(',') : ''
      });
      if (asked !== this.loads) {
        return;
      }
      // the page may have been read before a judgement arrived
      const since = this.get().done.filter(one => one.number > newest);
      const judging = [...before, ...writes.busy(), ...since.map(one => one.item.entry_id)];
      this.put(withPage(this.get(), page, new Set(judging)));
      this.prefetch();
      if (!this.get().current) {
        await this.show();
      }
    } catch (error) {
      if (asked === this.loads) {
        this.dirty = true;
        this.put({ loading: false, problem: messageOf(error) });
      }
    }
  }

  protected advance(): void {
    const { waiting, page } = this.get();
    if (waiting.length === 0 && page && page.total > page.items.length) {
      void this.load();
    } else {
      void this.show();
    }
  }

  /** Show the first of those that wait: at once where it was read ahead. */
  protected async show(as: Partial<Current> = {}): Promise<void> {
    const asked = ++this.shows;
    const item = this.get().waiting[0];
    if (!item) {
      this.put({ current: null });
      return;
    }
    const ready = this.cases.peek(item.entry_id);
    try {
      if (!ready) {
        this.put({ loading: true, problem: null });
      }
      const entry = ready ?? (await this.cases.get(item.entry_id));
      if (!ready && asked !== this.shows) {
        return;
      }
      this.place(item, entry, as);
      this.prefetch();
    } catch (error) {
      if (asked === this.shows) {
        const message = `${headName(item.head)} could not be read: ${messageOf(error)}`;
        this.put({ loading: false, current: null, problem: message });
      }
    }
  }

  private place(item: QueueItem, entry: Entry, as: Partial<Current>): void {
    const { choice, done } = this.get();
    const { blind, mode } = choice;
    const again = done.find(one => one.again && isAbout(one, item));
    const hidden = mode === 'votes' ? blind : [];
    this.look.at(item.entry_id, hidden);
    if (as.showing === undefined) {
      this.look.start(as.spent ?? 0);
    }
    if (mode === 'decide') {
      this.judgements.writes.see(entry);
    }
    const earlier = again?.judgement ?? null;
    const fresh = { showing: this.shows, earlier, trouble: null, votes: null, spent: 0 };
    this.put({ current: { item, entry, ...fresh, ...as }, loading: false, problem: null });
  }

  private prefetch(): void {
    this.cases.ahead(
      this.get()
        .waiting.slice(0, AHEAD + 1)
        .map(item => item.entry_id)
    );
  }

  protected bringBack(item: QueueItem, as: Partial<Current> = {}): void {
    this.put(broughtBack(this.get(), item));
    void this.show(as);
  }

  /** The queue may have been found empty only because a write was on its way. */
  protected lookAgain(): void {
    if (this.dirty) {
      this.changed();
    }
  }

  protected update(showing: number, change: Partial<Current>): void {
    const { current } = this.get();
    if (current?.showing === showing) {
      this.put({ current: { ...current, ...change } });
    }
  }
}
