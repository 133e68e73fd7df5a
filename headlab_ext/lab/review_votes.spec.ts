import { describe, expect, it } from 'vitest';
import { ApiError } from '../views/api';
import { reasonKey } from '../views/review_queue/typing_keys';
import { judgement, openDesk, quiet } from './example_desk';

describe('voting', () => {
  it('shows the next head before the vote is stored, and stores what was pressed', async () => {
    const desk = await openDesk(4);
    const { server } = desk;
    server.holding = true;
    desk.press('accepted', { rating: 4 });
    expect(desk.shown()).toBe(2);
    desk.press('rejected', { reason: 'Too broad.' });
    expect(desk.shown()).toBe(3);
    expect(server.ballots.size).toBe(0);
    server.release();
    await quiet();
    desk.press('unclear');
    desk.press('edited', { text: ' Mine. ' });
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
    expect(desk.shown()).toBeNull();
  });

  it('has read the next three ahead', async () => {
    const { server } = await openDesk(9);
    expect(server.calls.filter(call => call.startsWith('case'))).toHaveLength(4);
  });

  it('counts the visible seconds of each head', async () => {
    const desk = await openDesk(2);
    const { model, server } = desk;
    desk.clock += 3000;
    model.setVisible(false);
    desk.clock += 60_000;
    model.setVisible(true);
    desk.press('accepted');
    desk.press('accepted');
    await quiet();
    expect(server.ballots.get(1)?.[0].seconds).toBe(4);
    expect(server.ballots.get(2)?.[0].seconds).toBe(1);
  });

  it('takes two presses within 60 ms as one', async () => {
    const desk = await openDesk(3);
    const { model, server } = desk;
    desk.press('accepted');
    desk.clock += 59;
    model.judge(judgement('accepted'));
    model.skip();
    desk.clock += 2;
    model.judge(judgement('rejected'));
    await quiet();
    expect(server.writes).toEqual(['vote 1 accepted', 'vote 2 rejected']);
  });

  it('says as hidden only what was hidden all the time', async () => {
    const desk = await openDesk(2, { blind: ['scores', 'source'] });
    const { model, server } = desk;
    expect(server.calls[0]).toBe('queue uncertain mine blind:scores,source');
    model.choose({ blind: ['source'] });
    await quiet();
    model.choose({ blind: ['scores', 'source'] });
    await quiet();
    expect(desk.shown()).toBe(1);
    desk.press('accepted');
    desk.press('accepted');
    await quiet();
    expect(server.ballots.get(1)?.[0].blind).toEqual(['source']);
    expect(server.ballots.get(2)?.[0].blind).toEqual(['scores', 'source']);
  });

  it('refuses what cannot be, in words, and stays', async () => {
    const desk = await openDesk(1);
    const { server } = desk;
    expect(desk.press('edited', { text: ' ' })).toMatch(/empty/);
    expect(desk.press('edited', { text: 'Draft of 1.' })).toMatch(/unchanged/);
    expect(desk.press('accepted', { draftId: null })).toMatch(/no draft/);
    expect(desk.shown()).toBe(1);
    expect(server.writes).toEqual([]);
  });

  it('brings a vote that failed back on top, with what was typed', async () => {
    const desk = await openDesk(3);
    const { model, server, typing } = desk;
    typing.keep(reasonKey('votes', 1, { layer: 0, index: 1 }), 'Too broad.');
    server.failing = new ApiError({ kind: 'internal', message: 'no answer', current: null });
    desk.clock += 7000;
    desk.press('rejected', { reason: 'Too broad.' });
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
    expect(desk.shown()).toBe(2);
  });

  it('casts a vote again instead of taking it back', async () => {
    const desk = await openDesk(3);
    const { model, server } = desk;
    desk.press('accepted', { rating: 5 });
    await quiet();
    desk.clock += 1000;
    model.undo();
    await quiet();
    expect(model.get().current).toMatchObject({ entry: { id: 1 }, earlier: { rating: 5 } });
    desk.press('rejected');
    await quiet();
    expect(server.ballots.get(1)?.map(ballot => ballot.decision)).toEqual(['accepted', 'rejected']);
    expect(model.get().done.map(one => one.judgement.decision)).toEqual(['rejected']);
    expect(desk.shown()).toBe(2);
  });

  it.each(['skip', 'redo'] as const)('leaves the vote as it is at %s then', async move => {
    const desk = await openDesk(2);
    const { model } = desk;
    desk.press('accepted');
    await quiet();
    desk.clock += 1000;
    model.undo();
    await quiet();
    desk.clock += 1000;
    model[move]();
    await quiet();
    expect(model.get()).toMatchObject({ skipped: [], said: 'L0H1: your vote stays as it is.' });
    expect(model.get().done[0].again).toBe(false);
    expect(desk.shown()).toBe(2);
  });

  it('comes back to what was skipped', async () => {
    const desk = await openDesk(2);
    const { model } = desk;
    desk.clock += 1000;
    model.skip();
    desk.press('accepted');
    await quiet();
    expect(desk.shown()).toBeNull();
    expect(model.get().skipped.map(item => item.entry_id)).toEqual([1]);
    model.takeSkipped();
    await quiet();
    expect(desk.shown()).toBe(1);
  });
});
