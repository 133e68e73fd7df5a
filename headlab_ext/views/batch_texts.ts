import type { ArrivingText, DraftJob } from '../contract/records';
import type { BatchesApi } from './batch_api';

/** What is written for jobs, by the job's number; nobody has checked it. */
export type Texts = ReadonlyMap<number, string>;

export const NO_TEXTS: Texts = new Map();

/**
 * The texts of the batch that is followed. The text of a call that has ended stays until its job
 * is read and says what came of it, so that no row is empty in between.
 */
export class FollowedTexts {
  private batch: number | null = null;
  private leave: () => void = () => undefined;
  private now = NO_TEXTS;
  private ended = NO_TEXTS;

  constructor(
    private readonly source: Pick<BatchesApi, 'followBatch'>,
    /** `stale`: calls have ended whose jobs should be read. */
    private readonly onTexts: (texts: Texts, stale: boolean) => void
  ) {}

  /** Follow this batch and no other; null: none. */
  follow(batch: number | null): void {
    if (batch === this.batch) {
      return;
    }
    this.leave();
    this.batch = batch;
    this.arrived([]);
    this.leave =
      batch === null
        ? () => undefined
        : this.source.followBatch(batch, texts => batch === this.batch && this.arrived(texts));
  }

  /** The jobs as they were just read. */
  read(jobs: readonly DraftJob[]): void {
    const sent = new Set(jobs.filter(job => job.state === 'sent').map(job => job.id));
    this.ended = new Map([...this.ended].filter(([job]) => sent.has(job)));
    this.tell(false);
  }

  private arrived(texts: readonly ArrivingText[]): void {
    const now = new Map(texts.map(({ job, text }) => [job, text]));
    const over = [...this.now].filter(([job]) => !now.has(job));
    this.ended = new Map([...this.ended, ...over]);
    this.now = now;
    this.tell(over.length > 0);
  }

  private tell(stale: boolean): void {
    this.onTexts(new Map([...this.ended, ...this.now]), stale);
  }
}

/** The text that a job shows: one that has ended shows its outcome. */
export function textOf(job: DraftJob, texts: Texts): string | undefined {
  return job.state === 'sent' || job.state === 'waiting' ? texts.get(job.id) : undefined;
}

/** The jobs with those as sent that are written already, though they were read before that. */
export function asSent(jobs: readonly DraftJob[], texts: Texts): readonly DraftJob[] {
  return texts.size === 0
    ? jobs
    : jobs.map(job => (textOf(job, texts) === undefined ? job : { ...job, state: 'sent' }));
}
