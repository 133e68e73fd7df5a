import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { random } from '../views/spec_random';
import { Exchange } from './exchange';
import { SpecKernel, type Fate, type Sent } from './spec_kernel';

const nothing = () => undefined;
const ARRIVES = [1];
const MINUTE = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A line that loses the messages with these places among those of one kind. */
function losing(kind: string, ...places: number[]): Fate {
  let count = 0;
  return message => {
    const place = kind in message ? ++count : 0;
    return places.includes(place) ? [] : ARRIVES;
  };
}

async function settled<T>(asked: Promise<T>, milliseconds = MINUTE): Promise<T> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  return Promise.race([asked, Promise.reject(new Error('still open'))]);
}

describe('a request', () => {
  it.each([
    ['request', [1]],
    ['request', [1, 2]],
    ['request', [1, 2, 3, 4, 5]],
    ['ack', [1]],
    ['ack', [1, 2, 3]],
    ['reply', [1]],
    ['reply', [1, 2]]
  ])('is done once and answered although %s %j is lost', async (kind, places) => {
    const kernel = new SpecKernel(losing(kind, ...places));
    const exchange = new Exchange(kernel.model(), nothing);
    const { result } = await settled(exchange.ask('edit', { text: 'mine' }));
    expect(result).toEqual({ text: 'mine' });
    expect([...kernel.started.values()]).toEqual([1]);
    expect(exchange.silent()).toBe(false);
  });

  it('is sent again after 1, 2, 4, 8 and 16 seconds, and not for ever', async () => {
    const at: number[] = [];
    const start = Date.now();
    const kernel = new SpecKernel(() => {
      at.push((Date.now() - start) / 1000);
      return [];
    });
    void new Exchange(kernel.model(), nothing).ask('edit', {});
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(at).toEqual([0, 1, 3, 7, 15, 31]);
  });

  it('that was sent in vain goes out again when the kernel reads others, or when told to', async () => {
    let lost = true;
    const kernel = new SpecKernel(message => (lost && message.request === 1 ? [] : ARRIVES));
    const exchange = new Exchange(kernel.model(), nothing);
    const asked = exchange.ask('edit', { n: 1 });
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(exchange.silent()).toBe(true);
    lost = false;
    void exchange.ask('edit', { n: 2 });
    expect((await settled(asked, 10)).result).toEqual({ n: 1 });
    expect(exchange.silent()).toBe(false);
    lost = true;
    const third = exchange.ask('edit', { n: 3 });
    kernel.tell({ page: 'another', ack: 1 });
    await vi.advanceTimersByTimeAsync(MINUTE);
    exchange.askAgain();
    expect((await settled(third, 10)).result).toEqual({ n: 3 });
  });

  it('with a long answer is no silence, and the kernel is asked less and less', async () => {
    const kernel = new SpecKernel(
      () => ARRIVES,
      () => 10 * MINUTE
    );
    const exchange = new Exchange(kernel.model(), nothing);
    const heard = vi.fn();
    exchange.onSilence(heard);
    const asked = exchange.ask('load', {});
    await vi.advanceTimersByTimeAsync(9 * MINUTE);
    expect(kernel.arrived.length).toBeLessThan(25);
    await settled(asked, 2 * MINUTE);
    expect(heard).not.toHaveBeenCalled();
    expect(kernel.arrived.at(-1)).toMatchObject({ got: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shows that a kernel died at work', async () => {
    let dead = false;
    const kernel = new SpecKernel(
      () => (dead ? [] : ARRIVES),
      () => MINUTE
    );
    const exchange = new Exchange(kernel.model(), nothing);
    void exchange.ask('load', {});
    await vi.advanceTimersByTimeAsync(100);
    dead = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(exchange.silent()).toBe(true);
  });

  it('that is given up before it was sent is nobody’s', async () => {
    const kernel = new SpecKernel(() => ARRIVES);
    const asked = new Exchange(kernel.model(), nothing).ask(
      'edit',
      {},
      { signal: AbortSignal.abort() }
    );
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(kernel.arrived).toEqual([]);
  });

  it('is not carried out once it is given up, although the word of that came first', async () => {
    const kernel = new SpecKernel(message => ('request' in message ? [500] : ARRIVES));
    const control = new AbortController();
    const asked = new Exchange(kernel.model(), nothing).ask('edit', {}, { signal: control.signal });
    control.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(kernel.started.size).toBe(0);
  });

  it('gives up the sending when the widget is gone', async () => {
    const kernel = new SpecKernel(() => []);
    const exchange = new Exchange(kernel.model(), nothing);
    void exchange.ask('edit', {});
    kernel.destroy();
    expect(exchange.silent()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    exchange.askAgain();
    expect(kernel.arrived).toEqual([]);
  });
});

/** Two windows on a line that loses a third, doubles a tenth, and lets messages overtake others. */
async function storm(seed: number) {
  const chance = random(seed);
  let calm = false;
  const fate: Fate = () => {
    const copies = calm || chance() > 0.4 ? (chance() < 0.15 ? 2 : 1) : 0;
    return Array.from({ length: copies }, () => (calm ? 1 : Math.floor(3000 * chance())));
  };
  const kernel = new SpecKernel(fate, () => (chance() < 0.5 ? 0 : 40_000 * chance()));
  const windows = [0, 1].map(() => new Exchange(kernel.model(), nothing));
  const outcomes: { wanted: Sent | object; given: unknown; dropped: boolean }[] = [];
  const ask = (side: number) => {
    const control = new AbortController();
    const wanted = { side, place: outcomes.length };
    const one = { wanted, given: undefined as unknown, dropped: false };
    outcomes.push(one);
    windows[side].ask('edit', wanted, { signal: control.signal }).then(
      ({ result }) => (one.given = result),
      (error: Error) => (one.given = error.name)
    );
    if (chance() < 0.25) {
      one.dropped = true;
      setTimeout(() => control.abort(), 8000 * chance());
    }
  };
  for (let count = 0; count < 24; count++) {
    ask(chance() < 0.5 ? 0 : 1);
    await vi.advanceTimersByTimeAsync(4000 * chance());
  }
  await vi.advanceTimersByTimeAsync(MINUTE);
  calm = true;
  [0, 1].forEach(ask); // the next click of a person
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  return { kernel, windows, outcomes };
}

describe('on a bad line', () => {
  for (let seed = 1; seed <= 40; seed++) {
    it(`each request is done once and has its own answer (seed ${seed})`, async () => {
      const { kernel, windows, outcomes } = await storm(seed);
      for (const { wanted, given, dropped } of outcomes) {
        expect(dropped && given === 'AbortError' ? wanted : given).toEqual(wanted);
      }
      expect(Math.max(...kernel.started.values())).toBe(1);
      expect(kernel.started.size).toBeGreaterThanOrEqual(
        outcomes.filter(one => !one.dropped).length
      );
      expect(windows.map(one => one.silent())).toEqual([false, false]);
      expect(vi.getTimerCount()).toBe(0);
    });
  }
});
