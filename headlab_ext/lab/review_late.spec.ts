// A person who is faster than the server: no press judges a head that nobody has seen, or is lost.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../contract/records';
import { FakeTyping } from '../views/spec_records';
import type { Decision, Judgement } from '../views/review_queue/queue_records';
import { ExampleRound } from './example_round';
import { FIRST_CHOICE } from './review_kept';
import { ReviewModel } from './review_model';

/** Heads after the first come only when they are let go. */
class SlowRound extends ExampleRound {
  private readonly onTheirWay: (() => void)[] = [];

  override async caseToJudge(id: number, blind: []): Promise<Entry> {
    if (id > 1) {
      await new Promise<void>(go => this.onTheirWay.push(go));
    }
    return super.caseToJudge(id, blind);
  }

  arrive(): void {
    this.onTheirWay.splice(0).forEach(go => go());
  }
}

let server: SlowRound;
let model: ReviewModel;
let clock: number;

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}

function press(decision: Decision, after: number): string | null {
  clock += after;
  const made: Judgement = { decision, draftId: 1, text: '', reason: '', rating: null };
  return model.judge(made);
}

const shown = () => model.get().current?.entry.id ?? null;

beforeEach(async () => {
  clock = 0;
  server = new SlowRound(3);
  const kept = { choice: FIRST_CHOICE, done: [] };
  model = new ReviewModel(server, new FakeTyping(), kept, () => clock);
  model.setVisible(true);
  await quiet();
});

describe('presses before a head has come', () => {
  it('judge no head', async () => {
    press('accepted', 1000);
    await quiet();
    expect(shown()).toBeNull();
    press('rejected', 200);
    server.arrive();
    await quiet();
    expect(shown()).toBe(2);
    expect(server.writes).toEqual(['vote 1 accepted']);
  });

  it('are refused in words where the head came up within the press', async () => {
    press('accepted', 1000);
    clock += 500;
    server.arrive();
    await quiet();
    expect(press('rejected', 59)).toMatch(/L0H2 had only just come up/);
    expect(model.get().said).toMatch(/L0H2 had only just come up/);
    expect(shown()).toBe(2);
    expect(press('rejected', 1000)).toBeNull();
    await quiet();
    expect(server.writes).toEqual(['vote 1 accepted', 'vote 2 rejected']);
  });

  it('take back what was judged last, also while it is being stored', async () => {
    server.holding = true;
    press('accepted', 1000);
    clock += 200;
    model.undo();
    await quiet();
    expect(shown()).toBe(1);
    server.release();
    await quiet();
    expect(press('rejected', 1000)).toBeNull();
    await quiet();
    expect(server.ballots.get(1)?.map(one => one.decision)).toEqual(['accepted', 'rejected']);
  });

  it('are said to count once where two come at once', async () => {
    press('accepted', 1000);
    model.undo();
    expect(model.get().said).toBe('L0H1 accepted. A second press at once was not counted.');
    clock += 10;
    model.skip();
    expect(model.get().said).toBe('L0H1 accepted. A second press at once was not counted.');
    expect(model.get().done).toHaveLength(1);
  });

  it('go through where a judgement that failed is made again at once', async () => {
    server.failing = new Error('lost');
    press('accepted', 1000);
    await quiet();
    expect(model.get().current?.trouble?.kind).toBe('failed');
    model.insist();
    await quiet();
    expect(server.ballots.get(1)?.map(one => one.decision)).toEqual(['accepted']);
  });
});
