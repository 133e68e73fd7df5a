import { describe, expect, it } from 'vitest';
import { categoryPixels, colourAt, inkOn, luminance, pixels, stepOf, tableFor } from './colour';
import { histogram, quantile, rangeOf, ticks, type ColourRange } from './colour_range';

const LIGHT = { dark: false, contrast: false, name: '' };
const range = (low: number, high: number): ColourRange => ({
  low,
  high,
  clippedLow: false,
  clippedHigh: false
});
const viridis = tableFor('sequential', LIGHT);

describe('pixels', () => {
  it('gives each value the colour of its place in the range', () => {
    const rgba = pixels([0, 0.5, 1], viridis, range(0, 1));
    expect(Array.from(rgba.slice(0, 4))).toEqual([0x44, 0x01, 0x54, 255]);
    expect(Array.from(rgba.slice(4, 7))).toEqual(Array.from(colourAt(viridis, 128)));
    expect(Array.from(rgba.slice(8, 12))).toEqual([0xfd, 0xe7, 0x25, 255]);
  });

  it('clips beyond the range and leaves missing values transparent', () => {
    const rgba = pixels([-3, 9, NaN], viridis, range(0, 1));
    expect(Array.from(rgba.slice(0, 3))).toEqual([0x44, 0x01, 0x54]);
    expect(Array.from(rgba.slice(4, 7))).toEqual([0xfd, 0xe7, 0x25]);
    expect(Array.from(rgba.slice(8))).toEqual([0, 0, 0, 0]);
  });

  it('fades what the filter leaves out and nothing else', () => {
    const rgba = pixels([0.2, 0.2], viridis, range(0, 1), Uint8Array.from([1, 0]));
    expect(rgba[3]).toBe(255);
    expect(rgba[7]).toBeLessThan(80);
    expect(Array.from(rgba.slice(0, 3))).toEqual(Array.from(rgba.slice(4, 7)));
  });

  it('uses a fitting buffer again and clears what was in it', () => {
    const first = pixels([1, 1], viridis, range(0, 1));
    const again = pixels([NaN, 0], viridis, range(0, 1), null, first);
    expect(again).toBe(first);
    expect(Array.from(again.slice(0, 4))).toEqual([0, 0, 0, 0]);
    expect(pixels([1], viridis, range(0, 1), null, first)).not.toBe(first);
  });

  it('centres a diverging table on 0', () => {
    const table = tableFor('diverging', LIGHT);
    const [below, zero, above] = [-0.5, 0, 0.5].map(v => colourAt(table, stepOf(v, range(-1, 1))));
    expect(below[0]).toBeGreaterThan(below[2]);
    expect(above[2]).toBeGreaterThan(above[0]);
    expect(Math.max(...zero) - Math.min(...zero)).toBeLessThan(8);
  });

  it('paints categories, and leaves unknown ones out', () => {
    const rgba = categoryPixels([1, 7], [null, [1, 2, 3]]);
    expect(Array.from(rgba)).toEqual([1, 2, 3, 255, 0, 0, 0, 0]);
  });

  it('changes tables with contrast and, for diverging ones, with darkness', () => {
    const contrast = { ...LIGHT, contrast: true };
    const dark = { ...LIGHT, dark: true };
    expect(tableFor('sequential', contrast)).not.toBe(viridis);
    expect(tableFor('sequential', dark)).toBe(viridis);
    const middle = (theme: typeof LIGHT) => luminance(colourAt(tableFor('diverging', theme), 128));
    expect(middle(LIGHT)).toBeGreaterThan(0.8);
    expect(middle(dark)).toBeLessThan(0.03);
    expect(middle({ ...dark, contrast: true })).toBeLessThan(0.03);
  });

  it('writes on colours in the ink with more contrast', () => {
    expect(inkOn([255, 255, 0])).toBe('#000');
    expect(inkOn([0, 0, 120])).toBe('#fff');
  });
});

const sequential = { scale: 'sequential', unit: 'nats' } as const;
const shares = { scale: 'sequential', unit: 'share of pairs' } as const;
const diverging = { scale: 'diverging', unit: 'nats' } as const;
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('the range', () => {
  it('starts at 0 and ends at the highest value over few heads', () => {
    expect(rangeOf([0.1, 0.2, 0.9], shares)).toEqual(range(0, 0.9));
  });

  it('is symmetric for diverging measures', () => {
    expect(rangeOf([-0.2, 0.1, 0.5], diverging)).toEqual(range(-0.5, 0.5));
    expect(rangeOf([-0.7, 0.1], diverging)).toEqual(range(-0.7, 0.7));
  });

  it('goes to the percentiles over many heads and says what it clips', () => {
    const found = rangeOf([...upTo(999), 1e6], sequential);
    expect(found.high).toBeLessThan(1000);
    expect(found.clippedHigh).toBe(true);
    expect(found.clippedLow).toBe(false);
    expect(rangeOf([...new Array(999).fill(0.01), 1], shares)).toEqual(range(0, 1));
  });

  it('holds the control', () => {
    expect(rangeOf([0.01, 0.02], shares, 0.12).high).toBe(0.12);
  });

  it('is never empty', () => {
    for (const values of [[], [0, 0], new Array(500).fill(0), [-1, -1]]) {
      for (const measure of [sequential, shares, diverging]) {
        const { low, high } = rangeOf(values, measure);
        expect(high).toBeGreaterThan(low);
      }
    }
    expect(rangeOf([...new Array(998).fill(0), 5, 6], sequential).high).toBe(6);
  });

  it('finds quantiles between values', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([3], 0.99)).toBe(3);
  });

  it('has round ticks', () => {
    expect(ticks(0, 1, 4).map(t => +t.toFixed(9))).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-0.46, 0.46, 4).map(t => +t.toFixed(9))).toEqual([-0.4, -0.2, 0, 0.2, 0.4]);
    for (const [low, high] of [
      [0, 0.0176],
      [0, 730],
      [-3e-6, 3e-6]
    ]) {
      const found = ticks(low, high, 4);
      expect(found.length).toBeGreaterThanOrEqual(3);
      expect(found.length).toBeLessThanOrEqual(8);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(low - 1e-12);
      expect(Math.max(...found)).toBeLessThanOrEqual(high + 1e-12);
    }
  });

  it('counts every value in its histogram', () => {
    const bins = histogram([-5, 0, 0.5, 1, 7], range(0, 1), 2);
    expect(bins).toEqual([2, 3]);
  });
});
