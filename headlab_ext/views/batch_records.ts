// Batches, plans and jobs for specs.
import type { BatchPlan, BatchView, DraftBatch, DraftJob } from '../contract/records';

export function makeBatch(
  over: Partial<DraftBatch> = {},
  view: Partial<Omit<BatchView, 'batch'>> = {}
): BatchView {
  return {
    batch: {
      id: 1,
      kind: 'draft',
      model_name: 'demo',
      model_fingerprint: 'cd61',
      selection: 'undescribed',
      endpoint: { model: 'scripted', base_url: 'http://127.0.0.1:8000/v1' },
      prompt_version: '1',
      cap: 0.4,
      state: 'open',
      reason: '',
      concurrency: 4,
      priced: true,
      reserved: 0,
      spent: 0.0123,
      uncounted: 0,
      counts: { waiting: 2, sent: 0, done: 9, failed: 1, cancelled: 0 },
      events: [],
      created_at: '2026-01-02T03:04:05Z',
      updated_at: '2026-01-02T03:04:05Z',
      ...over
    },
    running: false,
    seconds_left: null,
    problem: '',
    ...view
  };
}

export function makePlan(over: Partial<BatchPlan> = {}): BatchPlan {
  return {
    model_name: 'demo',
    model_fingerprint: 'cd61',
    heads: [
      { layer: 0, index: 1 },
      { layer: 1, index: 3 }
    ],
    known: [],
    left_out: {},
    drafter: 'language model scripted',
    host: '127.0.0.1',
    is_local: true,
    prompt_version: '1',
    low_tokens: 12_000,
    high_tokens: 35_000,
    low: 0.012,
    high: 0.0345,
    ceiling: 0.3812,
    text: '',
    problem: '',
    ...over
  };
}

export function makeJob(over: Partial<DraftJob> = {}): DraftJob {
  return {
    id: 1,
    batch_id: 1,
    kind: 'draft',
    head: { layer: 0, index: 1 },
    key: 'k',
    state: 'waiting',
    failure: null,
    message: '',
    attempts: 0,
    reserved: 0,
    spent: 0,
    uncounted: 0,
    usage: { calls: 0, prompt_tokens: null, completion_tokens: null },
    draft: null,
    reply: null,
    reused: false,
    updated_at: '2026-01-02T03:04:05Z',
    ...over
  };
}
