import { describe, expect, it } from 'vitest';
import { ApiError } from '../views/api';
import { openDesk, quiet } from './example_desk';
import { exampleVote } from './example_round';

const decide = { mode: 'decide' } as const;

describe('deciding', () => {
  it('decides alone where nobody has voted, on the revision that was read', async () => {
    const desk = await openDesk(2, decide);
    const { server } = desk;
    desk.press('accepted');
    desk.press('rejected');
    await quiet();
    expect(server.writes).toEqual(['review 1 accepted on 3', 'review 2 rejected on 3']);
  });

  it('shows votes only when asked, and rests the decision on them', async () => {
    const desk = await openDesk(1, decide);
    const { model, server } = desk;
    server.votes.set(1, [exampleVote(), exampleVote({ id: 'v2', reviewer: 'Ada' })]);
    model.choose({ order: 'undecided' });
    await quiet();
    expect(model.get().current?.votes).toBeNull();
    expect(desk.press('accepted')).toMatch(/show them first/);
    expect(server.writes).toEqual([]);
    await model.showVotes();
    desk.press('accepted');
    await quiet();
    expect(server.writes).toEqual(['votes 1', 'adjudicate 1 accepted on 3 by v1,v2']);
  });

  it('brings a stale decision back with both versions', async () => {
    const desk = await openDesk(2, decide);
    const { model, server } = desk;
    server.elsewhere(1, { state: 'rejected', description: 'Theirs.' });
    desk.press('accepted');
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
    const desk = await openDesk(2, decide);
    const { model, server } = desk;
    const message = 'L0H1 still waits for the votes of bob.';
    server.failing = new ApiError({ kind: 'early', message, current: null });
    desk.clock += 4000;
    desk.press('rejected');
    await quiet();
    expect(model.get().current?.trouble).toMatchObject({ kind: 'early', message });
    expect(server.edits.at(-1)).toMatchObject({ decision: 'rejected', seconds: 5 });
    expect(server.edits.at(-1)?.now).toBeUndefined();
    desk.clock += 2000;
    model.insist();
    await quiet();
    expect(server.edits.at(-1)).toMatchObject({ decision: 'rejected', seconds: 7, now: true });
    expect(server.entries.get(1)?.state).toBe('rejected');
  });
});
