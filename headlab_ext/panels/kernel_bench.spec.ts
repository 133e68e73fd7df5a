import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../contract/records';
import { ApiError } from '../views/api';
import { FakeModel } from './fake_model';
import { matrix } from './float_matrix';
import { CATALOGUE_EVENT } from '../views/page_events';
import { KernelBench } from './kernel_bench';

const NO_MODEL = { model: null, model_name: '', job: null, warning: '' };

describe('KernelBench', () => {
  let model: FakeModel;
  let bench: KernelBench;
  beforeEach(() => {
    vi.useFakeTimers();
    model = new FakeModel({ status: NO_MODEL });
    bench = new KernelBench(model);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A message of the kernel to this page. */
  const answer = (content: object, buffers?: DataView[]) =>
    model.answer({ page: model.sent[0].page, ...content }, buffers);
  /** What was sent, without the page's name and receipts. */
  const sent = () =>
    model.sent
      .filter(one => !('got' in one))
      .map(one => Object.fromEntries(Object.entries(one).filter(([key]) => key !== 'page')));

  it('pairs replies with requests in whatever order they come', async () => {
    const first = bench.models();
    const second = bench.drafters();
    expect(sent().map(one => one.request)).toEqual([1, 2]);
    answer({ reply: 2, result: ['second'] });
    answer({ reply: 1, result: ['first'] });
    expect(await first).toEqual(['first']);
    expect(await second).toEqual(['second']);
  });

  it('asks for slow attention only when it is told to', () => {
    const head = { layer: 0, index: 1 };
    void bench.head(head).catch(() => undefined);
    void bench.head(head, { attention: true }).catch(() => undefined);
    expect(sent().map(one => one.params)).toEqual([{ head }, { head, attention: true }]);
  });

  it('sends edits with the revision that was seen', () => {
    const entry = { id: 4, revision: 9 } as Entry;
    void bench.undo(entry).catch(() => undefined);
    expect(sent()[0]).toMatchObject({
      method: 'undo',
      params: { entry_id: 4, if_revision: 9 }
    });
  });

  it('rejects with the problem', async () => {
    const asked = bench.measures();
    const problem = { kind: 'input', message: 'No model is loaded.', current: null };
    answer({ reply: 1, problem });
    await expect(asked).rejects.toThrow(ApiError);
    await expect(asked).rejects.toMatchObject({ problem });
  });

  it('drops the reply of what was cancelled, and tells the kernel', async () => {
    const control = new AbortController();
    const asked = bench.head({ layer: 0, index: 1 }, { signal: control.signal });
    control.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(sent()[1]).toEqual({ cancel: 1 });
    answer({ reply: 1, result: {} });
  });

  it('hands on text as it is written', async () => {
    const texts: string[] = [];
    const asked = bench.draft({ layer: 0, index: 1 }, 'endpoint', text => texts.push(text));
    answer({ text: 1, so_far: 'Maps' });
    answer({ text: 1, so_far: 'Maps countries' });
    answer({ reply: 1, result: { draft: null, failure: null, entry: null } });
    await asked;
    expect(texts).toEqual(['Maps', 'Maps countries']);
  });

  it('asks for a known answer again only where that is wanted', () => {
    const head = { layer: 0, index: 1 };
    void bench.draft(head, 'endpoint', () => undefined);
    void bench.draft(head, 'endpoint', () => undefined, { again: true });
    void bench.estimateDraft(head);
    expect(sent()).toEqual([
      { request: 1, method: 'draft', params: { head, drafter: 'endpoint' } },
      { request: 2, method: 'draft', params: { head, drafter: 'endpoint', again: true } },
      { request: 3, method: 'estimate_draft', params: { head } }
    ]);
  });

  it('hands on what is written for a batch to those who follow it', async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    const leave = bench.followBatch(3, first);
    bench.followBatch(4, second);
    expect(sent()[0]).toEqual({ request: 1, method: 'follow_batch', params: { id: 3 } });
    answer({ ack: 1 });
    const texts = [{ job: 9, text: 'Maps' }];
    model.answer({ event: 'batch_texts', batch: 3, texts });
    expect(first.mock.calls).toEqual([[texts]]);
    leave();
    expect(sent()[2]).toEqual({ cancel: 1 });
    model.answer({ event: 'batch_texts', batch: 3, texts: [] });
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).not.toHaveBeenCalled();
    const problem = { kind: 'input', message: 'No.', current: null };
    answer({ reply: 2, problem });
    await Promise.resolve();
  });

  it('reads a float32 buffer, with null for NaN', async () => {
    const asked = bench.values('ablation/kl');
    const numbers = new Float32Array([0.5, Number.NaN, -1, 2, 0, 0.25]);
    const result = { measure: {}, shape: [2, 3] };
    answer({ reply: 1, result }, [new DataView(numbers.buffer)]);
    expect((await asked).values).toEqual([
      [0.5, null, -1],
      [2, 0, 0.25]
    ]);
  });

  it('says when the kernel gives no sign, and when it is back', async () => {
    const heard: boolean[] = [];
    bench.onSilence(silent => heard.push(silent));
    const asked = bench.models();
    vi.advanceTimersByTime(4100);
    expect(heard).toEqual([true]);
    answer({ ack: 1 });
    expect(heard).toEqual([true, false]);
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1000); // a long answer is no silence while the kernel knows of it
      answer({ ack: 1 });
    }
    answer({ reply: 1, result: [] });
    await asked;
    expect(heard).toEqual([true, false]);
  });

  it('passes on changes of the catalogue, from the kernel and from the page', () => {
    const heard = vi.fn();
    const stop = bench.onCatalogueChange(heard);
    model.answer({ event: 'catalogue' });
    window.dispatchEvent(new CustomEvent(CATALOGUE_EVENT));
    expect(heard).toHaveBeenCalledTimes(2);
    stop();
    model.answer({ event: 'catalogue' });
    expect(heard).toHaveBeenCalledTimes(2);
  });
});

describe('matrix', () => {
  it('honours the offset of a view', () => {
    const whole = new Float32Array([9, 9, 1, 2]);
    expect(matrix(new DataView(whole.buffer, 8), 1, 2)).toEqual([[1, 2]]);
  });
});
