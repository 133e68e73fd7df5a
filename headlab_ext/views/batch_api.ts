// What the views of batches ask: of the Jupyter server, or of a notebook's kernel.
import type {
  ArrivingText,
  BatchPlan,
  BatchTurn,
  BatchView,
  DraftJob,
  HeadsWish,
  RuleDrafts
} from '../contract/records';
import type { CallOptions } from './api';

export type Turn = 'pause' | 'resume' | 'cancel' | 'retry';

/** The batches of the catalogue, whoever works on them. */
export interface BatchesApi {
  /** Every batch, the newest first. */
  batches(): Promise<BatchView[]>;
  /** The jobs of a batch in the order in which they are sent. */
  batchJobs(id: number): Promise<DraftJob[]>;
  /** Tell what is written for a batch that is worked on here, at most four times a second, all of it
   * whenever some of it is new, until the function that this returns is called. */
  followBatch(id: number, onTexts: (texts: ArrivingText[]) => void): () => void;
  turnBatch(id: number, turn: Turn, change?: BatchTurn): Promise<BatchView>;
}

/** Planning and starting batches. `W` says which heads. */
export interface BatchPlanner<W> {
  /** What a batch would send and cost; nothing is sent. */
  plan(wish: W, options: CallOptions): Promise<BatchPlan>;
  /** Start what was planned; `cap` is the most that it may cost. */
  start(wish: W, cap: number | null): Promise<BatchView>;
}

/** The kernel's side: heads of the model in hand, their evidence gathered as part of the plan. */
export interface HeadsApi extends BatchesApi {
  planHeads(wish: HeadsWish, options?: CallOptions): Promise<BatchPlan>;
  startHeads(wish: HeadsWish, cap: number | null): Promise<BatchView>;
  /** Without a language model, at no cost. */
  draftByRules(wish: HeadsWish, options?: CallOptions): Promise<RuleDrafts>;
}
