import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntryPage } from '../contract/records';
import { CatalogueModel } from './catalogue_model';
import { rowAt } from './catalogue_rows';
import { exampleEntry, exampleRow, exampleRows, ExampleServer } from './example_entries';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function shown(server: ExampleServer): Promise<CatalogueModel> {
  const model = new CatalogueModel(server);
  model.setVisible(true);
  await vi.runAllTimersAsync();
  return model;
}

describe('the list of entries', () => {
  it('asks for nothing while it is hidden, and once when it is shown', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = new CatalogueModel(server);
    model.changed();
    model.changed();
    await vi.runAllTimersAsync();
    expect(server.asked).toEqual([]);
    model.setVisible(true);
    await vi.runAllTimersAsync();
    expect(server.asked).toHaveLength(1);
    expect(model.get().total).toBe(3);

    model.setVisible(false);
    model.changed();
    model.need(0, 2);
    await vi.runAllTimersAsync();
    expect(server.asked).toHaveLength(1);
    model.setVisible(true);
    await vi.runAllTimersAsync();
    expect(server.asked).toHaveLength(2);
  });

  it('fetches pages of 200 as they come into view, each once', async () => {
    const server = new ExampleServer(exampleRows(450));
    const model = await shown(server);
    expect(rowAt(model.get().pages, 199)?.id).toBe(200);
    expect(rowAt(model.get().pages, 200)).toBeNull();
    model.need(190, 210);
    model.need(195, 215);
    await vi.runAllTimersAsync();
    expect(server.asked.map(query => query.offset)).toEqual([0, 200]);
    expect(rowAt(model.get().pages, 200)?.id).toBe(201);
  });

  it('waits for a pause in typing', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = await shown(server);
    for (const text of ['M', 'Ma', 'Map']) {
      model.setFilters({ text });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(model.get().filters.text).toBe('Map');
    expect(server.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20);
    expect(server.asked.slice(1).map(query => query.text)).toEqual(['Map']);
  });

  it('drops the reply to an older question', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = await shown(server);
    const replies: ((page: EntryPage) => void)[] = [];
    server.entries = () => new Promise(resolve => replies.push(resolve));
    const page = (total: number) => ({ entries: [], total, offset: 0, place: '', warnings: [] });
    model.setFilters({ state: 'drafted' });
    await vi.runAllTimersAsync();
    model.setFilters({ state: 'accepted' });
    await vi.runAllTimersAsync();
    replies[1](page(11));
    await vi.runAllTimersAsync();
    replies[0](page(99));
    await vi.runAllTimersAsync();
    expect(model.get().total).toBe(11);
  });

  it('keeps the rows and says what is wrong when the server fails, and recovers', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = await shown(server);
    server.failing = new Error('The disk is full.');
    model.changed();
    await vi.runAllTimersAsync();
    expect(model.get().problem).toBe('The disk is full.');
    expect(rowAt(model.get().pages, 0)?.id).toBe(1);
    expect(model.get().loading).toBe(false);
    server.failing = null;
    model.retry();
    await vi.runAllTimersAsync();
    expect(model.get().problem).toBeNull();
  });

  it('answers changes that come during a refresh with one more refresh', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = await shown(server);
    model.changed();
    model.changed();
    model.changed();
    await vi.runAllTimersAsync();
    expect(server.asked).toHaveLength(3);
  });

  it('keeps the active row on its entry when rows come and go', async () => {
    const server = new ExampleServer(exampleRows(5));
    const model = await shown(server);
    model.setActive(2);
    server.rows = [exampleRow({ id: 99 }), ...exampleRows(5)];
    model.changed();
    await vi.runAllTimersAsync();
    expect(model.get().active).toEqual({ index: 3, id: 3 });
    server.rows = exampleRows(5).filter(row => row.id !== 3);
    model.changed();
    await vi.runAllTimersAsync();
    expect(model.get().active).toEqual({ index: 3, id: 5 });
  });

  it('finds the head that another view selected, on a page that is not here yet', async () => {
    const model = await shown(new ExampleServer(exampleRows(450)));
    model.select('f00d', { layer: 30, index: 1 });
    await vi.runAllTimersAsync();
    expect(model.get().active).toEqual({ index: 301, id: 302 });
    model.select('another model', { layer: 0, index: 0 });
    await vi.runAllTimersAsync();
    expect(model.get().active.index).toBe(301);
  });

  it('says which filter keeps entries out', async () => {
    const rows = [exampleRow({ state: 'accepted' }), exampleRow({ id: 2, state: 'accepted' })];
    const model = await shown(new ExampleServer(rows));
    model.setFilters({ text: 'capitals', state: 'rejected' });
    await vi.runAllTimersAsync();
    expect(model.get().total).toBe(0);
    expect(model.get().loosenings).toEqual([
      { filter: 'state', total: 2 },
      { filter: 'text', total: 0 }
    ]);
  });

  it('takes an entry as it is now without asking again', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = await shown(server);
    model.take(exampleEntry({ id: 2, state: 'accepted', revision: 8 }));
    expect(rowAt(model.get().pages, 1)).toMatchObject({ id: 2, state: 'accepted', revision: 8 });
    expect(server.asked).toHaveLength(1);
  });
});
