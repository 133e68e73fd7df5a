import type { DescriptionTestPlan, PlannedTest } from '../../contract/records';
import { formatCount, formatNumber, formatSeconds } from '../numbers';
import type { TestKind } from './test_words';

export interface TestCosts {
  calls: number;
  mostCalls: number;
  known: number;
  lowTokens: number;
  highTokens: number;
  /** In the currency of the prices; null where those are not known. */
  low: number | null;
  high: number | null;
  ceiling: number | null;
  seconds: number;
}

/** The costs of several tests together. S4 and S5 ask for the same pairs: they count once. */
export function costsOf(plan: DescriptionTestPlan, kinds: ReadonlySet<TestKind>): TestCosts {
  const chosen = plan.tests.filter(test => kinds.has(test.kind));
  const asking = chosen.filter(test => !(test.kind === 'S5' && kinds.has('S4')));
  const sum = (read: (test: PlannedTest) => number) =>
    asking.reduce((total, test) => total + read(test), 0);
  const money = (read: (test: PlannedTest) => number | null) =>
    asking.some(test => read(test) === null) ? null : sum(test => read(test) ?? 0);
  return {
    calls: sum(test => test.calls),
    mostCalls: sum(test => test.most_calls),
    known: sum(test => test.known),
    lowTokens: sum(test => test.low_tokens),
    highTokens: sum(test => test.high_tokens),
    low: money(test => test.low),
    high: money(test => test.high),
    ceiling: money(test => test.ceiling),
    seconds: chosen.reduce((total, test) => total + test.seconds, 0)
  };
}

/** What is sent: "12 to 18 questions, 5,200 to 14,000 tokens, cost 0.00400 to 0.0200". */
export function askingText(costs: TestCosts): string {
  if (costs.calls === 0) {
    return costs.known > 0 ? 'every answer is known: it costs nothing' : 'nothing is sent';
  }
  const calls = range(formatCount(costs.calls), formatCount(costs.mostCalls));
  const tokens = range(formatCount(costs.lowTokens), formatCount(costs.highTokens));
  const cost =
    costs.low === null || costs.high === null
      ? 'cost unknown, for no prices are set'
      : `cost ${range(formatNumber(costs.low), formatNumber(costs.high))}`;
  return `${calls} question${calls === '1' ? '' : 's'}, about ${tokens} tokens, ${cost}`;
}

/** What this machine does: "up to 5 s on this machine"; nothing for next to nothing. */
export function machineText(seconds: number): string {
  return seconds < 0.5 ? '' : `up to about ${formatSeconds(seconds)} on this machine`;
}

function range(low: string, high: string): string {
  return low === high ? low : `${low} to ${high}`;
}
