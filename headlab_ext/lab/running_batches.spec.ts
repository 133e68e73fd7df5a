import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchView } from '../contract/records';
import { LiveBatches } from '../views/batch_live';
import { makeBatch } from '../views/batch_records';
import { isUnderWay, RunningBatches } from './running_batches';

vi.mock('./icon', () => ({ headlabIcon: { name: 'headlab:heads' } }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const AT_WORK = makeBatch(
  { id: 3, counts: { done: 9, failed: 1, waiting: 1, sent: 1, cancelled: 0 } },
  { running: true }
);
const PAUSED = makeBatch({ id: 2, state: 'paused', counts: { done: 1, waiting: 3 } });

async function open(...views: BatchView[]) {
  const server = { views, asked: 0 };
  const live = new LiveBatches({
    batches: async () => {
      server.asked++;
      return server.views;
    },
    batchJobs: async () => [],
    followBatch: () => () => undefined,
    turnBatch: async () => server.views[0]
  });
  const doings = { open: vi.fn(), cancel: vi.fn(), cancelAll: vi.fn() };
  const section = new RunningBatches(live, doings);
  const changes = vi.fn();
  section.runningChanged.connect(() => changes());
  live.setVisible(true);
  await seconds(0);
  return { server, live, doings, section, changes };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

describe('batches in the Running panel', () => {
  it('are those that run or are paused, with how far they are', async () => {
    const finished = makeBatch({ id: 1, state: 'finished', counts: { done: 4 } });
    const { section } = await open(AT_WORK, PAUSED, finished);
    expect(section.running().map(item => item.label())).toEqual([
      'Batch 3: running, 9 of 12',
      'Batch 2: paused, 1 of 4'
    ]);
    expect(section.running()[0].labelTitle?.().split('\n')).toEqual([
      '12 heads of demo (undescribed)',
      'Drafted by scripted at 127.0.0.1',
      '9 done, 1 failed, 1 sent, 1 waiting',
      '0.0123 spent, cap 0.40'
    ]);
  });

  it.each<[boolean, string, BatchView]>([
    [true, 'worked on elsewhere', makeBatch({ state: 'open', counts: { sent: 1 } })],
    [false, 'open, and nobody works on it', makeBatch({ state: 'open', counts: { waiting: 1 } })],
    [false, 'stopped by itself', makeBatch({ state: 'stopped' })],
    [false, 'cancelled', makeBatch({ state: 'cancelled' })],
    [false, 'finished', makeBatch({ state: 'finished' })]
  ])('list is %s for one that is %s', (listed, _, view) => expect(isUnderWay(view)).toBe(listed));

  it('are drawn again only when something that is shown has changed', async () => {
    const { server, changes, section } = await open(AT_WORK);
    expect(changes).toHaveBeenCalledTimes(1);
    await seconds(5);
    expect(server.asked).toBe(6);
    expect(changes).toHaveBeenCalledTimes(1);
    server.views = [makeBatch({ id: 3, state: 'finished', counts: { done: 12 } })];
    await seconds(2);
    expect(changes).toHaveBeenCalledTimes(2);
    expect(section.running()).toEqual([]);
  });

  it('are asked for when the panel is refreshed, but not while nobody sees them', async () => {
    const { server, live, section } = await open(PAUSED);
    section.refreshRunning();
    await seconds(60);
    expect(server.asked).toBe(2);
    live.setVisible(false);
    section.refreshRunning();
    await seconds(60);
    expect(server.asked).toBe(2);
    live.setVisible(true);
    await seconds(0);
    expect(server.asked).toBe(3);
  });

  it('are opened, and cancelled one by one', async () => {
    const { doings, section } = await open(AT_WORK, PAUSED);
    const [first, second] = section.running();
    first.open?.();
    second.shutdown?.();
    expect(doings.open.mock.calls).toEqual([[3]]);
    expect(doings.cancel.mock.calls).toEqual([[PAUSED]]);
    expect(doings.cancelAll).not.toHaveBeenCalled();
  });

  it('are cancelled together, but not one that nobody was asked about', async () => {
    const { server, doings, section } = await open(AT_WORK, PAUSED);
    expect(section.shutdownAllConfirmationText()).toMatch(
      /^2 batches will be cancelled: 5 heads that wait or are under way will not be drafted/
    );
    server.views = [makeBatch({ id: 4 }, { running: true }), AT_WORK];
    await seconds(1);
    expect(section.running()).toHaveLength(2);
    section.shutdownAll();
    expect(doings.cancelAll.mock.calls).toEqual([[[AT_WORK]]]);
    expect(section.shutdownAllConfirmationText()).toMatch(/^2 batches will be cancelled: 4 heads/);
  });

  it('show names as text that cannot reorder the line', async () => {
    const named = { model_name: '<b>demo</b>\u202e', selection: '\u202e' };
    const { section } = await open({ ...AT_WORK, batch: { ...AT_WORK.batch, ...named } });
    const [item] = section.running();
    expect(item.label()).toBe('Batch 3: running, 9 of 12');
    expect(item.labelTitle?.()).toContain('12 heads of <b>demo</b>[U+202E] ([U+202E])');
    expect(item.labelTitle?.()).not.toContain('\u202e');
  });
});
