import { beforeEach, describe, expect, it } from 'vitest';
import { KeyPress } from './review_press';

let press: KeyPress;

beforeEach(() => {
  press = new KeyPress();
});

const down = (code: string, repeat = false) =>
  press.handleEvent(new KeyboardEvent('keydown', { code, repeat }));

describe('KeyPress', () => {
  it('lets a key that is held for three seconds decide once', () => {
    down('KeyA');
    const taken = [press.take()];
    for (let count = 0; count < 90; count++) {
      down('KeyA', true);
      taken.push(press.take());
    }
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(taken[0]).toBe(true);
  });

  it('lets one of the commands that come after the key is up go ahead', () => {
    down('KeyA');
    down('KeyA', true);
    down('KeyA', true);
    expect([press.take(), press.take(), press.take()]).toEqual([true, false, false]);
  });

  it('loses no press of two keys whose commands come late', () => {
    down('KeyA');
    down('KeyZ');
    expect([press.take(), press.take(), press.take()]).toEqual([true, true, false]);
  });

  it('counts the next press of a key anew', () => {
    down('KeyA');
    press.take();
    down('KeyA');
    expect(press.take()).toBe(true);
  });

  it('gives a held key nothing of what was pressed for something else before', () => {
    for (const code of ['KeyA', 'KeyB', 'Tab', 'KeyA']) {
      down(code);
    }
    const taken = [press.take()];
    for (let count = 0; count < 9; count++) {
      down('KeyA', true);
      taken.push(press.take());
    }
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});
