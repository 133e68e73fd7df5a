// A person who judges heads of a made-up round, with a clock of their own, for the specs of this folder.
import { FakeTyping } from '../views/spec_records';
import type { Choice, Decision, Judgement } from '../views/review_queue/queue_records';
import { ExampleRound } from './example_round';
import { FIRST_CHOICE } from './review_kept';
import { ReviewModel } from './review_model';

export class ExampleDesk {
  /** Milliseconds. */
  clock = 0;
  readonly typing = new FakeTyping();
  readonly model: ReviewModel;

  constructor(
    readonly server: ExampleRound,
    choice: Partial<Choice> = {}
  ) {
    const kept = { choice: { ...FIRST_CHOICE, ...choice }, done: [] };
    this.model = new ReviewModel(server, this.typing, kept, () => this.clock);
  }

  /** A press well after the one before. */
  press(decision: Decision, change: Partial<Judgement> = {}): string | null {
    this.clock += 1000;
    return this.model.judge(judgement(decision, change));
  }

  /** The entry on the screen; null for none. */
  shown(): number | null {
    return this.model.get().current?.entry.id ?? null;
  }
}

/** A desk in front of a round of so many heads, once the first is there. */
export async function openDesk(count: number, choice: Partial<Choice> = {}): Promise<ExampleDesk> {
  const desk = new ExampleDesk(new ExampleRound(count), choice);
  desk.model.setVisible(true);
  await quiet();
  return desk;
}

/** Until every answer is in. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}

export function judgement(decision: Decision, change: Partial<Judgement> = {}): Judgement {
  return { decision, draftId: 1, text: '', reason: '', rating: null, ...change };
}
