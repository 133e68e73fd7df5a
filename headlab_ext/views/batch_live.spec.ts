import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchView } from '../contract/records';
import { LiveBatches } from './batch_live';
import { makeBatch, makeJob } from './batch_records';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that keeps what it was asked; `views` may be changed in between. */
class Server {
  readonly asked: string[] = [];
  failing: Error | null = null;

  constructor(public views: BatchView[]) {}

  async batches() {
    this.asked.push('batches');
    if (this.failing) {
      throw this.failing;
    }
    return this.views;
  }

  async batchJobs(id: number) {
    this.asked.push(`jobs ${id}`);
    return [makeJob({ batch_id: id })];
  }

  followBatch() {
    return () => undefined;
  }

  async turnBatch(id: number, turn: string, change?: { cap: number | null }) {
    this.asked.push(`${turn} ${id} ${change?.cap}`);
    if (this.failing) {
      throw this.failing;
    }
    return { ...this.views[0], running: turn === 'resume' };
  }
}

async function open(server: Server): Promise<LiveBatches> {
  const live = new LiveBatches(server);
  live.setVisible(true);
  await vi.advanceTimersByTimeAsync(0);
  return live;
}

const looks = (server: Server) => server.asked.filter(one => one === 'batches').length;

describe('batches as they go on', () => {
  it('asks for nothing while it is hidden', async () => {
    const server = new Server([makeBatch({}, { running: true })]);
    const live = new LiveBatches(server);
    live.changed();
    live.choose(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toEqual([]);
    live.setVisible(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.asked).toEqual(['batches', 'jobs 1']);
    live.setVisible(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toHaveLength(2);
  });

  it('looks once a second while a batch is at work here, and then no more', async () => {
    const server = new Server([makeBatch({}, { running: true })]);
    await open(server);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(looks(server)).toBe(6);
    server.views = [makeBatch({ state: 'finished' })];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks(server)).toBe(7);
  });

  it('follows changes, but no faster than once a second', async () => {
    const server = new Server([makeBatch()]);
    const live = await open(server);
    for (let n = 0; n < 50; n++) {
      live.changed();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(looks(server)).toBeLessThanOrEqual(6);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks(server)).toBeLessThanOrEqual(7);
  });

  it('reads jobs again only when their batch has changed', async () => {
    const server = new Server([makeBatch()]);
    const live = await open(server);
    live.choose(1);
    await vi.advanceTimersByTimeAsync(1_000);
    live.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.asked.filter(one => one === 'jobs 1')).toHaveLength(1);
    server.views = [makeBatch({ counts: { done: 12 } })];
    live.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.asked.filter(one => one === 'jobs 1')).toHaveLength(2);
  });

  it('shows the jobs of the batch chosen last, whatever comes late', async () => {
    const server = new Server([makeBatch({ id: 2 }), makeBatch({ id: 1 })]);
    const waiting: (() => void)[] = [];
    server.batchJobs = id =>
      new Promise(resolve => waiting.push(() => resolve([makeJob({ batch_id: id })])));
    const live = await open(server);
    live.choose(1);
    await vi.advanceTimersByTimeAsync(1_000);
    live.choose(2);
    waiting.shift()!();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(live.get().jobs).toBeNull();
    waiting.shift()!();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.get().jobs?.[0].batch_id).toBe(2);
  });

  it('leaves out batches of tests', async () => {
    const live = await open(new Server([makeBatch({ id: 2, kind: 'test' }), makeBatch()]));
    expect(live.get().views?.map(({ batch }) => batch.id)).toEqual([1]);
  });

  it('turns a batch and says what went wrong', async () => {
    const server = new Server([makeBatch()]);
    const live = await open(server);
    live.choose(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await live.turn('resume', 0.5);
    expect(server.asked).toContain('resume 1 0.5');
    expect(live.get().views?.[0].running).toBe(true);
    server.failing = new Error('Batch 1 is cancelled');
    await live.turn('pause');
    expect(live.get().turnProblem).toBe('Batch 1 is cancelled');
  });

  it('tells of a turn when it is made, not before', async () => {
    const server = new Server([makeBatch({ state: 'stopped' })]);
    const live = await open(server);
    live.choose(1);
    await vi.advanceTimersByTimeAsync(1_000);
    const told: BatchView[] = [];
    const turned = live.turn('resume', null, view => told.push(view));
    expect(told).toEqual([]);
    await turned;
    expect(told).toHaveLength(1);
    server.failing = new Error('The server is busy.');
    await live.turn('resume', null, view => told.push(view));
    expect(told).toHaveLength(1);
  });

  it('names the batch of what went wrong when another one is shown by then', async () => {
    const server = new Server([makeBatch({ id: 2 }), makeBatch()]);
    const live = await open(server);
    live.choose(1);
    await vi.advanceTimersByTimeAsync(1_000);
    server.failing = new Error('The server is busy.');
    const turned = live.turn('pause');
    live.choose(2);
    await turned;
    expect(live.get().turnProblem).toBe('Batch 1: The server is busy.');
    expect(live.get().turning).toBeNull();
  });

  it('keeps what it showed when the server is silent, and tries again when told', async () => {
    const server = new Server([makeBatch()]);
    const live = await open(server);
    server.failing = new Error('The Jupyter server does not answer.');
    live.changed();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(live.get().problem).toContain('does not answer');
    expect(live.get().views).toHaveLength(1);
    server.failing = null;
    live.retry();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(live.get().problem).toBeNull();
  });

  it('shows a batch that was started here at once', async () => {
    const server = new Server([]);
    const live = await open(server);
    server.views = [makeBatch({ id: 7 }, { running: true })];
    live.add(server.views[0]);
    expect(live.get().chosen).toBe(7);
    expect(live.get().views).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(live.get().jobs).toHaveLength(1);
  });
});
