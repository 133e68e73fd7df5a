import { cleanup, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { DescriptionTest } from '../contract/records';
import { makeEntry } from './spec_records';
import { testsPart } from './tests_part';

afterEach(cleanup);

function makeTest(over: Partial<DescriptionTest> = {}): DescriptionTest {
  return {
    kind: 'S4',
    verdict: 'passes',
    reason: '',
    measure: 'relation score',
    score: 0.62,
    interval: { low: 0.5, high: 0.74 },
    controls: [
      {
        name: 'shuffled targets',
        score: 0.1,
        n_rows: 24,
        difference: 0.52,
        interval: { low: 0.4, high: 0.61 }
      }
    ],
    best_control: 'shuffled targets',
    difference: 0.52,
    difference_interval: { low: 0.4, high: 0.61 },
    n_rows: 24,
    n_invalid: 1,
    numbers: {},
    pairs: null,
    provenance: { parameters: { judge: 'a judge' }, seed: 3 },
    rows: [],
    ...over
  } as DescriptionTest;
}

function show(...tests: { result: DescriptionTest; description?: string }[]) {
  const entry = makeEntry({
    tests: tests.map(one => ({ description: makeEntry().description, ...one }))
  });
  const [part] = testsPart(entry);
  render(<>{part.body}</>);
  return screen.getAllByRole('listitem');
}

describe('tests of a description', () => {
  it('have no place before the first one', () => {
    expect(testsPart(makeEntry())).toEqual([]);
    expect(testsPart(null)).toEqual([]);
  });

  it('say score, interval, best control, difference, rows and invalid answers', () => {
    const [item] = show({ result: makeTest() });
    expect(item.textContent).toContain('S4 new pairs from the text');
    expect(item.textContent).toContain('passes');
    expect(item.textContent).toContain('0.620 [0.500, 0.740]');
    expect(item.textContent).toContain('best control shuffled targets 0.100');
    expect(item.textContent).toContain('difference +0.520 [0.400, 0.610]');
    expect(item.textContent).toContain('24 usable rows, 1 invalid answer; judge a judge; seed 3');
  });

  it('say why one was not testable, and leave numbers out that were not measured', () => {
    const [item] = show({
      result: makeTest({
        kind: 'S5',
        verdict: 'not testable',
        score: null,
        interval: null,
        reason: 'base accuracy 0.12 < 0.3'
      })
    });
    expect(item.textContent).toContain('base accuracy 0.12 < 0.3');
    expect(item.textContent).not.toContain('best control');
  });

  it('say when they were made on another text than the one in force', () => {
    const items = show(
      { result: makeTest() },
      { result: makeTest({ kind: 'S3' }), description: 'An older text.' }
    );
    expect(within(items[0]).queryByText(/Of an older text/)).toBeNull();
    expect(items[1].textContent).toContain('the one in force: “An older text.”');
  });

  it('draw hostile text as text', () => {
    const [item] = show({ result: makeTest({ reason: '<img src=x onerror=alert(1)>' }) });
    expect(item.querySelector('img')).toBeNull();
    expect(item.textContent).toContain('<img');
  });
});
