import type { IStateDB } from '@jupyterlab/statedb';
import type { BatchView, DraftBatch } from '../contract/records';
import { messageOf } from '../views/problems';

const KEY = 'headlab:batches-watched';
/** Milliseconds between two looks, at least. */
const PAUSE = 1000;
/** The same where nothing is announced: calls that fail change no entry. */
const REST = 5000;

export interface WatchSource {
  batches(): Promise<BatchView[]>;
}

/** Numbers mean something else once the setting names another catalogue; the time does not. */
type Watched = Pick<DraftBatch, 'id' | 'created_at'>;

/**
 * Tells when a batch that was started here is over, whether its view is open or not, and after the
 * page was loaded again. It looks when something changed and now and then, and only while it waits for
 * a batch.
 */
export class BatchWatch {
  private watched: Watched[] = [];
  private lastLook = -Infinity;
  private timer = 0;
  private resting = 0;

  constructor(
    private readonly source: WatchSource,
    private readonly tell: (view: BatchView) => void,
    private readonly db: IStateDB | null
  ) {}

  /** Go on with what the page before this one waited for. */
  async restore(): Promise<void> {
    const found = await this.db?.fetch(KEY).catch(() => undefined);
    const kept = Array.isArray(found) ? found.filter(isWatched) : [];
    this.watched = [...kept, ...this.watched];
    this.changed();
  }

  watch({ id, created_at }: Watched): void {
    if (!this.watched.some(one => one.id === id && one.created_at === created_at)) {
      this.watched = [...this.watched, { id, created_at }];
      this.keep();
    }
    this.changed();
  }

  /** Jobs changed somewhere. */
  changed(): void {
    if (this.watched.length > 0 && this.timer === 0) {
      const wait = Math.max(0, this.lastLook + PAUSE - performance.now());
      this.timer = window.setTimeout(() => void this.look(), wait);
    }
  }

  private async look(): Promise<void> {
    this.lastLook = performance.now();
    this.timer = 0;
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.changed(), REST);
    const asked = this.watched; // one that begins meanwhile is not in the answer
    let views: BatchView[];
    try {
      views = await this.source.batches();
    } catch (error) {
      console.warn('HeadLab: the batches are not known', messageOf(error));
      return; // the next look asks again
    }
    const isOpen = (one: Watched) => {
      const view = views.find(({ batch }) => batch.id === one.id);
      return view?.batch.created_at === one.created_at && view.batch.state === 'open';
    };
    const over = this.watched.filter(one => asked.includes(one) && !isOpen(one));
    if (over.length === 0) {
      return;
    }
    this.watched = this.watched.filter(one => !over.includes(one));
    this.keep();
    for (const { id, created_at } of over) {
      const view = views.find(({ batch }) => batch.id === id && batch.created_at === created_at);
      if (view && (view.batch.state === 'finished' || view.batch.state === 'stopped')) {
        this.tell(view);
      }
    }
  }

  private keep(): void {
    this.db
      ?.save(
        KEY,
        this.watched.map(one => ({ ...one }))
      )
      .catch(error => console.warn('HeadLab: the batches in hand are not kept', error));
  }
}

function isWatched(found: unknown): found is Watched {
  const one = found as Partial<Watched> | null;
  return typeof one?.id === 'number' && typeof one.created_at === 'string';
}
