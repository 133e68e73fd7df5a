import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BatchPlan, BatchView, BatchWish, DraftJob } from '../contract/records';
import type { BatchPlanner } from './batch_api';
import { LiveBatches } from './batch_live';
import { makeBatch, makeJob, makePlan } from './batch_records';
import { BatchesView } from './batches_view';
import { makeDraft } from './spec_records';

const opened: LiveBatches[] = [];
afterEach(() => {
  opened.splice(0).forEach(live => live.dispose());
  cleanup();
});

interface World {
  views?: BatchView[];
  jobs?: DraftJob[];
  plan?: Partial<BatchPlan>;
  entryIds?: number[];
}

function open({ views = [], jobs = [], plan = {}, entryIds = [] }: World = {}) {
  const turns: string[] = [];
  const wishes: BatchWish[] = [];
  const started: [BatchWish, number | null][] = [];
  const live = new LiveBatches({
    batches: async () => views,
    batchJobs: async () => jobs,
    followBatch: () => () => undefined,
    turnBatch: async (id, turn, change) => {
      turns.push(`${turn} ${id} ${change?.cap ?? 'same cap'}`);
      return views[0];
    }
  });
  opened.push(live);
  const planner: BatchPlanner<BatchWish> = {
    plan: async wish => {
      wishes.push(wish);
      return makePlan(plan);
    },
    start: async (wish, cap) => {
      started.push([wish, cap]);
      views.unshift(makeBatch({ id: 9 }, { running: true }));
      return views[0];
    }
  };
  const [onStarted, onWentOn, onOpen, onForgetEntries] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  const { container } = render(
    <BatchesView
      live={live}
      planner={planner}
      entryIds={entryIds}
      onForgetEntries={onForgetEntries}
      overview={null}
      facets={null}
      onMoreFilters={() => undefined}
      ranking={{ measures: null, problem: null }}
      onRankingWanted={() => undefined}
      onRankingRetry={() => undefined}
      onStarted={onStarted}
      onWentOn={onWentOn}
      onOpen={onOpen}
    />
  );
  live.setVisible(true);
  return { live, turns, wishes, started, onStarted, onWentOn, onOpen, onForgetEntries, container };
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
const click = (name: string | RegExp) => fireEvent.click(button(name));

async function choose(number: number) {
  fireEvent.click(await screen.findByRole('button', { name: new RegExp(`Batch ${number}`) }));
  return screen.findByRole('article', { name: `Batch ${number}` });
}

describe('a new batch', () => {
  it('is planned on demand, and one button that repeats the cap starts it', async () => {
    const { wishes, started, onStarted } = open();
    expect(screen.queryByRole('region', { name: 'Plan' })).toBeNull();
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'capital' } });
    click('Plan');
    const plan = await screen.findByRole('region', { name: 'Plan' });
    expect(wishes[0]).toMatchObject({
      text: 'capital',
      undescribed: true,
      entry_ids: [],
      cap: null
    });
    expect(plan.textContent).toContain('12,000 to 35,000');
    expect(plan.textContent).toContain('0.012 to 0.0345');
    expect(plan.textContent).toContain('at worst 0.381');
    expect(plan.textContent).toContain('on this machine');
    const cap = within(plan).getByLabelText('Cap');
    fireEvent.change(cap, { target: { value: '0.125' } });
    click('Draft 2 heads, at most 0.125');
    await waitFor(() => expect(started).toHaveLength(1));
    expect(started[0]).toEqual([wishes[0], 0.125]);
    expect(onStarted).toHaveBeenCalledTimes(1);
    expect(await screen.findByRole('article', { name: 'Batch 9' })).toBeTruthy();
  });

  it('does not start with a cap that is no amount', async () => {
    open();
    click('Plan');
    const cap = await screen.findByLabelText('Cap');
    fireEvent.change(cap, { target: { value: 'ten' } });
    expect(button(/^Draft 2 heads/).disabled).toBe(true);
    expect(screen.getByText(/Give an amount above 0/)).toBeTruthy();
    fireEvent.change(cap, { target: { value: '' } });
    expect(button('Draft 2 heads, without a cap').disabled).toBe(false);
    fireEvent.change(cap, { target: { value: '0.001' } });
    expect(screen.getByText(/will stop before all heads/)).toBeTruthy();
  });

  it('says that the cost is unknown where there are no prices, and why there is no cap', async () => {
    open({
      plan: { low: null, high: null, ceiling: null, host: 'api.openai.com', is_local: false }
    });
    click('Plan');
    expect(await screen.findByText('the cost is unknown, for no prices are set')).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('Cap').disabled).toBe(true);
    expect(screen.getByText(/A cap needs prices/)).toBeTruthy();
    expect(screen.getByText('sent to api.openai.com')).toBeTruthy();
    expect(button('Draft 2 heads, cost unknown').disabled).toBe(false);
  });

  it('says what is left out and why, and what speaks against it', async () => {
    open({
      plan: {
        heads: [],
        left_out: { 'without evidence in the catalogue': 3, 'drafted or decided on already': 1200 },
        problem: 'No head is left to draft of those chosen.',
        host: ''
      }
    });
    click('Plan');
    const plan = await screen.findByRole('region', { name: 'Plan' });
    expect(plan.textContent).toContain('3 without evidence in the catalogue');
    expect(plan.textContent).toContain('1,200 drafted or decided on already');
    expect(within(plan).getByRole('alert').textContent).toContain('No head is left');
    expect(screen.queryByRole('button', { name: /^Draft/ })).toBeNull();
  });

  it('forgets a plan that is of other choices', async () => {
    const { wishes } = open();
    click('Plan');
    await screen.findByRole('region', { name: 'Plan' });
    fireEvent.click(screen.getByLabelText('Only heads without a description'));
    expect(screen.queryByRole('region', { name: 'Plan' })).toBeNull();
    click('Plan');
    await screen.findByRole('region', { name: 'Plan' });
    expect(wishes[1].undescribed).toBe(false);
  });

  it('takes the entries that were chosen elsewhere, described or not', async () => {
    const { wishes, onForgetEntries } = open({ entryIds: [4, 7] });
    expect(screen.getByText(/The 2 entries that you chose/)).toBeTruthy();
    click('Plan');
    await screen.findByRole('region', { name: 'Plan' });
    expect(wishes[0]).toMatchObject({ entry_ids: [4, 7], undescribed: false });
    click('Choose by filters');
    expect(onForgetEntries).toHaveBeenCalledTimes(1);
  });
});

const jobs = [
  makeJob({ id: 1, state: 'done', attempts: 1, spent: 0.001, draft: makeDraft() }),
  makeJob({ id: 2, head: { layer: 0, index: 2 }, state: 'done', reused: true, draft: makeDraft() }),
  makeJob({
    id: 3,
    head: { layer: 0, index: 3 },
    state: 'failed',
    failure: 'connection',
    attempts: 2,
    message: '<img src=x onerror=alert(1)> the body was cut'
  }),
  makeJob({ id: 4, head: { layer: 0, index: 4 }, state: 'sent' }),
  makeJob({ id: 5, head: { layer: 0, index: 5 } })
];
const counts = { done: 2, failed: 1, sent: 1, waiting: 1, cancelled: 0 };

describe('a batch', () => {
  it('has a row for each head: text, reason in words, known, waiting', async () => {
    const { onOpen } = open({ views: [makeBatch({ counts }, { running: true })], jobs });
    const batch = await choose(1);
    const rows = await within(batch).findAllByRole('row');
    const texts = rows.slice(1).map(row => row.textContent ?? '');
    expect(texts[0]).toMatch(/L0H1.*done.*Maps countries to capitals/);
    expect(texts[1]).toMatch(/known before/);
    expect(texts[2]).toMatch(/failed2 attemptsThe endpoint could not be reached: <img src=x/);
    expect(texts[3]).toMatch(/sent/);
    expect(texts[4]).toMatch(/waiting/);
    expect(batch.querySelector('img')).toBeNull();
    fireEvent.click(within(batch).getByRole('button', { name: 'L0H3' }));
    expect(onOpen.mock.calls[0][1]).toEqual({ layer: 0, index: 3 });
    click('Failed 1');
    expect(within(batch).getAllByRole('row')).toHaveLength(2);
  });

  it('pauses while it runs, and goes on with the cap on its button', async () => {
    const running = open({ views: [makeBatch({ counts }, { running: true })], jobs });
    await choose(1);
    click('Pause');
    await waitFor(() => expect(running.turns).toEqual(['pause 1 same cap']));
    expect(screen.queryByRole('button', { name: /Retry/ })).toBeNull();
    cleanup();

    const paused = open({ views: [makeBatch({ state: 'paused', counts })], jobs });
    await choose(1);
    click('Resume, at most 0.40 for the whole batch');
    await waitFor(() => expect(paused.turns).toEqual(['resume 1 same cap']));
    await waitFor(() => expect(paused.onWentOn).toHaveBeenCalledTimes(1));
  });

  it('sends failures again under another cap, and nothing below what is spent', async () => {
    const { turns } = open({
      views: [makeBatch({ state: 'finished', spent: 0.39, counts: { done: 4, failed: 1 } })],
      jobs
    });
    await choose(1);
    const cap = screen.getByLabelText('Cap');
    fireEvent.change(cap, { target: { value: '0.3' } });
    expect(screen.getByText(/nothing more would be sent/)).toBeTruthy();
    fireEvent.change(cap, { target: { value: '1' } });
    click('Retry 1 failed, at most 1.00 for the whole batch');
    await waitFor(() => expect(turns).toEqual(['retry 1 1']));
  });

  it('is cancelled only after a second look', async () => {
    const { turns } = open({ views: [makeBatch({ counts }, { running: true })], jobs });
    await choose(1);
    click('Cancel batch');
    expect(turns).toEqual([]);
    expect(document.activeElement).toBe(button('Keep it'));
    click('Keep it');
    click('Cancel batch');
    click('Cancel 2 heads');
    expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Batch 1' }));
    await waitFor(() => expect(turns).toEqual(['cancel 1 same cap']));
  });

  it('says why it does not go on', async () => {
    open({
      views: [
        makeBatch({ id: 4, state: 'stopped', reason: 'The cap is reached.' }),
        makeBatch({ id: 3, state: 'open', counts: { waiting: 2 } }),
        makeBatch({ id: 2, state: 'open', counts: { waiting: 2, sent: 1 } }),
        makeBatch(
          { id: 1, state: 'cancelled', counts: { done: 1, cancelled: 3 } },
          { problem: 'The disk is full.' }
        )
      ]
    });
    expect((await choose(4)).textContent).toContain('The cap is reached.');
    expect((await choose(3)).textContent).toContain('Nobody works on this batch');
    expect((await choose(2)).textContent).toContain('Another process has calls under way');
    const cancelled = await choose(1);
    expect(cancelled.textContent).toContain('The disk is full.');
    const bar = within(cancelled).getByRole('progressbar');
    expect(bar.getAttribute('aria-valuetext')).toBe('1 done, 3 cancelled');
    expect(Array.from(bar.children, part => (part as HTMLElement).style.flexGrow)).toEqual([
      '1',
      '3'
    ]);
    expect(screen.queryByRole('button', { name: /Resume|Pause|Cancel/ })).toBeNull();
  });

  it('says that a batch is not in this catalogue', async () => {
    const { live } = open({ views: [] });
    live.choose(7);
    expect(await screen.findByText(/no batch 7/)).toBeTruthy();
  });

  it('has no fault that axe can see', async () => {
    const { container } = open({ views: [makeBatch({ counts }, { running: true })], jobs });
    const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } };
    click('Plan');
    await screen.findByRole('region', { name: 'Plan' });
    expect((await axe.run(container, { rules })).violations).toEqual([]);
    await choose(1);
    await screen.findByRole('table');
    expect((await axe.run(container, { rules })).violations).toEqual([]);
  });
});
