import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type {
  BenchStatus,
  DescriptionTest,
  DescriptionTestPlan,
  DescriptionTestRun,
  Entry,
  Job,
  PlannedTest
} from '../../contract/records';
import { ApiError, type TestApi } from '../api';
import { makeEntry } from '../spec_records';
import { TestPanel } from './test_panel';

afterEach(cleanup);

function planned(over: Partial<PlannedTest>): PlannedTest {
  return {
    kind: 'S1',
    judged: false,
    reason: '',
    calls: 0,
    most_calls: 0,
    known: 0,
    low_tokens: 0,
    high_tokens: 0,
    low: null,
    high: null,
    ceiling: null,
    seconds: 0,
    ...over
  };
}

const NO_JUDGE = 'no language model was named to judge it';
const LOCAL: PlannedTest[] = [
  planned({ kind: 'S1', judged: true, reason: NO_JUDGE }),
  planned({ kind: 'S2', judged: true, reason: NO_JUDGE }),
  planned({ kind: 'S3', judged: true, reason: NO_JUDGE }),
  planned({ kind: 'S4', seconds: 3 }),
  planned({ kind: 'S5', seconds: 7 })
];
const writing = { calls: 3, most_calls: 9, low_tokens: 900, high_tokens: 9000, low: 1, high: 4 };
const JUDGED: PlannedTest[] = [
  planned({
    kind: 'S1',
    judged: true,
    calls: 12,
    most_calls: 12,
    low_tokens: 5000,
    high_tokens: 14000,
    low: 2,
    high: 8
  }),
  planned({ kind: 'S4', ...writing }),
  planned({ kind: 'S5', ...writing })
];

function makePlan(over: Partial<DescriptionTestPlan> = {}): DescriptionTestPlan {
  return {
    entry_id: 1,
    description: makeEntry().description,
    seed: 0,
    judge: null,
    host: '',
    is_local: true,
    priced: true,
    warnings: [],
    tests: LOCAL,
    ...over
  };
}

function makeResult(kind: DescriptionTest['kind'], over: Partial<DescriptionTest> = {}) {
  return {
    kind,
    verdict: 'passes',
    reason: '',
    measure: 'relation score',
    score: 0.62,
    interval: null,
    controls: [],
    best_control: null,
    difference: null,
    difference_interval: null,
    n_rows: 24,
    n_invalid: 0,
    rows: [],
    numbers: {},
    pairs: null,
    provenance: { parameters: {}, seed: 0 },
    ...over
  } as unknown as DescriptionTest;
}

class FakeApi implements TestApi {
  job: Job | null = null;
  listeners = new Set<(status: BenchStatus) => void>();
  plans: number[] = [];
  asked: unknown[] = [];
  onJob: (job: Job) => void = () => undefined;
  signal?: AbortSignal;
  end: { resolve(run: DescriptionTestRun): void; reject(error: unknown): void } | null = null;
  constructor(readonly plan: DescriptionTestPlan | Error = makePlan()) {}
  async planTests(_id: number, seed: number) {
    this.plans.push(seed);
    if (this.plan instanceof Error) {
      throw this.plan;
    }
    return { ...this.plan, seed };
  }
  testDescription: TestApi['testDescription'] = (_entry, wish, onJob, options) => {
    this.asked.push({ ...wish });
    this.onJob = onJob;
    this.signal = options?.signal;
    return new Promise((resolve, reject) => {
      this.end = { resolve, reject };
      options?.signal?.addEventListener('abort', () =>
        reject(new DOMException('cancelled', 'AbortError'))
      );
    });
  };
  status() {
    return { job: this.job } as BenchStatus;
  }
  onStatus(listener: (status: BenchStatus) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function show(api: FakeApi, entry: Entry = makeEntry()) {
  const onEntry = vi.fn();
  const page = (shown: Entry) => <TestPanel entry={shown} api={api} onEntry={onEntry} />;
  const { rerender } = render(page(entry));
  return { onEntry, again: (shown: Entry) => rerender(page(shown)) };
}

async function open() {
  await act(async () => fireEvent.click(screen.getByText('Test this description')));
}

const box = (kind: string) =>
  screen.getByRole<HTMLInputElement>('checkbox', { name: new RegExp(kind) });
const runButton = () => screen.getByRole<HTMLButtonElement>('button', { name: /^Run \d/ });

describe('the choice of tests', () => {
  it('asks for no estimate before a person opens it', async () => {
    const api = new FakeApi();
    show(api);
    expect(screen.getByText(/Not tested yet/)).toBeTruthy();
    expect(api.plans).toEqual([]);
    await open();
    expect(api.plans).toEqual([0]);
  });

  it('without a judge takes what runs here, and says why the rest is not possible', async () => {
    const api = new FakeApi();
    show(api);
    await open();
    expect(box('S1').disabled).toBe(true);
    expect(box('S1').checked).toBe(false);
    expect(screen.getAllByText('Needs a language model as judge.')).toHaveLength(3);
    expect([box('S4').checked, box('S5').checked]).toEqual([true, true]);
    expect(screen.getByText(/nothing is sent/)).toBeTruthy();
    expect(screen.getByText('up to about 10 s on this machine')).toBeTruthy();
    fireEvent.click(box('S5'));
    fireEvent.click(runButton());
    expect(api.asked).toEqual([{ kinds: ['S4'], seed: 0, cap: null }]);
  });

  it('counts what S4 and S5 share once, and takes a cap', async () => {
    const api = new FakeApi(makePlan({ judge: 'm', host: 'h.example', tests: JUDGED }));
    show(api);
    await open();
    const whole = '15 to 21 questions, about 5,900 to 23,000 tokens, cost 3.00 to 12.0';
    expect(screen.getByText(whole)).toBeTruthy();
    const cap = screen.getByLabelText('Cost at most');
    fireEvent.change(cap, { target: { value: 'a lot' } });
    expect(runButton().disabled).toBe(true);
    fireEvent.change(cap, { target: { value: '0.5' } });
    fireEvent.click(runButton());
    expect(api.asked).toEqual([{ kinds: ['S1', 'S4', 'S5'], seed: 0, cap: 0.5 }]);
  });

  it('says what is not known of prices, and where the text goes', async () => {
    const tests = JUDGED.map(test => ({ ...test, low: null, high: null }));
    const plan = { judge: 'm', host: 'h.example', is_local: false, priced: false, tests };
    show(new FakeApi(makePlan(plan)));
    await open();
    expect(screen.getAllByText(/no prices are set/).length).toBeGreaterThan(1);
    expect(screen.queryByLabelText('Cost at most')).toBeNull();
    expect(document.body.textContent).toContain('are sent to h.example');
  });

  it('warns where the judge is the drafter', async () => {
    const warnings = ['Judge and drafter are the same model, m: it may agree with itself.'];
    show(new FakeApi(makePlan({ judge: 'm', tests: JUDGED, warnings })));
    await open();
    expect(screen.getByText(/same model/).closest('[data-kind="warning"]')).toBeTruthy();
  });

  it('is estimated anew for another seed, and runs nothing on an old estimate', async () => {
    const api = new FakeApi();
    show(api);
    await open();
    await act(async () =>
      fireEvent.change(screen.getByLabelText('Seed'), { target: { value: '7' } })
    );
    expect(api.plans).toEqual([0, 7]);
    fireEvent.click(runButton());
    expect(api.asked).toMatchObject([{ seed: 7 }]);
  });

  it('offers a retry where the estimate failed', async () => {
    const problem = { kind: 'input', message: 'Load that model.' } as ApiError['problem'];
    const api = new FakeApi(new ApiError(problem));
    show(api);
    await open();
    expect(screen.getByRole('alert').textContent).toContain('Load that model.');
    await act(async () => fireEvent.click(screen.getByText('Retry')));
    expect(api.plans).toHaveLength(2);
  });
});

describe('a run', () => {
  const job = (over: Partial<Job>): Job => ({
    id: 0,
    title: 'Testing the description of L5H3',
    state: 'running',
    step: 'answers of the language model',
    done: 3,
    total: 15,
    seconds: 2,
    seconds_left: 8,
    message: '',
    ...over
  });

  it('shows how far the answers are, then what the results are', async () => {
    const api = new FakeApi();
    const { onEntry } = show(api);
    await open();
    fireEvent.click(runButton());
    act(() => api.onJob(job({})));
    const bar = screen.getByRole<HTMLProgressElement>('progressbar');
    expect([bar.value, bar.max]).toEqual([3, 15]);
    expect(screen.getByText(/3 of 15, about 8 s left/)).toBeTruthy();
    const entry = makeEntry({
      tests: [
        { description: makeEntry().description, result: makeResult('S4') },
        { description: makeEntry().description, result: makeResult('S5', { verdict: 'fails' }) }
      ]
    });
    await act(async () =>
      api.end?.resolve({ entry, warnings: ['Too high, perhaps.'], cost: '0.1', batch_id: 3 })
    );
    expect(onEntry).toHaveBeenCalledWith(entry);
    expect(screen.getByRole('status').textContent).toBe(
      '2 tests made: S4 passes, S5 fails. Cost: 0.1.'
    );
    expect(screen.getByText('Too high, perhaps.')).toBeTruthy();
    expect(api.plans, 'what is known now costs nothing').toEqual([0, 0]);
  });

  it('takes a step of its own on this machine from the workbench', async () => {
    const api = new FakeApi();
    const entry = makeEntry();
    show(api, entry);
    await open();
    fireEvent.click(runButton());
    const title = `Testing the description of L${entry.head.layer}H${entry.head.index}`;
    act(() => {
      api.job = job({ title, step: 'S5 heads removed', done: 12, total: 60 });
      api.listeners.forEach(listener => listener(api.status()));
    });
    expect(screen.getByText(/S5 heads removed 12 of 60/)).toBeTruthy();
    act(() => {
      api.job = job({ title: 'Computing something else' });
      api.listeners.forEach(listener => listener(api.status()));
    });
    expect(screen.queryByText(/12 of 60/)).toBeNull();
  });

  it('ends when it is cancelled, and says that nothing was kept', async () => {
    const api = new FakeApi();
    const { onEntry } = show(api);
    await open();
    fireEvent.click(runButton());
    await act(async () => fireEvent.click(screen.getByText('Cancel')));
    expect(api.signal?.aborted).toBe(true);
    expect(screen.getByText(/cancelled; no result was kept/)).toBeTruthy();
    expect(onEntry).not.toHaveBeenCalled();
    expect(screen.queryByRole('progressbar')).toBeNull();
  });

  it('says why it stopped', async () => {
    const api = new FakeApi();
    show(api);
    await open();
    fireEvent.click(runButton());
    const problem = { kind: 'input', message: 'The cap is reached.' } as ApiError['problem'];
    await act(async () => api.end?.reject(new ApiError(problem)));
    expect(screen.getByRole('alert').textContent).toContain('The cap is reached.');
  });

  it('can be of one kind again', async () => {
    const api = new FakeApi();
    const description = makeEntry().description;
    const tests = (['S4', 'S5'] as const).map(kind => ({ description, result: makeResult(kind) }));
    show(api, makeEntry({ tests }));
    const item = screen.getAllByRole('listitem')[1];
    await act(async () => fireEvent.click(within(item).getByText('Test again')));
    expect([box('S4').checked, box('S5').checked]).toEqual([false, true]);
    fireEvent.click(runButton());
    expect(api.asked).toMatchObject([{ kinds: ['S5'] }]);
  });
});
