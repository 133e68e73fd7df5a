import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { BLINDS, DECISIONS, ORDERS } from '../contract/records';
import type { Choice, Done } from '../views/review_queue/queue_records';

const KEY = 'headlab:review-queue';
const PAUSE = 300;
const NEWEST = 20;

export const FIRST_CHOICE: Choice = { mode: 'votes', order: 'uncertain', blind: [], model: '' };

export interface KeptReview {
  choice: Choice;
  /** The newest judgements, so that they can be taken back after a reload. */
  done: readonly Done[];
  /** Where the catalogue is that they were made in: numbers of entries mean nothing elsewhere. */
  place: string;
}

/** The queue's settings and newest judgements, over reloads of the page. */
export class KeptReviews {
  private timer = 0;

  constructor(private readonly db: IStateDB | null) {}

  async read(): Promise<KeptReview> {
    const found = (await this.db?.fetch(KEY).catch(() => undefined)) as
      Partial<KeptReview> | undefined;
    return {
      choice: readChoice(found?.choice),
      done: Array.isArray(found?.done) ? found.done.filter(isDone) : [],
      place: typeof found?.place === 'string' ? found.place : ''
    };
  }

  /** Kept once no change has come for a moment. */
  keep(review: KeptReview): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const kept = { ...review, done: review.done.slice(-NEWEST) };
      const json = JSON.parse(JSON.stringify(kept)) as ReadonlyPartialJSONObject;
      this.db?.save(KEY, json).catch(error => console.warn('HeadLab: queue not kept', error));
    }, PAUSE);
  }
}

function readChoice(value: unknown): Choice {
  const found = (value ?? {}) as Partial<Choice>;
  const blind: readonly unknown[] = Array.isArray(found.blind) ? found.blind : [];
  return {
    mode: found.mode === 'decide' ? 'decide' : FIRST_CHOICE.mode,
    order: ORDERS.find(order => order === found.order) ?? FIRST_CHOICE.order,
    blind: BLINDS.filter(one => blind.includes(one)),
    model: typeof found.model === 'string' ? found.model : FIRST_CHOICE.model
  };
}

function isDone(value: unknown): value is Done {
  const found = value as Done | null;
  return (
    typeof found?.number === 'number' &&
    typeof found.item?.entry_id === 'number' &&
    typeof found.item.head?.layer === 'number' &&
    typeof found.item.head.index === 'number' &&
    (found.mode === 'votes' || found.mode === 'decide') &&
    DECISIONS.includes(found.judgement?.decision) &&
    typeof found.seconds === 'number' &&
    typeof found.at === 'string'
  );
}
