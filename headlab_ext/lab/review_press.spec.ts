import { beforeEach, describe, expect, it } from 'vitest';
import { KeyPress } from './review_press';

let clock = 0;
let press: KeyPress;

beforeEach(() => {
  clock = 0;
  press = new KeyPress(() => clock);
});

const down = (repeat = false) => press.handleEvent(new KeyboardEvent('keydown', { repeat }));

describe('KeyPress', () => {
  it('lets a key that is held for three seconds decide once', () => {
    down();
    const taken = [press.take()];
    for (; clock < 3000; clock += 33) {
      down(true);
      taken.push(press.take());
    }
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(taken[0]).toBe(true);
  });

  it('lets one of the commands that come after the key is up go ahead', () => {
    down();
    down(true);
    down(true);
    clock += 20;
    expect([press.take(), press.take(), press.take()]).toEqual([true, false, false]);
  });

  it('counts the next press anew, and a click', () => {
    down();
    press.take();
    down();
    expect(press.take()).toBe(true);
    press.handleEvent(new Event('pointerdown'));
    expect(press.take()).toBe(true);
    expect(press.take()).toBe(false);
  });

  it('does not stand in the way of a command that no key has started', () => {
    expect([press.take(), press.take()]).toEqual([true, true]);
  });
});
