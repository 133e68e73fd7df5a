import { describe, expect, it } from 'vitest';
import { formatCount, formatNumber, formatRank, formatSeconds, formatSigned } from './numbers';

describe('numbers', () => {
  it.each([
    [0.41234, '0.412'],
    [0.5, '0.500'],
    [1, '1.00'],
    [12.345, '12.3'],
    [123.4, '123'],
    [999.4, '999'],
    [999.6, '1,000'],
    [5120, '5,120'],
    [-0.0012, '\u22120.00120'],
    [0.00012, '0.000120'],
    [0.0000123, '1.23e\u22125'],
    [2.5e9, '2.50e9'],
    [0, '0'],
    [-0, '0'],
    [NaN, '–'],
    [Infinity, '–'],
    [null, '–'],
    [undefined, '–']
  ])('%s is written %s', (value, text) => expect(formatNumber(value)).toBe(text));

  it('keeps three significant digits at every size', () => {
    for (let power = -4; power < 3; power++) {
      const text = formatNumber(1.2345 * 10 ** power);
      expect(text.replace('.', '').replace(/^0+/, '')).toBe('123');
    }
  });

  it('signs changes', () => {
    expect(formatSigned(0.2)).toBe('+0.200');
    expect(formatSigned(-0.2)).toBe('\u22120.200');
    expect(formatSigned(0)).toBe('0');
    expect(formatSigned(NaN)).toBe('–');
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
    [-5120, '\u22125,120']
  ])('counts %d as %s', (count, text) => expect(formatCount(count)).toBe(text));

  it('names ranks', () => {
    expect(formatRank(3, 5120)).toBe('rank 3 of 5,120');
    expect(formatRank(null, 60)).toBe('no rank');
  });

  it.each([
    [0.02, 'under 0.1 s'],
    [0.4, '0.4 s'],
    [4, '4 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [1740, '29 min'],
    [3599, '1 h'],
    [7500, '2 h 5 min'],
    [null, '–']
  ])('%s seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});
