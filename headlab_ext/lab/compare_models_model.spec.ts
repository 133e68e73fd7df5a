import { describe, expect, it, vi } from 'vitest';
import type { CatalogueComparison, Head } from '../contract/records';
import { CompareModelsModel } from './compare_models_model';
import { exampleEntry } from './example_entries';

const NONE = { first: '', second: '' };
const COMPARISON = { heads: {}, coverage: {} } as unknown as CatalogueComparison;

function source(fingerprints = ['a', 'b', 'c']) {
  return {
    overview: vi.fn(async () => ({
      place: '',
      stamp: '1',
      total: 3,
      states: {},
      models: fingerprints.map(fingerprint => ({ name: 'demo', fingerprint, entries: 1 })),
      warnings: []
    })),
    compare: vi.fn(async () => COMPARISON),
    find: vi.fn(async (model_fingerprint: string, head: Head) =>
      exampleEntry({ id: head.index, model_fingerprint, head })
    )
  };
}

const settled = () => new Promise(resolve => setTimeout(resolve));

describe('two models', () => {
  it('are proposed once the tab is shown, and compared only on request', async () => {
    const server = source();
    const model = new CompareModelsModel(server, NONE);
    await settled();
    expect(server.overview).not.toHaveBeenCalled();
    model.setVisible(true);
    await settled();
    expect(model.get().pair).toEqual({ first: 'a', second: 'b' });
    expect(server.compare).not.toHaveBeenCalled();
    await model.compare();
    expect(server.compare).toHaveBeenCalledWith('a', 'b');
    expect(model.get().compared).toEqual({ first: 'a', second: 'b', comparison: COMPARISON });
  });

  it('are compared again after a reload, when the tab is seen', async () => {
    const server = source();
    const model = new CompareModelsModel(server, { first: 'c', second: 'a' });
    await settled();
    expect(server.compare).not.toHaveBeenCalled();
    model.setVisible(true);
    model.setVisible(true);
    await settled();
    expect(server.compare.mock.calls).toEqual([['c', 'a']]);
  });

  it('say when the catalogue has changed, and ask nothing by themselves', async () => {
    const server = source();
    const model = new CompareModelsModel(server, NONE);
    model.setVisible(true);
    await settled();
    model.changed();
    expect(model.get().stale).toBe(false);
    await model.compare();
    model.changed();
    expect(model.get().stale).toBe(true);
    await settled();
    expect(server.compare).toHaveBeenCalledTimes(1);
    await model.compare();
    expect(model.get().stale).toBe(false);
  });

  it('drop the answer about a pair that was asked before another', async () => {
    const server = source();
    const answers: ((found: CatalogueComparison) => void)[] = [];
    server.compare.mockImplementation(() => new Promise(resolve => answers.push(resolve)));
    const model = new CompareModelsModel(server, NONE);
    model.setVisible(true);
    await settled();
    const first = model.compare();
    model.choose({ second: 'c' });
    const second = model.compare();
    answers[1](COMPARISON);
    answers[0](COMPARISON);
    await Promise.all([first, second]);
    expect(model.get().compared?.second).toBe('c');
  });

  it('find the entries of two heads, each of its own model', async () => {
    const server = source();
    const model = new CompareModelsModel(server, NONE);
    model.setVisible(true);
    await settled();
    await model.compare();
    const found = await model.entries({ layer: 0, index: 1 }, { layer: 0, index: 2 });
    expect(found?.map(entry => [entry.model_fingerprint, entry.id])).toEqual([
      ['a', 1],
      ['b', 2]
    ]);
    server.find.mockRejectedValue(new Error('gone'));
    expect(await model.entries({ layer: 0, index: 1 }, { layer: 0, index: 2 })).toBeNull();
    expect(model.get().problem).toBe('gone');
  });

  it('try again after a failure', async () => {
    const server = source();
    server.overview.mockRejectedValueOnce(new Error('no server'));
    const model = new CompareModelsModel(server, NONE);
    model.setVisible(true);
    await settled();
    expect(model.get().problem).toBe('no server');
    model.retry();
    await settled();
    expect(model.get()).toMatchObject({ problem: null, pair: { first: 'a', second: 'b' } });
  });
});
