import { describe, expect, it } from 'vitest';
import { medianOf, paceOf, paceWords } from './pace';

describe('pace', () => {
  it('needs three measured decisions', () => {
    expect(paceOf([30, 30], 4)).toBeNull();
    expect(paceOf([0, 0, 0], 4)).toBeNull();
  });

  it('counts decisions in measured time', () => {
    expect(paceOf([30, 30, 60], 9)).toEqual({ perMinute: 1.5, minutesLeft: 6 });
  });

  it('looks at the newest twenty', () => {
    const seconds = [...Array(50).fill(600), ...Array(20).fill(6)];
    expect(paceOf(seconds, 0)?.perMinute).toBe(10);
  });

  it('says it in words', () => {
    expect(paceWords({ perMinute: 1.6, minutesLeft: 28.75 })).toBe(
      '1.6 a minute, about 29 min left'
    );
    expect(paceWords({ perMinute: 12, minutesLeft: 0.3 })).toBe(
      '12 a minute, less than a minute left'
    );
    expect(paceWords({ perMinute: 2, minutesLeft: 0 })).toBe('2.0 a minute');
  });

  it('takes the middle', () => {
    expect(medianOf([])).toBeNull();
    expect(medianOf([5, 1, 3])).toBe(3);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
  });
});
