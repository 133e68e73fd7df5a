import type { BatchView, DraftJob } from '../contract/records';
import type { BatchesApi, Turn } from './batch_api';
import { FollowedTexts, NO_TEXTS, type Texts } from './batch_texts';
import { messageOf } from './problems';
import { Store } from './store';

/** Milliseconds between the starts of two looks, at least. */
const PAUSE = 1000;

export interface BatchesState {
  /** Whether anyone can see them; while not, nothing is asked. */
  visible: boolean;
  /** The newest first; null until the first answer. */
  views: BatchView[] | null;
  problem: string | null;
  /** The batch that is shown with its jobs; null for none. */
  chosen: number | null;
  /** The jobs of the chosen batch; null until they are there. */
  jobs: DraftJob[] | null;
  /** What is written for them while it is written. */
  texts: Texts;
  /** What is being done to the chosen batch. */
  turning: Turn | null;
  turnProblem: string | null;
}

/** Batches as they go on: read again after every change, and once a second while one is at work. */
export class LiveBatches extends Store<BatchesState> {
  private reading = false;
  private dirty = true;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lastLook = -Infinity;
  /** The chosen batch as it was when its jobs were read. */
  private jobsOf = '';
  private readonly followed: FollowedTexts;

  constructor(
    private readonly source: BatchesApi,
    private readonly belongs: (view: BatchView) => boolean = isOfDrafts
  ) {
    super({
      visible: false,
      views: null,
      problem: null,
      chosen: null,
      jobs: null,
      texts: NO_TEXTS,
      turning: null,
      turnProblem: null
    });
    this.followed = new FollowedTexts(source, (texts, stale) => {
      this.put({ texts });
      if (stale) {
        this.jobsOf = '';
        this.changed();
      }
    });
  }

  setVisible(visible: boolean): void {
    if (visible !== this.get().visible) {
      this.put({ visible });
      this.plan();
    }
  }

  /** Entries or jobs changed somewhere. */
  changed(): void {
    this.dirty = true;
    this.plan();
  }

  retry(): void {
    this.changed();
  }

  /** Show a batch with its jobs, or none. */
  choose(id: number | null): void {
    if (id !== this.get().chosen) {
      this.jobsOf = '';
      this.put({ chosen: id, jobs: null, turnProblem: null });
      this.follow();
      if (this.get().visible) {
        this.readJobs().catch((error: unknown) => this.put({ problem: messageOf(error) }));
      }
    }
  }

  /** A batch that was started here: it is shown. */
  add(view: BatchView): void {
    this.put({ views: [view, ...(this.get().views ?? []).filter(other => !same(other, view))] });
    this.choose(view.batch.id);
  }

  /**
   * Do something to the chosen batch; `cap` null leaves its cap as it is. `onTurned` gets the batch
   * as that left it.
   */
  async turn(
    turn: Turn,
    cap: number | null = null,
    onTurned: (view: BatchView) => void = () => undefined
  ): Promise<void> {
    const { chosen, turning } = this.get();
    if (chosen === null || turning !== null) {
      return;
    }
    this.put({ turning: turn, turnProblem: null });
    try {
      const view = await this.source.turnBatch(chosen, turn, { cap });
      const views = this.get().views ?? [];
      this.put({ views: views.map(other => (same(other, view) ? view : other)) });
      onTurned(view);
      await this.readJobs();
    } catch (error) {
      const isShown = chosen === this.get().chosen;
      this.put({ turnProblem: `${isShown ? '' : `Batch ${chosen}: `}${messageOf(error)}` });
    } finally {
      this.put({ turning: null });
      this.changed();
    }
  }

  dispose(): void {
    this.put({ visible: false });
    this.plan();
  }

  /** Read as soon as that is due, and follow what is written for the chosen batch. */
  private plan(): void {
    const { visible, views, problem } = this.get();
    this.follow();
    const due = this.dirty || (problem === null && (views ?? []).some(view => view.running));
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    if (visible && due && !this.reading) {
      const wait = Math.max(0, this.lastLook + PAUSE - performance.now());
      this.timer = setTimeout(() => void this.read(), wait);
    }
  }

  private follow(): void {
    const { visible, views, problem, chosen } = this.get();
    const atWork = views?.some(({ batch, running }) => running && batch.id === chosen) ?? false;
    this.followed.follow(visible && problem === null && atWork ? chosen : null);
  }

  private async read(): Promise<void> {
    this.timer = null;
    this.reading = true;
    this.dirty = false;
    this.lastLook = performance.now();
    try {
      const views = (await this.source.batches()).filter(this.belongs);
      this.put({ views, problem: null });
      this.follow();
      await this.readJobs();
    } catch (error) {
      this.put({ problem: messageOf(error) });
    } finally {
      this.reading = false;
      this.plan();
    }
  }

  /** The jobs of the chosen batch, if it is not as it was when they were read. */
  private async readJobs(): Promise<void> {
    const { chosen, views } = this.get();
    const view = views?.find(({ batch }) => batch.id === chosen);
    const now = view ? JSON.stringify(view.batch) : '';
    if (chosen === null || !view || now === this.jobsOf) {
      return;
    }
    const jobs = await this.source.batchJobs(chosen);
    if (chosen === this.get().chosen) {
      this.jobsOf = now;
      this.put({ jobs });
      this.followed.read(jobs);
    }
  }
}

export function isOfDrafts({ batch }: BatchView): boolean {
  return batch.kind !== 'test';
}

function same(one: BatchView, other: BatchView): boolean {
  return one.batch.id === other.batch.id;
}
