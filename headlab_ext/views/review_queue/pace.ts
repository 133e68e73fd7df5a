// How fast decisions come, and how many of each there are.
import { DECISIONS } from '../../contract/records';
import type { Decision, Done } from './queue_records';

const ENOUGH = 3;

export interface Pace {
  perMinute: number;
  minutesLeft: number;
}

/** From the measured seconds, newest 20; null before three decisions. */
export function paceOf(seconds: readonly number[], left: number): Pace | null {
  const newest = seconds.slice(-20);
  const total = newest.reduce((sum, one) => sum + one, 0);
  if (newest.length < ENOUGH || total <= 0) {
    return null;
  }
  const perMinute = (60 * newest.length) / total;
  return { perMinute, minutesLeft: left / perMinute };
}

/** "1.6 a minute, about 29 min left" */
export function paceWords({ perMinute, minutesLeft }: Pace): string {
  const rate = perMinute >= 9.95 ? String(Math.round(perMinute)) : perMinute.toFixed(1);
  if (minutesLeft <= 0) {
    return `${rate} a minute`;
  }
  const left = minutesLeft < 1 ? 'less than a minute' : `about ${Math.round(minutesLeft)} min`;
  return `${rate} a minute, ${left} left`;
}

export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) {
    return null;
  }
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function countsOf(done: readonly Done[]): Record<Decision, number> {
  const counts = Object.fromEntries(DECISIONS.map(one => [one, 0])) as Record<Decision, number>;
  for (const { judgement } of done) {
    counts[judgement.decision]++;
  }
  return counts;
}
