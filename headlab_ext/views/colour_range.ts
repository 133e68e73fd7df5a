// The part of the number line that a colour scale covers.
import type { Measure } from '../contract/records';

export interface ColourRange {
  low: number;
  high: number;
  /** Values beyond the ends are drawn in the end's colour, and the legend says so. */
  clippedLow: boolean;
  clippedHigh: boolean;
}

/** Below this many values an outlier is a finding, not noise: nothing is clipped. */
const ENOUGH_TO_CLIP = 200;
const TAIL = 0.01;

/**
 * Sequential: from 0 (or the lowest value, if there are negative ones) to the highest; diverging:
 * symmetric about 0. Over many heads the ends are the 1st and 99th percentile, except for shares,
 * which are bounded. A control is always inside.
 */
export function rangeOf(
  sorted: ArrayLike<number>,
  measure: Pick<Measure, 'scale' | 'unit'>,
  control: number | null = null
): ColourRange {
  const n = sorted.length;
  if (n === 0) {
    return whole(measure.scale === 'diverging' ? -1 : 0, 1);
  }
  const robust = n >= ENOUGH_TO_CLIP && !/\bshare\b/.test(measure.unit);
  const [min, max] = [sorted[0], sorted[n - 1]];
  const low = robust ? quantile(sorted, TAIL) : min;
  const high = robust ? quantile(sorted, 1 - TAIL) : max;
  if (measure.scale === 'diverging') {
    const reach = Math.max(Math.abs(low), Math.abs(high)) || Math.max(-min, max) || 1;
    return clipped(-reach, reach, min, max);
  }
  const start = min >= 0 ? 0 : low;
  const top = Math.max(high > start ? high : max, control ?? start);
  const end = top > start ? top : start + 1;
  return clipped(start, end, min, max);
}

/** The `q` quantile of ascending values, interpolated. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** Round numbers inside the range, about `count` of them: steps of 1, 2 or 5 times a power of 10. */
export function ticks(low: number, high: number, count = 5): number[] {
  if (!(high > low)) {
    return [low];
  }
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= rough * 0.75) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** How many of the ascending values fall into each of `count` equal bins; the outer bins take the rest. */
export function histogram(sorted: ArrayLike<number>, range: ColourRange, count = 40): number[] {
  const bins = new Array<number>(count).fill(0);
  for (let i = 0; i < sorted.length; i++) {
    const share = (sorted[i] - range.low) / (range.high - range.low);
    bins[Math.min(count - 1, Math.max(0, Math.floor(share * count)))] += 1;
  }
  return bins;
}

function whole(low: number, high: number): ColourRange {
  return { low, high, clippedLow: false, clippedHigh: false };
}

function clipped(low: number, high: number, min: number, max: number): ColourRange {
  return { low, high, clippedLow: min < low, clippedHigh: max > high };
}
