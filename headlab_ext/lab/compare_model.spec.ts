import { describe, expect, it, vi } from 'vitest';
import type { Head } from '../contract/records';
import { CompareModel } from './compare_model';
import { exampleEntry } from './example_entries';

function source() {
  return {
    entry: vi.fn(async (id: number) => exampleEntry({ id, head: { layer: 0, index: id } })),
    find: vi.fn(async (_fingerprint: string, head: Head) =>
      exampleEntry({ id: head.index, head, revision: 4 })
    )
  };
}

const settled = () => new Promise(resolve => setTimeout(resolve));

async function open(ids: number[], baseline: number | null = null) {
  const server = source();
  const model = new CompareModel(server, { entries: ids.map(id => ({ id })), baseline });
  model.setVisible(true);
  await settled();
  const heads = () => model.get().columns.map(column => column.entry?.head.index);
  return { server, model, heads };
}

describe('heads side by side', () => {
  it('are read when they are shown, and again when they changed while shown', async () => {
    const server = source();
    const model = new CompareModel(server, { entries: [{ id: 1 }, { id: 2 }], baseline: null });
    await settled();
    expect(server.entry).not.toHaveBeenCalled();
    expect(model.get().columns.map(column => column.name)).toEqual(['Entry 1', 'Entry 2']);
    model.setVisible(true);
    await settled();
    expect(model.get().columns.map(column => column.entry?.id)).toEqual([1, 2]);
    model.setVisible(false);
    model.changed();
    await settled();
    expect(server.find).not.toHaveBeenCalled();
    model.setVisible(true);
    await settled();
    expect(model.get().columns.map(column => column.entry?.revision)).toEqual([4, 4]);
  });

  it('keep one that cannot be read apart from the others', async () => {
    const server = source();
    server.entry.mockRejectedValueOnce(new Error('gone'));
    const model = new CompareModel(server, { entries: [{ id: 1 }, { id: 2 }], baseline: null });
    model.setVisible(true);
    await settled();
    expect(model.get().columns.map(column => column.problem)).toEqual(['gone', null]);
    model.retry(0);
    await settled();
    expect(model.get().columns.map(column => column.entry?.id)).toEqual([1, 2]);
  });

  it('move with their baseline and their focus', async () => {
    const { model, heads } = await open([1, 2, 3]);
    model.toggleBaseline(0);
    model.move(0, 1);
    expect(heads()).toEqual([2, 1, 3]);
    expect(model.get()).toMatchObject({ baseline: 1, focused: 1, times: 1 });
    model.move(2, 1);
    model.move(0, -1);
    expect(heads()).toEqual([2, 1, 3]);
    model.toggleBaseline(1);
    expect(model.get().baseline).toBeNull();
  });

  it('are dropped, the baseline with its head', async () => {
    const { model, heads } = await open([1, 2, 3], 2);
    model.focus(2);
    model.drop(0);
    expect(heads()).toEqual([2, 3]);
    expect(model.get()).toMatchObject({ baseline: 1, focused: 1 });
    model.drop(1);
    expect(model.get()).toMatchObject({ baseline: null, focused: 0 });
    model.drop(0);
    model.drop(0);
    expect(model.get()).toMatchObject({ columns: [], focused: 0 });
  });

  it('are four at most, each once', async () => {
    const { model, heads } = await open([1, 2]);
    model.add({ id: 2 });
    expect(model.get().focused).toBe(1);
    for (const id of [3, 4, 5]) {
      model.add({ id });
      await settled();
    }
    expect(heads()).toEqual([1, 2, 3, 4]);
  });

  it('come back in the same order with the same baseline', async () => {
    const { model } = await open([1, 2, 3]);
    model.toggleBaseline(2);
    model.move(2, -1);
    const again = new CompareModel(source(), model.keys());
    again.setVisible(true);
    await settled();
    expect(again.get().columns.map(column => column.entry?.head.index)).toEqual([1, 3, 2]);
    expect(again.get().baseline).toBe(1);
  });
});
