import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ArrivingText, BatchView, DraftJob } from '../contract/records';
import { LiveBatches } from './batch_live';
import { makeBatch, makeJob } from './batch_records';
import { asSent, FollowedTexts, textOf, type Texts } from './batch_texts';

/** What is followed at present, and a way to write. */
class Writers {
  readonly open = new Map<number, (texts: ArrivingText[]) => void>();
  readonly log: string[] = [];

  followBatch = (id: number, onTexts: (texts: ArrivingText[]) => void) => {
    this.log.push(`follow ${id}`);
    this.open.set(id, onTexts);
    return () => {
      this.log.push(`leave ${id}`);
      this.open.delete(id);
    };
  };

  write(batch: number, texts: Record<number, string>): void {
    this.open.get(batch)?.(
      Object.entries(texts).map(([job, text]) => ({ job: Number(job), text }))
    );
  }
}

const plain = (texts: Texts) => Object.fromEntries(texts);

describe('the texts of a batch', () => {
  let writers: Writers;
  let shown: Texts;
  let stale: number;
  let followed: FollowedTexts;
  beforeEach(() => {
    writers = new Writers();
    shown = new Map();
    stale = 0;
    followed = new FollowedTexts(writers, (texts, over) => {
      shown = texts;
      stale += Number(over);
    });
  });

  it('are those of the one that is followed', () => {
    followed.follow(1);
    followed.follow(1);
    followed.follow(2);
    followed.follow(null);
    expect(writers.log).toEqual(['follow 1', 'leave 1', 'follow 2', 'leave 2']);
  });

  it('stay when their call has ended, until its job says what came of it', () => {
    followed.follow(1);
    writers.write(1, { 4: 'Maps', 5: 'Copies' });
    writers.write(1, { 4: 'Maps countries' });
    expect(plain(shown)).toEqual({ 4: 'Maps countries', 5: 'Copies' });
    expect(stale).toBe(1);
    followed.read([makeJob({ id: 4, state: 'waiting' }), makeJob({ id: 5, state: 'sent' })]);
    expect(plain(shown)).toEqual({ 4: 'Maps countries', 5: 'Copies' });
    followed.read([makeJob({ id: 4, state: 'waiting' }), makeJob({ id: 5, state: 'done' })]);
    expect(plain(shown)).toEqual({ 4: 'Maps countries' });
    followed.follow(null);
    expect(plain(shown)).toEqual({ 4: 'Maps countries' });
    followed.read([makeJob({ id: 4, state: 'waiting' })]);
    expect(plain(shown)).toEqual({});
  });

  it('are shown by jobs that wait or are sent, and make the one that waits a sent one', () => {
    const texts: Texts = new Map([1, 2, 3, 4, 5].map(id => [id, `text ${id}`]));
    const states: DraftJob['state'][] = ['waiting', 'sent', 'done', 'failed', 'cancelled'];
    const jobs = states.map((state, index) => makeJob({ id: index + 1, state }));
    expect(jobs.map(job => textOf(job, texts))).toEqual([
      'text 1',
      'text 2',
      undefined,
      undefined,
      undefined
    ]);
    expect(asSent(jobs, texts).map(job => job.state)).toEqual([
      'sent',
      'sent',
      'done',
      'failed',
      'cancelled'
    ]);
    expect(asSent(jobs, new Map())).toBe(jobs);
  });
});

describe('batches that are followed', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function open(...views: BatchView[]) {
    const writers = new Writers();
    const server = { views, jobs: [makeJob({ id: 4 })], reads: 0, failing: false };
    const live = new LiveBatches({
      batches: async () => {
        if (server.failing) {
          throw new Error('silent');
        }
        return server.views;
      },
      batchJobs: async () => {
        server.reads++;
        return server.jobs;
      },
      followBatch: writers.followBatch,
      turnBatch: async () => server.views[0]
    });
    return { live, server, writers };
  }

  const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

  it('are the chosen one while it is at work and on the screen', async () => {
    const idle = makeBatch({ id: 2 });
    const atWork = makeBatch({ id: 1 }, { running: true });
    const { live, server, writers } = open(idle, atWork);
    live.choose(1);
    await seconds(2);
    expect(writers.log).toEqual([]);
    live.setVisible(true);
    await seconds(2);
    expect(writers.log).toEqual(['follow 1']);
    live.choose(2);
    live.choose(1);
    live.setVisible(false);
    live.setVisible(true);
    expect(writers.log.slice(1)).toEqual(['leave 1', 'follow 1', 'leave 1', 'follow 1']);
    server.views = [idle, makeBatch({ id: 1, state: 'finished' })];
    await seconds(2);
    expect([...writers.open.keys()]).toEqual([]);
  });

  it('are left where the server is silent, and when the view is closed', async () => {
    const { live, server, writers } = open(makeBatch({}, { running: true }));
    live.choose(1);
    live.setVisible(true);
    await seconds(1);
    server.failing = true;
    await seconds(2);
    expect([...writers.open.keys()]).toEqual([]);
    server.failing = false;
    live.retry();
    await seconds(2);
    expect([...writers.open.keys()]).toEqual([1]);
    live.dispose();
    expect([...writers.open.keys()]).toEqual([]);
  });

  it('have their jobs read soon after a call has ended, though nothing else changed', async () => {
    const { live, server, writers } = open(makeBatch({}, { running: true }));
    live.choose(1);
    live.setVisible(true);
    await seconds(5);
    expect(server.reads).toBe(1);
    writers.write(1, { 4: 'Maps' });
    expect(plain(live.get().texts)).toEqual({ 4: 'Maps' });
    await seconds(5);
    expect(server.reads).toBe(1);
    writers.write(1, {});
    expect(plain(live.get().texts)).toEqual({ 4: 'Maps' });
    await seconds(2);
    expect(server.reads).toBe(2);
    expect(plain(live.get().texts)).toEqual({});
  });
});
