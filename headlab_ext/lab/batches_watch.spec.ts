import type { IStateDB } from '@jupyterlab/statedb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchView } from '../contract/records';
import { makeBatch } from '../views/batch_records';
import { BatchWatch } from './batches_watch';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

class Kept {
  value: unknown = undefined;
  fetch = async () => this.value;
  save = async (_key: string, value: unknown) => {
    this.value = value;
  };
}

function open(views: BatchView[], kept = new Kept()) {
  const server = { views, asked: 0, failing: false };
  const told: BatchView[] = [];
  const watch = new BatchWatch(
    {
      batches: async () => {
        server.asked++;
        if (server.failing) {
          throw new Error('silent');
        }
        return server.views;
      }
    },
    view => told.push(view),
    kept as unknown as IStateDB
  );
  return { watch, server, told, kept };
}

const open3 = makeBatch({ id: 3 }, { running: true });
const finished3 = makeBatch({ id: 3, state: 'finished' });

describe('the end of a batch', () => {
  it('is told once, however many changes follow', async () => {
    const { watch, server, told } = open([open3]);
    watch.watch(open3.batch);
    for (let n = 0; n < 30; n++) {
      watch.changed();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(server.asked).toBeLessThanOrEqual(4);
    expect(told).toEqual([]);
    server.views = [finished3];
    watch.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    watch.changed();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual([finished3]);
  });

  it('is told where nothing is announced, since all calls failed', async () => {
    const { watch, server, told } = open([open3]);
    watch.watch(open3.batch);
    await vi.advanceTimersByTimeAsync(1_000);
    const stopped = makeBatch({ id: 3, state: 'stopped', reason: 'The key was refused.' });
    server.views = [stopped];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(told).toEqual([stopped]);
    const { asked } = server;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toBe(asked);
  });

  it('is told of one that began while the others were looked at', async () => {
    const { watch, server, told } = open([open3]);
    watch.watch(open3.batch);
    const open4 = makeBatch({ id: 4 }, { running: true });
    vi.advanceTimersByTime(1_000); // asked, and not answered yet
    server.views = [open4, open3];
    watch.watch(open4.batch);
    await vi.advanceTimersByTimeAsync(5_000);
    const finished4 = makeBatch({ id: 4, state: 'finished' });
    server.views = [finished4, open3];
    watch.changed();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual([finished4]);
  });

  it('is not looked for while nothing is waited for', async () => {
    const { watch, server } = open([open3]);
    watch.changed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toBe(0);
  });

  it('is told after the page was loaded again', async () => {
    const first = open([open3]);
    first.watch.watch(open3.batch);
    await vi.advanceTimersByTimeAsync(0);
    const second = open([finished3], first.kept);
    await second.watch.restore();
    await vi.advanceTimersByTimeAsync(0);
    expect(second.told).toEqual([finished3]);
    expect(second.kept.value).toEqual([]);
  });

  it('is told of a batch that stopped, not of one that a person paused or cancelled', async () => {
    const { watch, server, told } = open([]);
    for (const id of [1, 2, 3]) {
      watch.watch(makeBatch({ id }).batch);
    }
    server.views = [
      makeBatch({ id: 1, state: 'paused' }),
      makeBatch({ id: 2, state: 'cancelled' }),
      makeBatch({ id: 3, state: 'stopped' })
    ];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told.map(({ batch }) => batch.id)).toEqual([3]);
  });

  it('is not that of a batch with the same number in another catalogue', async () => {
    const { watch, server, told } = open([open3]);
    watch.watch(open3.batch);
    server.views = [makeBatch({ id: 3, state: 'finished', created_at: '2020-01-01T00:00:00Z' })];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([]);
  });

  it('is still told when the server was silent in between', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { watch, server, told } = open([open3]);
    server.failing = true;
    watch.watch(open3.batch);
    await vi.advanceTimersByTimeAsync(2_000);
    server.failing = false;
    server.views = [finished3];
    watch.changed();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toHaveLength(1);
  });
});
