import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ArrivingText } from '../contract/records';
import { pollTexts } from './text_poll';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open() {
  const server = { texts: [] as ArrivingText[], asked: 0, failing: false };
  const heard: string[][] = [];
  const leave = pollTexts(
    async () => {
      server.asked++;
      if (server.failing) {
        throw new Error('silent');
      }
      return server.texts;
    },
    texts => heard.push(texts.map(({ text }) => text))
  );
  return { server, heard, leave };
}

describe('texts over the Jupyter server', () => {
  it('are asked for at most four times a second', async () => {
    const { server, heard } = open();
    for (let n = 0; n < 500; n++) {
      server.texts = [{ job: 1, text: `text ${n}` }];
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(server.asked).toBeLessThanOrEqual(41);
    expect(heard.length).toBeGreaterThan(30);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard[heard.length - 1]).toEqual(['text 499']);
  });

  it('are told once, and asked for less often while nothing is new', async () => {
    const { server, heard } = open();
    server.texts = [{ job: 1, text: 'a' }];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual([['a']]);
    expect(server.asked).toBeLessThan(64);
    server.texts = [];
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([['a'], []]);
  });

  it('are asked for no more once nobody follows, whatever comes late', async () => {
    const { server, heard, leave } = open();
    server.texts = [{ job: 1, text: 'late' }];
    leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([server.asked, heard]).toEqual([1, []]);
  });

  it('are asked for again after a failure, which changes nothing', async () => {
    const { server, heard } = open();
    server.texts = [{ job: 1, text: 'a' }];
    await vi.advanceTimersByTimeAsync(500);
    server.failing = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(heard).toEqual([['a']]);
    server.failing = false;
    server.texts = [{ job: 1, text: 'ab' }];
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([['a'], ['ab']]);
  });
});
