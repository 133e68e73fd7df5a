// The setting moves the catalogue while heads of it are judged.
import { beforeEach, describe, expect, it } from 'vitest';
import type { SettingsView } from '../contract/records';
import { FakeTyping } from '../views/spec_records';
import { judgement, quiet } from './example_desk';
import { ExampleRound } from './example_round';
import { PlacedReview } from './placed_review';
import { FIRST_CHOICE, type KeptReview } from './review_kept';

let rounds: Record<string, ExampleRound>;
let place: string;
let kept: KeptReview[];
let clock: number;
let review: PlacedReview<ExampleRound>;

const rest = {
  at: (asked: string) => rounds[asked],
  settings: async () => ({ catalogue_place: place }) as SettingsView
};

const shown = () => review.get().model.get().current?.entry.description;

async function press(): Promise<void> {
  clock += 1000;
  review.get().model.judge(judgement('accepted'));
  await quiet();
}

async function moveTo(there: string): Promise<void> {
  place = there;
  review.settingsChanged();
  await quiet();
}

async function open(mode: 'votes' | 'decide'): Promise<void> {
  rounds = { 'here.db': new ExampleRound(3), 'there.db': new ExampleRound(2) };
  for (const [id, entry] of rounds['there.db'].entries) {
    rounds['there.db'].entries.set(id, { ...entry, description: `Other ${id}.` });
  }
  place = 'here.db';
  kept = [];
  clock = 0;
  const choice = { ...FIRST_CHOICE, mode, model: mode === 'decide' ? 'f00d' : '' };
  review = new PlacedReview(
    rest,
    new FakeTyping(),
    { keep: one => kept.push(one) },
    { choice, done: [], place },
    () => clock
  );
  review.setVisible(true);
  await quiet();
}

beforeEach(() => open('votes'));

describe('a catalogue that moves', () => {
  it('is reviewed anew: nothing of the one before is shown, counted or taken back', async () => {
    await press();
    expect(shown()).toBe('Draft of 2.');
    await moveTo('there.db');
    expect(shown()).toBe('Other 1.');
    expect(review.get()).toMatchObject({ place: 'there.db', server: rounds['there.db'] });
    const state = review.get().model.get();
    expect(state).toMatchObject({ done: [], undone: [], saving: 0, skipped: [] });
    expect(state.said).toBe('The catalogue is at another place now; this is the queue there.');
    clock += 1000;
    review.get().model.undo();
    await quiet();
    expect(rounds['there.db'].writes).toEqual([]);
    await press();
    expect(rounds['here.db'].writes).toEqual(['vote 1 accepted']);
    expect(rounds['there.db'].writes).toEqual(['vote 1 accepted']);
  });

  it('gets none of the judgements that are on their way, and they are not kept as its own', async () => {
    rounds['here.db'].holding = true;
    await press();
    await moveTo('there.db');
    expect(review.get().model.get().said).toMatch(/A judgement for the one before may not/);
    await press();
    rounds['here.db'].failing = new Error('elsewhere');
    rounds['here.db'].release();
    await quiet();
    expect(rounds['there.db'].writes).toEqual(['vote 1 accepted']);
    expect(review.get().model.get().current?.trouble).toBeNull();
    expect(shown()).toBe('Other 2.');
    expect(kept.at(-1)).toMatchObject({ place: 'there.db', done: [{ item: { entry_id: 1 } }] });
    expect(kept.filter(one => one.place === 'there.db').every(one => one.done.length < 2)).toBe(
      true
    );
  });

  it('has other models and other revisions', async () => {
    await open('decide');
    rounds['there.db'].elsewhere(1, {});
    const { revision } = rounds['there.db'].entries.get(1)!;
    await press();
    await moveTo('there.db');
    expect(review.get().model.get().choice).toMatchObject({ mode: 'decide', model: '' });
    await press();
    expect(rounds['there.db'].writes).toEqual([`review 1 accepted on ${revision}`]);
  });

  it('is looked for once the queue is shown again', async () => {
    review.setVisible(false);
    await moveTo('there.db');
    expect(review.get().place).toBe('here.db');
    review.setVisible(true);
    await quiet();
    expect(shown()).toBe('Other 1.');
  });

  it('stays where it is while only other settings change', async () => {
    await press();
    const { model } = review.get();
    await moveTo('here.db');
    expect(review.get().model).toBe(model);
    expect(shown()).toBe('Draft of 2.');
  });
});
