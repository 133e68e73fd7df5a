import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../views/api';
import { FakeTyping } from '../views/spec_records';
import type { Choice, Decision, Judgement } from '../views/review_queue/queue_records';
import { reasonKey } from '../views/review_queue/typing_keys';
import { ExampleRound, exampleVote } from './example_round';
import { FIRST_CHOICE } from './review_kept';
import { ReviewModel } from './review_model';

let server: ExampleRound;
let typing: FakeTyping;
let clock: number;

beforeEach(() => {
  typing = new FakeTyping();
  clock = 0;
});

async function opened(count: number, choice: Partial<Choice> = {}): Promise<ReviewModel> {
  server = new ExampleRound(count);
  const kept = { choice: { ...FIRST_CHOICE, ...choice }, done: [] };
  const model = new ReviewModel(server, typing, kept, () => clock);
  model.setVisible(true);
  await quiet();
  return model;
}

/** Until every answer is in. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}

function made(decision: Decision, change: Partial<Judgement> = {}): Judgement {
  return { decision, draftId: 1, text: '', reason: '', rating: null, ...change };
}

/** A press well after the one before. */
function press(model: ReviewModel, decision: Decision, change: Partial<Judgement> = {}) {
  clock += 1000;
  return model.judge(made(decision, change));
}

const shown = (model: ReviewModel) => model.get().current?.entry.id ?? null;

describe('voting', () => {
  it('shows the next head before the vote is stored, and stores what was pressed', async () => {
    const model = await opened(4);
    server.holding = true;
    press(model, 'accepted', { rating: 4 });
    expect(shown(model)).toBe(2);
    press(model, 'rejected', { reason: 'Too broad.' });
    expect(shown(model)).toBe(3);
    expect(server.ballots.size).toBe(0);
    server.release();
    await quiet();
    press(model, 'unclear');
    press(model, 'edited', { text: ' Mine. ' });
    await quiet();
    const cast = [...server.ballots].map(([id, [ballot]]) => [id, ballot.decision, ballot.text]);
    expect(cast).toEqual([
      [1, 'accepted', ''],
      [2, 'rejected', ''],
      [3, 'unclear', ''],
      [4, 'edited', 'Mine.']
    ]);
    expect(server.ballots.get(1)?.[0].rating).toBe(4);
    expect(server.ballots.get(2)?.[0].reason).toBe('Too broad.');
    expect(shown(model)).toBeNull();
  });

  it('has read the next three ahead', async () => {
    await opened(9);
    expect(server.calls.filter(call => call.startsWith('case'))).toHaveLength(4);
  });

  it('counts the visible seconds of each head', async () => {
    const model = await opened(2);
    clock += 3000;
    model.setVisible(false);
    clock += 60_000;
    model.setVisible(true);
    press(model, 'accepted');
    press(model, 'accepted');
    await quiet();
    expect(server.ballots.get(1)?.[0].seconds).toBe(4);
    expect(server.ballots.get(2)?.[0].seconds).toBe(1);
  });

  it('takes two presses within 60 ms as one', async () => {
    const model = await opened(3);
    press(model, 'accepted');
    clock += 59;
    model.judge(made('accepted'));
    model.skip();
    clock += 2;
    model.judge(made('rejected'));
    await quiet();
    expect(server.writes).toEqual(['vote 1 accepted', 'vote 2 rejected']);
  });

  it('says as hidden only what was hidden all the time', async () => {
    const model = await opened(2, { blind: ['scores', 'source'] });
    expect(server.calls[0]).toBe('queue uncertain mine blind:scores,source');
    model.choose({ blind: ['source'] });
    await quiet();
    model.choose({ blind: ['scores', 'source'] });
    await quiet();
    expect(shown(model)).toBe(1);
    press(model, 'accepted');
    press(model, 'accepted');
    await quiet();
    expect(server.ballots.get(1)?.[0].blind).toEqual(['source']);
    expect(server.ballots.get(2)?.[0].blind).toEqual(['scores', 'source']);
  });

  it('refuses what cannot be, in words, and stays', async () => {
    const model = await opened(1);
    expect(press(model, 'edited', { text: ' ' })).toMatch(/empty/);
    expect(press(model, 'edited', { text: 'Draft of 1.' })).toMatch(/unchanged/);
    expect(press(model, 'accepted', { draftId: null })).toMatch(/no draft/);
    expect(shown(model)).toBe(1);
    expect(server.writes).toEqual([]);
  });

  it('brings a vote that failed back on top, with what was typed', async () => {
    const model = await opened(3);
    typing.keep(reasonKey('votes', 1, { layer: 0, index: 1 }), 'Too broad.');
    server.failing = new ApiError({ kind: 'internal', message: 'no answer', current: null });
    clock += 7000;
    press(model, 'rejected', { reason: 'Too broad.' });
    await quiet();
    const { current, done } = model.get();
    expect(current?.entry.id).toBe(1);
    expect(current?.trouble).toMatchObject({ kind: 'failed', message: 'no answer' });
    expect(model.get().said).toMatch(/not stored as rejected/);
    expect(done).toEqual([]);
    expect(typing.texts.size).toBe(1);
    model.insist();
    await quiet();
    expect(server.ballots.get(1)?.[0]).toMatchObject({ decision: 'rejected', seconds: 8 });
    expect(typing.texts.size).toBe(0);
    expect(shown(model)).toBe(2);
  });

  it('casts a vote again instead of taking it back', async () => {
    const model = await opened(3);
    press(model, 'accepted', { rating: 5 });
    await quiet();
    clock += 1000;
    model.undo();
    await quiet();
    expect(model.get().current).toMatchObject({ entry: { id: 1 }, earlier: { rating: 5 } });
    press(model, 'rejected');
    await quiet();
    expect(server.ballots.get(1)?.map(ballot => ballot.decision)).toEqual(['accepted', 'rejected']);
    expect(model.get().done.map(one => one.judgement.decision)).toEqual(['rejected']);
    expect(shown(model)).toBe(2);
  });

  it('leaves the vote as it is when it is skipped then', async () => {
    const model = await opened(2);
    press(model, 'accepted');
    await quiet();
    clock += 1000;
    model.undo();
    await quiet();
    clock += 1000;
    model.skip();
    await quiet();
    expect(model.get()).toMatchObject({ skipped: [], said: 'L0H1: your vote stays as it is.' });
    expect(model.get().done[0].again).toBe(false);
    expect(shown(model)).toBe(2);
  });

  it('comes back to what was skipped', async () => {
    const model = await opened(2);
    clock += 1000;
    model.skip();
    press(model, 'accepted');
    await quiet();
    expect(shown(model)).toBeNull();
    expect(model.get().skipped.map(item => item.entry_id)).toEqual([1]);
    model.takeSkipped();
    await quiet();
    expect(shown(model)).toBe(1);
  });
});

describe('deciding', () => {
  const decide = { mode: 'decide' } as const;

  it('decides alone where nobody has voted, on the revision that was read', async () => {
    const model = await opened(2, decide);
    press(model, 'accepted');
    press(model, 'rejected');
    await quiet();
    expect(server.writes).toEqual(['review 1 accepted on 3', 'review 2 rejected on 3']);
  });

  it('shows votes only when asked, and rests the decision on them', async () => {
    const model = await opened(1, decide);
    server.votes.set(1, [exampleVote(), exampleVote({ id: 'v2', reviewer: 'Ada' })]);
    model.choose({ order: 'undecided' });
    await quiet();
    expect(model.get().current?.votes).toBeNull();
    expect(press(model, 'accepted')).toMatch(/show them first/);
    expect(server.writes).toEqual([]);
    await model.showVotes();
    press(model, 'accepted');
    await quiet();
    expect(server.writes).toEqual(['votes 1', 'adjudicate 1 accepted on 3 by v1,v2']);
  });

  it('takes back twenty decisions, each by a revision of its own', async () => {
    const model = await opened(20, decide);
    for (let count = 0; count < 20; count++) {
      press(model, count % 2 ? 'rejected' : 'accepted');
      await quiet();
    }
    expect(shown(model)).toBeNull();
    for (let count = 0; count < 20; count++) {
      clock += 1000;
      model.undo();
    }
    await quiet();
    const revisions = [...server.entries.values()].map(entry => entry.revision);
    expect(revisions).toEqual(Array(20).fill(5));
    expect([...server.entries.values()].every(entry => entry.state === 'drafted')).toBe(true);
    expect(model.get().done).toEqual([]);
    expect(shown(model)).toBe(1);
    expect(model.get().waiting).toHaveLength(20);
  });

  it('takes back a decision that is still on its way, after it', async () => {
    const model = await opened(2, decide);
    server.holding = true;
    press(model, 'accepted');
    clock += 1000;
    model.undo();
    server.release();
    await quiet();
    expect(server.writes).toEqual(['review 1 accepted on 3', 'undo 1 on 4']);
    expect(model.get().current).toMatchObject({ entry: { id: 1, revision: 5 } });
  });

  it('never takes back the step of somebody else', async () => {
    const model = await opened(2, decide);
    server.holding = true;
    server.failing = new Error('lost');
    press(model, 'accepted');
    clock += 1000;
    model.undo();
    server.release();
    await quiet();
    expect(server.writes).toEqual(['review 1 accepted on 3']);

    press(model, 'accepted');
    await quiet();
    server.elsewhere(1, { state: 'rejected' });
    clock += 1000;
    model.undo();
    await quiet();
    expect(server.entries.get(1)).toMatchObject({ state: 'rejected', revision: 5 });
    expect(model.get().said).toMatch(/changed elsewhere/);
  });

  it('brings a stale decision back with both versions', async () => {
    const model = await opened(2, decide);
    server.elsewhere(1, { state: 'rejected', description: 'Theirs.' });
    press(model, 'accepted');
    await quiet();
    const { current } = model.get();
    expect(current?.entry.id).toBe(1);
    expect(current?.trouble).toMatchObject({
      kind: 'stale',
      theirs: { description: 'Theirs.', revision: 4 },
      judgement: { decision: 'accepted' }
    });
    expect(server.entries.get(1)?.state).toBe('rejected');
    model.insist();
    await quiet();
    expect(server.entries.get(1)).toMatchObject({ state: 'accepted', revision: 5 });
  });

  it('asks before it decides ahead of those who are asked for a vote', async () => {
    const model = await opened(2, decide);
    const message = 'L0H1 still waits for the votes of bob.';
    server.failing = new ApiError({ kind: 'early', message, current: null });
    clock += 4000;
    press(model, 'rejected');
    await quiet();
    expect(model.get().current?.trouble).toMatchObject({ kind: 'early', message });
    expect(server.edits.at(-1)).toMatchObject({ decision: 'rejected', seconds: 5 });
    expect(server.edits.at(-1)?.now).toBeUndefined();
    clock += 2000;
    model.insist();
    await quiet();
    expect(server.edits.at(-1)).toMatchObject({ decision: 'rejected', seconds: 7, now: true });
    expect(server.entries.get(1)?.state).toBe('rejected');
  });

  it('takes back after a reload what was decided before it', async () => {
    const model = await opened(1, decide);
    press(model, 'accepted');
    await quiet();
    const { choice, done } = model.get();
    const again = new ReviewModel(server, typing, { choice, done }, () => clock);
    again.setVisible(true);
    await quiet();
    clock += 1000;
    again.undo();
    await quiet();
    expect(server.writes.at(-1)).toBe('undo 1 on 4');
  });
});

describe('two modes', () => {
  it('never make a decision of a vote that failed', async () => {
    const model = await opened(2);
    server.holding = true;
    server.failing = new Error('lost');
    press(model, 'accepted');
    model.choose({ mode: 'decide' });
    await quiet();
    server.release();
    await quiet();
    expect(model.get().current?.trouble).toBeNull();
    expect(model.get().said).toBe('L0H1 was not stored as accepted: lost');
    expect(server.writes).toEqual(['vote 1 accepted']);
  });

  it('take back in the mode that a judgement was made in', async () => {
    const model = await opened(3);
    press(model, 'accepted');
    await quiet();
    model.choose({ mode: 'decide' });
    await quiet();
    const [vote] = model.get().done;
    clock += 1000;
    model.undo(vote);
    await quiet();
    expect(model.get()).toMatchObject({ choice: { mode: 'votes' }, current: { entry: { id: 1 } } });
    expect(model.get().waiting.map(item => item.entry_id)).toEqual([1, 2, 3]);
  });

  it('never show a head of the queue before', async () => {
    const model = await opened(1);
    const { entry } = server;
    let arrive = (): void => undefined;
    server.entry = async id => {
      await new Promise<void>(go => (arrive = go));
      return entry.call(server, id);
    };
    model.choose({ mode: 'decide' });
    await quiet();
    server.queue = () => new Promise(() => undefined);
    model.choose({ mode: 'votes', blind: ['draft'] });
    arrive();
    await quiet();
    expect(model.get().current).toBeNull();
  });

  it('open a head to be decided on', async () => {
    const model = await opened(3);
    model.open(model.get().waiting[2]);
    await quiet();
    expect(model.get()).toMatchObject({
      choice: { mode: 'decide' },
      current: { entry: { id: 3 } }
    });
    expect(model.get().waiting.map(item => item.entry_id)).toEqual([3, 1, 2]);
  });
});

describe('the queue', () => {
  it('asks nothing while hidden', async () => {
    server = new ExampleRound(2);
    const model = new ReviewModel(server, typing, { choice: FIRST_CHOICE, done: [] });
    model.changed();
    await quiet();
    expect(server.calls).toEqual([]);
  });

  it('says why it could not be read, and reads it again', async () => {
    const model = await opened(0);
    server.queue = () => Promise.reject(new Error('no answer'));
    model.retry();
    await quiet();
    expect(model.get()).toMatchObject({ problem: 'no answer', loading: false });
  });

  it('finds new heads once it is empty, and keeps what is on the screen until then', async () => {
    const model = await opened(1);
    const { length } = server.calls;
    model.changed();
    await quiet();
    expect(server.calls).toHaveLength(length);
    press(model, 'accepted');
    await quiet();
    const more = new ExampleRound(2).entries.get(2);
    server.entries.set(2, more!);
    model.changed();
    await quiet();
    expect(shown(model)).toBe(2);
  });
});
