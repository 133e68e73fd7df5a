import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BatchView, BatchWish, Measure } from '../contract/records';
import type { RankingMeasures } from './batch_measure';
import { makeBatch, makePlan } from './batch_records';
import { BatchWishForm } from './batch_wish_form';
import { measureOf } from './map_fixture';

afterEach(cleanup);

const NOT_KNOWN: RankingMeasures = { measures: null, problem: null };

function measure(key: string, title: string, category = ''): Measure {
  const group = key.split('/')[0] as Measure['group'];
  return measureOf({ key, group, category, title, explanation: `What ${title} means.` });
}

const KNOWN: RankingMeasures = {
  measures: [
    measure('overview/relation', 'Largest relation score'),
    measure('relation/copying', 'copying', 'algorithmic'),
    measure('suppression/copying', 'copying', 'algorithmic'),
    measure('relation/mine\u202e', 'mine\u202e', 'custom'),
    measure('ablation/loss', 'Loss change without the head')
  ],
  problem: null
};

function open(ranking: RankingMeasures, entryIds: number[] = []) {
  const wishes: BatchWish[] = [];
  const started: [BatchWish, number | null][] = [];
  const [onRankingWanted, onRankingRetry] = [vi.fn(), vi.fn()];
  const planner = {
    plan: async (wish: BatchWish) => {
      wishes.push(wish);
      return makePlan();
    },
    start: async (wish: BatchWish, cap: number | null): Promise<BatchView> => {
      started.push([wish, cap]);
      return makeBatch();
    }
  };
  const form = (now: RankingMeasures) => (
    <BatchWishForm
      planner={planner}
      entryIds={entryIds}
      onForgetEntries={() => undefined}
      overview={null}
      facets={null}
      onMoreFilters={() => undefined}
      ranking={now}
      onRankingWanted={onRankingWanted}
      onRankingRetry={onRankingRetry}
      onStarted={() => undefined}
    />
  );
  const { container, rerender } = render(form(ranking));
  const show = (now: RankingMeasures) => rerender(form(now));
  return { wishes, started, onRankingWanted, onRankingRetry, container, show };
}

const rank = () => fireEvent.click(screen.getByLabelText('The highest by a measure'));
const plan = () => screen.getByRole<HTMLButtonElement>('button', { name: /^Plan/ });
const planned = () => screen.findByRole('region', { name: 'Plan' });

describe('a batch of the highest heads', () => {
  it('asks for all that the filters find, until heads are to be ranked', async () => {
    const { wishes, onRankingWanted } = open(KNOWN);
    expect(screen.queryByLabelText('Measure')).toBeNull();
    fireEvent.click(plan());
    await planned();
    expect(wishes[0]).toMatchObject({ top: null, measure: null });
    expect(onRankingWanted).not.toHaveBeenCalled();
  });

  it('plans and starts so many of the highest by the chosen measure, within the filters', async () => {
    const { wishes, started, onRankingWanted } = open(KNOWN);
    rank();
    expect(onRankingWanted).toHaveBeenCalledTimes(1);
    fireEvent.click(plan());
    await planned();
    expect(wishes[0]).toMatchObject({ top: 12, measure: 'overview/relation', undescribed: true });
    const choice = screen.getByLabelText('Measure');
    fireEvent.change(choice, { target: { value: 'suppression/copying' } });
    expect(screen.queryByRole('region', { name: 'Plan' })).toBeNull();
    expect(screen.getByText(/What copying means/)).toBeTruthy();
    fireEvent.change(screen.getByLabelText('How many of the highest heads'), {
      target: { value: '3' }
    });
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'capital' } });
    fireEvent.click(plan());
    await planned();
    expect(wishes[1]).toMatchObject({ top: 3, measure: 'suppression/copying', text: 'capital' });
    fireEvent.click(screen.getByRole('button', { name: /^Draft 2 heads/ }));
    await waitFor(() => expect(started).toHaveLength(1));
    expect(started[0][0]).toEqual(wishes[1]);
  });

  it('names every measure so that no two look alike, and nothing in it is hidden', () => {
    const { container } = open(KNOWN);
    rank();
    const names = Array.from(
      container.querySelectorAll('option[value*="/"]'),
      one => one.textContent
    );
    expect(names).toEqual([
      'Largest relation score',
      'copying, relation score',
      'mine[U+202E], relation score',
      'copying, suppression score',
      'Loss change without the head'
    ]);
  });

  it('goes back to all of them', async () => {
    const { wishes } = open(KNOWN);
    rank();
    fireEvent.click(screen.getByLabelText('All of them'));
    fireEvent.click(plan());
    await planned();
    expect(wishes[0]).toMatchObject({ top: null, measure: null });
  });

  it('waits for the measures, and says what is missing', async () => {
    const { show, onRankingRetry } = open(NOT_KNOWN);
    rank();
    expect(plan().disabled).toBe(true);
    expect(plan().title).toContain('no measure');
    expect(await screen.findByText(/Reading what the evidence holds/)).toBeTruthy();
    show({ measures: null, problem: 'The server <b>sleeps</b>.' });
    expect(screen.getByRole('alert').textContent).toContain('The server <b>sleeps</b>.');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(onRankingRetry).toHaveBeenCalledTimes(1);
    show({ measures: [], problem: null });
    expect(screen.getByText(/holds no evidence to rank by/)).toBeTruthy();
    expect(plan().disabled).toBe(true);
    show(KNOWN);
    expect(plan().disabled).toBe(false);
  });

  it('is not offered for entries that were chosen one by one', async () => {
    const { wishes } = open(KNOWN, [4, 7]);
    expect(screen.queryByLabelText('The highest by a measure')).toBeNull();
    fireEvent.click(plan());
    await planned();
    expect(wishes[0]).toMatchObject({ entry_ids: [4, 7], top: null, measure: null });
  });

  it('has no fault that axe can see', async () => {
    const { container } = open(KNOWN);
    rank();
    const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } };
    expect((await axe.run(container, { rules })).violations).toEqual([]);
  });
});
