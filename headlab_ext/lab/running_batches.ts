import type { IRunningSessions } from '@jupyterlab/running';
import { Signal, type ISignal } from '@lumino/signaling';
import type { BatchView } from '../contract/records';
import type { LiveBatches } from '../views/batch_live';
import {
  BATCH_WORDS,
  cancelWords,
  countHeads,
  countWords,
  endpointOf,
  lookOf,
  spentWords,
  totalJobs,
  unfinishedJobs
} from '../views/batch_words';
import { visibleText } from '../views/free_text';
import { formatCount } from '../views/numbers';
import { headlabIcon } from './icon';

export interface BatchDoings {
  /** Show a batch. */
  open(batch: number): void;
  /** Cancel a batch, if the person says so a second time. */
  cancel(view: BatchView): void;
  /** Cancel batches; the panel has asked already. */
  cancelAll(views: readonly BatchView[]): void;
}

/** Batches that run or are paused, the newest first, as a section of JupyterLab's Running panel. */
export class RunningBatches implements IRunningSessions.IManager {
  readonly name = 'HeadLab batches';
  readonly shutdownLabel = 'Cancel batch';
  private readonly changed = new Signal<this, void>(this);
  private shown = '[]';
  private asked: readonly number[] = [];

  constructor(
    private readonly live: LiveBatches,
    private readonly doings: BatchDoings
  ) {
    live.subscribe(() => {
      const now = JSON.stringify(this.views().map(view => [labelOf(view), tipOf(view)]));
      if (now !== this.shown) {
        this.shown = now;
        this.changed.emit();
      }
    });
  }

  get runningChanged(): ISignal<this, void> {
    return this.changed;
  }

  running(): IRunningSessions.IRunningItem[] {
    return this.views().map(view => ({
      label: () => labelOf(view),
      labelTitle: () => tipOf(view),
      icon: () => headlabIcon,
      open: () => this.doings.open(view.batch.id),
      shutdown: () => this.doings.cancel(view)
    }));
  }

  refreshRunning(): void {
    this.live.changed();
  }

  readonly shutdownAllConfirmationText = (): string => {
    const views = this.views();
    this.asked = views.map(({ batch }) => batch.id);
    const count = views.length === 1 ? '1 batch' : `${formatCount(views.length)} batches`;
    const left = views.reduce((sum, { batch }) => sum + unfinishedJobs(batch), 0);
    return `${count} will be cancelled: ${cancelWords(left)}`;
  };

  /** A batch that began after the question is not among those that it was about. */
  shutdownAll(): void {
    this.doings.cancelAll(this.views().filter(({ batch }) => this.asked.includes(batch.id)));
  }

  private views(): BatchView[] {
    return (this.live.get().views ?? []).filter(isUnderWay);
  }
}

/** Whether it is worked on, here or elsewhere, or a person paused it. */
export function isUnderWay(view: BatchView): boolean {
  return ['running', 'elsewhere', 'paused'].includes(lookOf(view));
}

/** Short enough for a side bar; the tip says the rest. */
function labelOf(view: BatchView): string {
  const { id, counts } = view.batch;
  const done = formatCount(counts.done ?? 0);
  return `Batch ${id}: ${BATCH_WORDS[lookOf(view)]}, ${done} of ${formatCount(totalJobs(view.batch))}`;
}

function tipOf({ batch }: BatchView): string {
  const { model, host } = endpointOf(batch);
  return visibleText(
    [
      `${countHeads(totalJobs(batch))} of ${batch.model_name} (${batch.selection})`,
      `Drafted by ${model} at ${host}`,
      countWords(batch),
      spentWords(batch)
    ].join('\n')
  );
}
