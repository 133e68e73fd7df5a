// Many random presses: whatever fails or comes late, the server holds what was pressed, once.
import { describe, expect, it } from 'vitest';
import { random } from '../views/spec_random';
import { FakeTyping } from '../views/spec_records';
import type { Decision, Mode } from '../views/review_queue/queue_records';
import { ExampleRound } from './example_round';
import { FIRST_CHOICE } from './review_kept';
import { ReviewModel } from './review_model';

const HEADS = 8;
const PRESSES = 120;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await Promise.resolve();
  }
}

/** Presses keys at random; returns the decision that should stand for each entry. */
async function pressed(mode: Mode, seed: number) {
  const chance = random(seed);
  const server = new ExampleRound(HEADS);
  let clock = 0;
  const choice = { ...FIRST_CHOICE, mode };
  const kept = { choice, done: [] };
  const model = new ReviewModel(server, new FakeTyping(), kept, () => clock);
  model.setVisible(true);
  await turns(20);
  for (let press = 0; press < PRESSES; press++) {
    clock += 100;
    const what = chance();
    const { current, skipped } = model.get();
    server.holding = chance() < 0.3;
    if (chance() < 0.1) {
      server.failing = new Error('lost');
    }
    if (!current && skipped.length > 0) {
      model.takeSkipped();
    } else if (what < 0.6 && current) {
      const decision: Decision = what < 0.3 ? 'accepted' : 'rejected';
      const made = { decision, draftId: 1, text: '', reason: '', rating: null };
      model.judge(made);
    } else if (what < 0.75) {
      model.skip();
    } else if (what < 0.95) {
      model.undo();
    } else {
      model.changed();
    }
    if (chance() < 0.5) {
      server.release();
    }
    await turns(Math.floor(chance() * 12));
  }
  server.failing = null;
  server.release();
  await turns(200);
  return { model, server };
}

describe('random presses', () => {
  for (let seed = 1; seed <= 25; seed++) {
    it(`store each vote that is listed, and no other (seed ${seed})`, async () => {
      const { model, server } = await pressed('votes', seed);
      const { done, saving } = model.get();
      expect(saving).toBe(0);
      const listed = new Map(done.map(one => [one.item.entry_id, one.judgement.decision]));
      expect(listed.size).toBe(done.length);
      for (const [id, decision] of listed) {
        expect(server.ballots.get(id)?.at(-1)?.decision).toBe(decision);
      }
      expect([...server.ballots.keys()].sort()).toEqual([...listed.keys()].sort());
    });

    it(`leave each entry as it is listed (seed ${seed})`, async () => {
      const { model, server } = await pressed('decide', seed);
      const listed = new Map(
        model.get().done.map(one => [one.item.entry_id, one.judgement.decision])
      );
      for (const { id, state } of server.entries.values()) {
        expect(state).toBe(listed.get(id) ?? 'drafted');
      }
    });
  }
});
