import { describe, expect, it } from 'vitest';
import type { BatchPlan } from '../contract/records';
import { makeBatch, makePlan } from './batch_records';
import {
  countWords,
  endpointOf,
  endWords,
  exactMoney,
  formatMoney,
  lookOf,
  namedHeads,
  readCap,
  spentWords,
  startLabel,
  suggestedCap,
  whereWords
} from './batch_words';

describe('what a batch cost', () => {
  it('is what the endpoint counted', () => {
    expect(spentWords(makeBatch().batch)).toBe('0.0123 spent, cap 0.40');
  });

  it('is a limit with both numbers where nobody told what some calls cost', () => {
    const { batch } = makeBatch({ spent: 0.0456, uncounted: 0.0333, reserved: 0.002 });
    expect(spentWords(batch)).toBe(
      'at most 0.0456 (0.0123 counted) spent, 0.002 reserved, cap 0.40'
    );
  });
});

describe('money', () => {
  it.each([
    [0, '0'],
    [0.4, '0.40'],
    [0.0123456, '0.0123'],
    [0.999, '1.00'],
    [1234.5, '1,234.50'],
    [0.0000178, '0.0000178'],
    [0.00000000012, '0.00']
  ])('%d is written %s', (amount, text) => expect(formatMoney(amount)).toBe(text));

  it('keeps every digit of a cap, so that the button promises what holds', () => {
    expect([0.4, 0.125, 12, 0.000001].map(exactMoney)).toEqual([
      '0.40',
      '0.125',
      '12.00',
      '0.000001'
    ]);
  });

  it('suggests a cap that is never below the worst case, and at most a tenth above', () => {
    expect(suggestedCap(null)).toBeNull();
    expect(suggestedCap(0)).toBeNull();
    expect([0.3812, 0.4, 12.01, 0.000079388].map(suggestedCap)).toEqual([0.39, 0.4, 13, 0.00008]);
    for (let exponent = -8; exponent < 6; exponent++) {
      for (let step = 1; step < 100; step += 0.7) {
        const ceiling = step * 10 ** exponent;
        const cap = suggestedCap(ceiling)!;
        expect(cap).toBeGreaterThanOrEqual(ceiling * (1 - 1e-9));
        expect(cap).toBeLessThanOrEqual(ceiling * 1.1 + 1e-9);
      }
    }
  });

  it('reads a cap as people type it', () => {
    expect(['', ' 0.4 ', '0,5', '3', '.5', '2.'].map(readCap)).toEqual([null, 0.4, 0.5, 3, 0.5, 2]);
    for (const wrong of ['0', '-1', 'ten', '1e5', '1.2.3', '0x10', '1e-12', '99999999999']) {
      expect(readCap(wrong)).toBeNaN();
    }
  });
});

describe('the button', () => {
  const heads = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ layer: 0, index }));
  const label = (change: Partial<BatchPlan>, cap: number | null) =>
    startLabel(makePlan({ heads: heads(12), ...change }), cap);

  it('repeats the cap, or says that there is none or no price', () => {
    expect(label({}, 0.4)).toBe('Draft 12 heads, at most 0.40');
    expect(label({ heads: heads(1) }, 1)).toBe('Draft 1 head, at most 1.00');
    expect(label({}, null)).toBe('Draft 12 heads, without a cap');
    expect(label({ ceiling: null, low: null, high: null }, null)).toBe(
      'Draft 12 heads, cost unknown'
    );
    expect(label({ ceiling: 0 }, null)).toBe('Draft 12 heads, at no cost');
  });

  it('names where the evidence goes', () => {
    expect(
      ['localhost', '127.0.0.1', '::1', 'ollama.localhost'].map(h => whereWords(h, true))
    ).toEqual(Array(4).fill('on this machine'));
    expect(whereWords('10.0.0.3', true)).toBe('sent to 10.0.0.3, on a private network');
    expect(whereWords('api.openai.com', false)).toBe('sent to api.openai.com');
    expect(whereWords('127.0.0.1.example.org', false)).toBe('sent to 127.0.0.1.example.org');
  });

  it('names the first heads', () => {
    expect(namedHeads(heads(2))).toBe('L0H0, L0H1');
    expect(namedHeads(heads(14))).toMatch(/L0H11 and 2 more$/);
  });
});

describe('a batch in words', () => {
  it('counts what there is', () => {
    const { batch } = makeBatch({
      counts: { done: 9, failed: 1, waiting: 2, sent: 0, cancelled: 0 }
    });
    expect(countWords(batch)).toBe('9 done, 1 failed, 2 waiting');
    expect(countWords({ ...batch, counts: {} })).toBe('0 done');
  });

  it('says what was spent, or that nobody knows', () => {
    const { batch } = makeBatch({ spent: 0.0123, cap: 0.4, reserved: 0.01 });
    expect(spentWords(batch)).toBe('0.0123 spent, 0.01 reserved, cap 0.40');
    expect(spentWords({ ...batch, cap: null, reserved: 0 })).toBe('0.0123 spent, no cap');
    expect(spentWords({ ...batch, priced: false })).toMatch(/unknown/);
  });

  it('tells work here from work elsewhere and from none', () => {
    const counts = { waiting: 2, sent: 1 };
    expect(lookOf(makeBatch({ state: 'open', counts }, { running: true }))).toBe('running');
    expect(lookOf(makeBatch({ state: 'open', counts }))).toBe('elsewhere');
    expect(lookOf(makeBatch({ state: 'open', counts: { waiting: 3 } }))).toBe('idle');
    expect(lookOf(makeBatch({ state: 'paused' }, { running: true }))).toBe('paused');
    expect(lookOf(makeBatch({ state: 'finished', counts: { done: 3 } }))).toBe('finished');
    expect(lookOf(makeBatch({ state: 'finished', counts: { done: 3, failed: 1 } }))).toBe('failed');
  });

  it('reads an endpoint that may be anything', () => {
    const { batch } = makeBatch({ endpoint: { model: 'm', base_url: 'http://127.0.0.1:8000/v1' } });
    expect(endpointOf(batch)).toEqual({ model: 'm', host: '127.0.0.1' });
    expect(endpointOf({ ...batch, endpoint: { base_url: 'no url', model: 3 } })).toEqual({
      model: '–',
      host: '–'
    });
  });

  it('ends in a sentence that a notification can hold', () => {
    expect(endWords(makeBatch({ id: 3, state: 'finished', counts: { done: 11, failed: 1 } }))).toBe(
      'Batch 3 is finished: 11 drafts, 1 failed.'
    );
    const stopped = endWords(makeBatch({ state: 'stopped', reason: 'x'.repeat(500) }));
    expect(stopped).toHaveLength(140);
  });
});
