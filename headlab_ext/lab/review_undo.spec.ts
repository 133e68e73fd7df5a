import { describe, expect, it } from 'vitest';
import { openDesk, quiet } from './example_desk';
import { ReviewModel } from './review_model';

const decide = { mode: 'decide' } as const;

describe('taking back and putting back', () => {
  it('takes back twenty decisions, each by a revision of its own', async () => {
    const desk = await openDesk(20, decide);
    const { model, server } = desk;
    for (let count = 0; count < 20; count++) {
      desk.press(count % 2 ? 'rejected' : 'accepted');
      await quiet();
    }
    expect(desk.shown()).toBeNull();
    for (let count = 0; count < 20; count++) {
      desk.clock += 1000;
      model.undo();
    }
    await quiet();
    const revisions = [...server.entries.values()].map(entry => entry.revision);
    expect(revisions).toEqual(Array(20).fill(5));
    expect([...server.entries.values()].every(entry => entry.state === 'drafted')).toBe(true);
    expect(model.get().done).toEqual([]);
    expect(desk.shown()).toBe(1);
    expect(model.get().waiting).toHaveLength(20);
  });

  it('puts back what was taken back, the last first, each by a revision of its own', async () => {
    const desk = await openDesk(3, decide);
    const { model, server } = desk;
    desk.press('accepted');
    desk.press('rejected');
    await quiet();
    for (const move of ['undo', 'undo', 'redo', 'redo'] as const) {
      desk.clock += 1000;
      model[move]();
      await quiet();
    }
    expect(server.writes.slice(2)).toEqual([
      'undo 2 on 4',
      'undo 1 on 4',
      'redo 1 on 5',
      'redo 2 on 5'
    ]);
    expect(model.get()).toMatchObject({ undone: [], said: 'L0H2 rejected again.' });
    expect(model.get().done.map(one => one.revision)).toEqual([6, 6]);
    expect(desk.shown()).toBe(3);
    desk.clock += 1000;
    model.undo();
    await quiet();
    expect(server.writes.at(-1)).toBe('undo 2 on 6');
  });

  it('offers nothing to put back after another decision, or another change of the head', async () => {
    const desk = await openDesk(2, decide);
    const { model, server } = desk;
    for (const change of ['decision', 'note']) {
      desk.press('accepted');
      await quiet();
      desk.clock += 1000;
      model.undo();
      await quiet();
      expect(model.get().undone).toHaveLength(1);
      if (change === 'decision') {
        desk.press('rejected');
        await quiet();
      } else {
        server.elsewhere(2, { note: 'mine' });
        model.take(await server.entry(2));
      }
      expect(model.get().undone).toEqual([]);
      desk.clock += 1000;
      model.redo();
      await quiet();
      expect(model.get().said).toBe('There is nothing to put back here.');
    }
    expect(server.writes.some(call => call.startsWith('redo'))).toBe(false);
  });

  it('brings the head back where it was changed elsewhere before the redo', async () => {
    const desk = await openDesk(1, decide);
    const { model, server } = desk;
    desk.press('accepted');
    await quiet();
    desk.clock += 1000;
    model.undo();
    await quiet();
    server.elsewhere(1, { state: 'rejected' });
    desk.clock += 1000;
    model.redo();
    await quiet();
    expect(model.get().said).toMatch(/was not put back/);
    expect(model.get()).toMatchObject({
      done: [],
      undone: [],
      current: { entry: { revision: 6 } }
    });
    expect(server.entries.get(1)?.state).toBe('rejected');
  });

  it('waits with a redo until what it puts back is taken back', async () => {
    const desk = await openDesk(1, decide);
    const { model, server } = desk;
    desk.press('accepted');
    await quiet();
    desk.clock += 1000;
    server.holding = true;
    model.undo();
    desk.clock += 1000;
    model.redo();
    expect(model.get().said).toBe('L0H1 is still being taken back.');
    server.failing = new Error('lost');
    server.release();
    await quiet();
    expect(model.get()).toMatchObject({ undone: [], done: [{ revision: 4 }] });
    expect(server.entries.get(1)?.state).toBe('accepted');
  });

  it('takes back a decision that is still on its way, after it', async () => {
    const desk = await openDesk(2, decide);
    const { model, server } = desk;
    server.holding = true;
    desk.press('accepted');
    desk.clock += 1000;
    model.undo();
    server.release();
    await quiet();
    expect(server.writes).toEqual(['review 1 accepted on 3', 'undo 1 on 4']);
    expect(model.get().current).toMatchObject({ entry: { id: 1, revision: 5 } });
  });

  it('never takes back the step of somebody else', async () => {
    const desk = await openDesk(2, decide);
    const { model, server } = desk;
    server.holding = true;
    server.failing = new Error('lost');
    desk.press('accepted');
    desk.clock += 1000;
    model.undo();
    server.release();
    await quiet();
    expect(server.writes).toEqual(['review 1 accepted on 3']);

    desk.press('accepted');
    await quiet();
    server.elsewhere(1, { state: 'rejected' });
    desk.clock += 1000;
    model.undo();
    await quiet();
    expect(server.entries.get(1)).toMatchObject({ state: 'rejected', revision: 5 });
    expect(model.get().said).toMatch(/changed elsewhere/);
  });

  it('takes back after a reload what was decided before it', async () => {
    const desk = await openDesk(1, decide);
    const { model, server, typing } = desk;
    desk.press('accepted');
    await quiet();
    const { choice, done } = model.get();
    const again = new ReviewModel(server, typing, { choice, done }, () => desk.clock);
    again.setVisible(true);
    await quiet();
    desk.clock += 1000;
    again.undo();
    await quiet();
    expect(server.writes.at(-1)).toBe('undo 1 on 4');
  });
});
