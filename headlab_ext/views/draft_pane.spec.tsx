// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DraftFailure, DrafterChoice } from '../contract/records';
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

function open(
  draft: BenchApi['draft'],
  choices: DrafterChoice[] = [RULES, ENDPOINT],
  onEntry = vi.fn()
) {
  const api = { drafters: async () => choices, draft } as unknown as BenchApi;
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
