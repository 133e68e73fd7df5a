// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DraftEstimate, DraftFailure, DrafterChoice } from '../contract/records';
import { ApiError, type BenchApi, type DraftResult } from './api';
import { DraftPane } from './draft_pane';
import { FakeTyping, makeDraft, makeEntry } from './spec_records';

afterEach(cleanup);

const RULES: DrafterChoice = { key: 'rules', title: 'Rules', detail: '', ready: true, reason: '' };
const ENDPOINT: DrafterChoice = {
  key: 'endpoint',
  title: 'small-model',
  detail: '',
  ready: true,
  reason: ''
};

const ESTIMATE: DraftEstimate = {
  head: { layer: 1, index: 10 },
  low_tokens: 1240,
  high_tokens: 5800,
  low: 0.0012,
  high: 0.0058,
  ceiling: 0.0123,
  known: false
};

function open(
  draft: BenchApi['draft'],
  choices: DrafterChoice[] = [RULES, ENDPOINT],
  onEntry = vi.fn(),
  estimateDraft: BenchApi['estimateDraft'] = async () => ESTIMATE
) {
  const api = { drafters: async () => choices, draft, estimateDraft } as unknown as BenchApi;
  render(
    <DraftPane
      api={api}
      typing={new FakeTyping()}
      head={{ layer: 1, index: 10 }}
      entry={null}
      onEntry={onEntry}
    />
  );
  return onEntry;
}

const never = () => new Promise<DraftResult>(() => undefined);

describe('DraftPane', () => {
  it('starts from the rules where the endpoint is not ready, and says why', async () => {
    open(never, [RULES, { ...ENDPOINT, ready: false, reason: 'no endpoint is set' }]);
    expect(await screen.findByText('no endpoint is set')).toBeTruthy();
    expect((screen.getByLabelText(/small-model/) as HTMLInputElement).disabled).toBe(true);
    expect(screen.getByRole('button', { name: 'Draft by rules' })).toBeTruthy();
  });

  it('starts from the endpoint where there is one', async () => {
    open(never);
    expect(await screen.findByRole('button', { name: 'Draft with small-model' })).toBeTruthy();
  });

  it('hands on the entry that the draft was saved to', async () => {
    const entry = makeEntry();
    const onEntry = open(async () => ({ draft: makeDraft(), failure: null, entry }), [RULES]);
    fireEvent.click(await screen.findByRole('button', { name: 'Draft by rules' }));
    await screen.findByText('The draft was added.');
    expect(onEntry).toHaveBeenCalledWith(entry);
  });

  it('shows the text as not checked while it runs, and cancels', async () => {
    open(async (_head, _drafter, onText, options) => {
      onText('Maps cou');
      return new Promise((_, fail) =>
        options?.signal?.addEventListener('abort', () =>
          fail(new ApiError({ kind: 'cancelled', message: 'cancelled', current: null }))
        )
      );
    });
    fireEvent.click(await screen.findByRole('button', { name: 'Draft with small-model' }));
    expect(await screen.findByText('Maps cou')).toBeTruthy();
    expect(screen.getByText('Not checked yet')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(await screen.findByText('Drafting was cancelled.')).toBeTruthy();
    expect(screen.queryByText('Maps cou')).toBeNull();
  });

  it('words a failure and retries it', async () => {
    const failure: DraftFailure = {
      kind: 'rate_limited',
      message: 'limit 3 a minute',
      http_status: 429,
      retry_after: 20,
      drafter: makeDraft().drafter,
      card_hash: '',
      usage: makeDraft().usage,
      created_at: ''
    };
    const draft = vi.fn(async () => ({ draft: null, failure, entry: null }));
    const onEntry = open(draft);
    fireEvent.click(await screen.findByRole('button', { name: 'Draft with small-model' }));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('The endpoint asks for fewer requests');
    expect(alert.textContent).toContain('(rate_limited, HTTP 429, the endpoint asks to wait 20 s)');
    expect(alert.textContent).toContain('limit 3 a minute');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    await waitFor(() => expect(draft).toHaveBeenCalledTimes(2));
    expect(onEntry).not.toHaveBeenCalled();
  });
});

describe('the cost of a draft', () => {
  it('stands beside the button before it is pressed', async () => {
    const draft = vi.fn(never);
    open(draft);
    expect(
      await screen.findByText('About 1,240 to 5,800 tokens, 0.0012 to 0.0058, at worst 0.0123.')
    ).toBeTruthy();
    expect(draft).not.toHaveBeenCalled();
  });

  it('is called unknown where prices are, and is not asked for with rules', async () => {
    const unpriced = { ...ESTIMATE, low: null, high: null, ceiling: null };
    const estimate = vi.fn(async () => unpriced);
    open(never, [RULES, ENDPOINT], vi.fn(), estimate);
    expect(await screen.findByText('About 1,240 to 5,800 tokens, price unknown.')).toBeTruthy();
    fireEvent.click(screen.getByLabelText('Rules'));
    expect(screen.queryByText(/price unknown/)).toBeNull();
    cleanup();
    estimate.mockClear();
    open(never, [RULES], vi.fn(), estimate);
    await screen.findByRole('button', { name: 'Draft by rules' });
    expect(estimate).not.toHaveBeenCalled();
  });

  it('is nothing for a known answer, which can be asked for again', async () => {
    const known = makeDraft({ drafter: { ...makeDraft().drafter, kind: 'llm' } });
    const draft = vi.fn<BenchApi['draft']>(async () => ({
      draft: { ...known, usage: { calls: 0, prompt_tokens: null, completion_tokens: null } },
      failure: null,
      entry: makeEntry()
    }));
    const estimate = vi.fn(async () => ({ ...ESTIMATE, known: true }));
    open(draft, [RULES, ENDPOINT], vi.fn(), estimate);
    expect(await screen.findByText(/^Answered before: nothing is sent or paid/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Draft with small-model' }));
    expect(await screen.findByText('The answer was known. Nothing was sent.')).toBeTruthy();
    expect(draft.mock.calls[0][3]).toMatchObject({ again: false });
    expect(estimate).toHaveBeenCalledTimes(2);
    fireEvent.click(await screen.findByRole('button', { name: 'Ask again' }));
    await waitFor(() => expect(draft).toHaveBeenCalledTimes(2));
    expect(draft.mock.calls[1][3]).toMatchObject({ again: true });
  });

  it('says why it is not known', async () => {
    open(never, [RULES, ENDPOINT], vi.fn(), async () => {
      throw new ApiError({ kind: 'input', message: 'The prompt has no gap.', current: null });
    });
    const text = await screen.findByText(/could not be estimated/);
    expect(text.textContent).toContain('The prompt has no gap.');
  });
});
