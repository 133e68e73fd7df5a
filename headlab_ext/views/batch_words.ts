// Batches of drafts in words: what they cost, where the evidence goes, how they stand.
import type { BatchPlan, BatchView, DraftBatch, Head } from '../contract/records';
import { headName } from './heads';
import { formatCount, MISSING } from './numbers';

const NAMED = 12;

/** `0.40`, `1,234.50`, `0.0123`, `0.000018`: money to three digits, in whatever currency. */
export function formatMoney(amount: number): string {
  if (amount >= 0.995) {
    const [whole, cents] = amount.toFixed(2).split('.');
    return `${formatCount(Number(whole))}.${cents}`;
  }
  if (amount <= 0) {
    return '0';
  }
  const digits = 2 - Math.floor(Math.log10(amount));
  return padded(amount.toFixed(Math.min(9, digits)));
}

/** An amount that somebody chose, with all of its digits. */
export function exactMoney(amount: number): string {
  return padded(amount.toFixed(9));
}

/** A cap to begin with: what the batch can cost at most, rounded up to two digits. */
export function suggestedCap(ceiling: number | null): number | null {
  if (ceiling === null || ceiling <= 0) {
    return null;
  }
  const unit = 10 ** (Math.floor(Math.log10(ceiling)) - 1);
  const rounded = Number((Math.ceil(ceiling / unit - 1e-9) * unit).toPrecision(2));
  return Math.max(rounded, 1e-9);
}

/** A cap as it is typed: null for an empty field, NaN for what is no amount. */
export function readCap(text: string): number | null {
  const typed = text.trim().replace(',', '.');
  if (typed === '') {
    return null;
  }
  const amount = Number(typed);
  return /^\d*\.?\d+$|^\d+\.$/.test(typed) && amount >= 1e-9 && amount <= 1e9 ? amount : NaN;
}

/** "Draft 12 heads, at most 0.40": what the button does, and what it may cost. */
export function startLabel(plan: BatchPlan, cap: number | null): string {
  return `Draft ${countHeads(plan.heads.length)}, ${limitWords(plan.ceiling, cap)}`;
}

function limitWords(ceiling: number | null, cap: number | null): string {
  if (ceiling === null) {
    return 'cost unknown';
  }
  if (ceiling === 0) {
    return 'at no cost';
  }
  return cap === null ? 'without a cap' : `at most ${exactMoney(cap)}`;
}

/** The same for a batch that goes on; the cap is that of the whole batch. */
export function goOnLabel(what: string, batch: DraftBatch, cap: number | null): string {
  if (!batch.priced) {
    return `${what}, cost unknown`;
  }
  return cap === null
    ? `${what}, without a cap`
    : `${what}, at most ${exactMoney(cap)} for the whole batch`;
}

export function countHeads(count: number): string {
  return count === 1 ? '1 head' : `${formatCount(count)} heads`;
}

/** The first heads by name, and how many more there are. */
export function namedHeads(heads: readonly Head[]): string {
  const named = heads.slice(0, NAMED).map(headName).join(', ');
  const more = heads.length - NAMED;
  return more > 0 ? `${named} and ${formatCount(more)} more` : named;
}

/** Where evidence is sent, by the endpoint's host. */
export function whereWords(host: string, isLocal: boolean): string {
  if (isThisMachine(host)) {
    return 'on this machine';
  }
  return isLocal ? `sent to ${host}, on a private network` : `sent to ${host}`;
}

function isThisMachine(host: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** Model and host of a batch's endpoint, as far as it says. */
export function endpointOf(batch: DraftBatch): { model: string; host: string } {
  const { model, base_url } = batch.endpoint;
  const url = typeof base_url === 'string' && URL.canParse(base_url) ? new URL(base_url) : null;
  return { model: typeof model === 'string' ? model : MISSING, host: url?.hostname ?? MISSING };
}

export function totalJobs(batch: DraftBatch): number {
  return Object.values(batch.counts).reduce((sum, count) => sum + count, 0);
}

export function unfinishedJobs(batch: DraftBatch): number {
  return (batch.counts.waiting ?? 0) + (batch.counts.sent ?? 0);
}

/** What cancelling a batch means for those that are left of it. */
export function cancelWords(left: number): string {
  return (
    `${countHeads(left)} that ${left === 1 ? 'waits' : 'wait'} or ${left === 1 ? 'is' : 'are'} ` +
    'under way will not be drafted; drafts that are done stay. A cancelled batch cannot go on.'
  );
}

/** "9 done, 1 failed, 2 waiting" */
export function countWords(batch: DraftBatch): string {
  const { done = 0, failed = 0, waiting = 0, sent = 0, cancelled = 0 } = batch.counts;
  const parts: [number, string][] = [
    [done, 'done'],
    [failed, 'failed'],
    [sent, 'sent'],
    [waiting, 'waiting'],
    [cancelled, 'cancelled']
  ];
  return parts
    .filter(([count, word]) => count > 0 || word === 'done')
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(', ');
}

/** "0.0123 of 0.40", or why there is no sum. */
export function spentWords(batch: DraftBatch): string {
  if (!batch.priced) {
    return 'cost unknown, for no prices are set';
  }
  const cap = batch.cap === null ? 'no cap' : `cap ${exactMoney(batch.cap)}`;
  const reserved = batch.reserved > 0 ? `, ${formatMoney(batch.reserved)} reserved` : '';
  return `${amountSpent(batch)} spent${reserved}, ${cap}`;
}

/** "0.0123", or "at most 0.0456 (0.0123 counted)" where nobody told what some calls cost. */
export function amountSpent({ spent, uncounted }: Pick<DraftBatch, 'spent' | 'uncounted'>): string {
  if (uncounted <= 0) {
    return formatMoney(spent);
  }
  const counted = Math.max(0, spent - uncounted);
  return `at most ${formatMoney(spent)} (${formatMoney(counted)} counted)`;
}

export type BatchLook =
  'running' | 'elsewhere' | 'idle' | 'paused' | 'stopped' | 'cancelled' | 'finished' | 'failed';

/** How a batch stands, with who works on it. */
export function lookOf({ batch, running }: BatchView): BatchLook {
  if (batch.state === 'finished') {
    return (batch.counts.failed ?? 0) > 0 ? 'failed' : 'finished';
  }
  if (batch.state !== 'open') {
    return batch.state;
  }
  return running ? 'running' : (batch.counts.sent ?? 0) > 0 ? 'elsewhere' : 'idle';
}

export const BATCH_WORDS: Record<BatchLook, string> = {
  running: 'running',
  elsewhere: 'not running here',
  idle: 'not running',
  paused: 'paused',
  stopped: 'stopped',
  cancelled: 'cancelled',
  finished: 'finished',
  failed: 'finished, with failures'
};

/** One sentence at most for a notification, which holds 140 characters. */
export function endWords({ batch }: BatchView): string {
  const { done = 0, failed = 0 } = batch.counts;
  const drafts = done === 1 ? '1 draft' : `${formatCount(done)} drafts`;
  if (batch.state === 'stopped') {
    return shortened(`Batch ${batch.id} stopped after ${drafts}. ${batch.reason}`);
  }
  return `Batch ${batch.id} is finished: ${drafts}${failed ? `, ${formatCount(failed)} failed` : ''}.`;
}

function shortened(text: string): string {
  return text.length <= 140 ? text : `${text.slice(0, 139)}…`;
}

/** At least two digits after the point, and no zeros behind them. */
function padded(digits: string): string {
  const [whole, rest = ''] = digits.split('.');
  return `${whole}.${rest.replace(/0+$/, '').padEnd(2, '0')}`;
}
