import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HeadsWish, Measure } from '../contract/records';
import { ApiError, type BenchApi } from './api';
import { makeBatch, makePlan } from './batch_records';
import { BatchesPane } from './batches_pane';
import { makeCard } from './spec_records';

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    }
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const LOSS: Measure = {
  key: 'ablation/loss',
  group: 'ablation',
  title: 'Loss change without the head',
  explanation: '',
  unit: 'nats',
  scale: 'diverging',
  category: '',
  computed: true,
  estimate_seconds: null,
  reason: ''
} as Measure;
const STATE = { ...LOSS, key: 'catalogue/state', group: 'catalogue', scale: 'state' } as Measure;
const ENDPOINT = {
  key: 'endpoint',
  title: 'scripted at 127.0.0.1',
  detail: '',
  ready: true,
  reason: ''
};
const RULES = { key: 'rules', title: 'Rules', detail: '', ready: true, reason: '' };

function open(over: Partial<BenchApi> = {}, measure = LOSS.key) {
  const wishes: HeadsWish[] = [];
  const api = {
    measures: async () => [LOSS, STATE],
    drafters: async () => [RULES, ENDPOINT],
    onCatalogueChange: () => () => undefined,
    batches: async () => [
      makeBatch({ id: 2, model_fingerprint: 'other' }),
      makeBatch({ id: 1, model_fingerprint: 'cd61' })
    ],
    batchJobs: async () => [],
    followBatch: () => () => undefined,
    planHeads: async (wish: HeadsWish) => {
      wishes.push(wish);
      return makePlan();
    },
    startHeads: vi.fn(async () => makeBatch({ id: 5 }, { running: true })),
    draftByRules: vi.fn(async (wish: HeadsWish) => {
      wishes.push(wish);
      return { heads: 12, described: 9, unclear: 3, unchanged: 2 };
    }),
    ...over
  } as unknown as BenchApi;
  render(
    <BatchesPane api={api} model={makeCard().model} measure={measure} onHead={() => undefined} />
  );
  return { api, wishes };
}

const plan = () => screen.findByRole('button', { name: 'Gather evidence and plan' });

describe('several heads of the model in hand', () => {
  it('are the highest by the measure of the map, planned and then started as shown', async () => {
    const { api, wishes } = open();
    await screen.findByText('Loss change without the head');
    fireEvent.change(screen.getByLabelText('How many of the highest heads'), {
      target: { value: '2' }
    });
    fireEvent.change(screen.getByLabelText('Layers'), { target: { value: '3-5' } });
    fireEvent.click(await plan());
    fireEvent.click(await screen.findByRole('button', { name: 'Draft 2 heads, at most 0.39' }));
    const wish = { top: 2, measure: 'ablation/loss', layers: '3-5', undescribed: true };
    await waitFor(() => expect(api.startHeads).toHaveBeenCalledWith(wish, 0.39));
    expect(wishes).toEqual([wish]);
    expect(await screen.findByRole('article', { name: 'Batch 5' })).toBeTruthy();
  });

  it('are all heads where the map shows states, which have no order', async () => {
    const { wishes } = open({}, STATE.key);
    expect(await screen.findByText(/Show a measure of numbers/)).toBeTruthy();
    await waitFor(() =>
      expect(screen.getByLabelText<HTMLInputElement>('All heads').checked).toBe(true)
    );
    fireEvent.click(await plan());
    await waitFor(() =>
      expect(wishes).toEqual([{ top: null, measure: null, layers: null, undescribed: true }])
    );
  });

  it('are drafted by rules at once, without a plan', async () => {
    const { api } = open();
    fireEvent.click(await screen.findByLabelText(/Rules/));
    fireEvent.click(screen.getByRole('button', { name: 'Draft 12 heads by rules' }));
    expect(
      await screen.findByText(
        '12 heads drafted: 9 described, 3 unclear; 2 had the same draft already.'
      )
    ).toBeTruthy();
    expect(api.draftByRules).toHaveBeenCalledTimes(1);
  });

  it('stop gathering when that is cancelled', async () => {
    let signal: AbortSignal | undefined;
    open({
      planHeads: (_wish, options) => {
        signal = options?.signal;
        return new Promise((_, fail) =>
          signal?.addEventListener('abort', () =>
            fail(new ApiError({ kind: 'cancelled', message: 'Cancelled.', current: null }))
          )
        );
      }
    });
    fireEvent.click(await plan());
    expect(await screen.findByText('Gathering evidence; nothing is sent.')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(signal?.aborted).toBe(true);
    expect((await plan()).hasAttribute('disabled')).toBe(false);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('say why they cannot be planned', async () => {
    open({
      planHeads: async () => {
        throw new ApiError({ kind: 'input', message: '7-9 are no layers', current: null });
      }
    });
    fireEvent.click(await plan());
    expect((await screen.findByRole('alert')).textContent).toBe('7-9 are no layers');
  });

  it('stand beside the batches of this model only', async () => {
    open();
    expect(await screen.findByRole('button', { name: /Batch 1/ })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Batch 2/ })).toBeNull();
  });
});
