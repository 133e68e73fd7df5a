import { describe, expect, it } from 'vitest';
import { ExampleDesk, openDesk, quiet } from './example_desk';
import { ExampleRound } from './example_round';

describe('two modes', () => {
  it('never make a decision of a vote that failed', async () => {
    const desk = await openDesk(2);
    const { model, server } = desk;
    server.holding = true;
    server.failing = new Error('lost');
    desk.press('accepted');
    model.choose({ mode: 'decide' });
    await quiet();
    server.release();
    await quiet();
    expect(model.get().current?.trouble).toBeNull();
    expect(model.get().said).toBe('L0H1 was not stored as accepted: lost');
    expect(server.writes).toEqual(['vote 1 accepted']);
  });

  it('take back in the mode that a judgement was made in', async () => {
    const desk = await openDesk(3);
    const { model } = desk;
    desk.press('accepted');
    await quiet();
    model.choose({ mode: 'decide' });
    await quiet();
    const [vote] = model.get().done;
    desk.clock += 1000;
    model.undo(vote);
    await quiet();
    expect(model.get()).toMatchObject({ choice: { mode: 'votes' }, current: { entry: { id: 1 } } });
    expect(model.get().waiting.map(item => item.entry_id)).toEqual([1, 2, 3]);
  });

  it('never show a head of the queue before', async () => {
    const { model, server } = await openDesk(1);
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
    const { model } = await openDesk(3);
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
    const { model, server } = new ExampleDesk(new ExampleRound(2));
    model.changed();
    await quiet();
    expect(server.calls).toEqual([]);
  });

  it('says why it could not be read, and reads it again', async () => {
    const { model, server } = await openDesk(0);
    server.queue = () => Promise.reject(new Error('no answer'));
    model.retry();
    await quiet();
    expect(model.get()).toMatchObject({ problem: 'no answer', loading: false });
  });

  it('finds new heads once it is empty, and keeps what is on the screen until then', async () => {
    const desk = await openDesk(1);
    const { model, server } = desk;
    const { length } = server.calls;
    model.changed();
    await quiet();
    expect(server.calls).toHaveLength(length);
    desk.press('accepted');
    await quiet();
    const more = new ExampleRound(2).entries.get(2);
    server.entries.set(2, more!);
    model.changed();
    await quiet();
    expect(desk.shown()).toBe(2);
  });
});
