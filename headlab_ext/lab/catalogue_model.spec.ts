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

  it('fetches what was scrolled to just before it was hidden, once it is shown again', async () => {
    const server = new ExampleServer(exampleRows(650));
    const model = await shown(server);
    model.need(200, 210);
    model.need(600, 610);
    model.setVisible(false);
    await vi.runAllTimersAsync();
    expect(rowAt(model.get().pages, 600)).toBeNull();
    model.setVisible(true);
    await vi.runAllTimersAsync();
    expect(rowAt(model.get().pages, 600)?.id).toBe(601);
  });

  it('keeps no row of another catalogue, whose numbers are the same', async () => {
    const server = new ExampleServer(exampleRows(3));
    const model = new CatalogueModel(server, true);
    model.setVisible(true);
    await vi.runAllTimersAsync();
    model.setActive(2);
    server.place = 'other.db';
    server.rows = exampleRows(400).slice(1);
    model.changed();
    await vi.runAllTimersAsync();
    expect(model.get()).toMatchObject({ total: 399, news: null, listing: 1, place: 'other.db' });
    expect(model.get().active).toEqual({ index: 0, id: 2 });
    expect(rowAt(model.get().pages, 0)?.id).toBe(2);
    server.place = 'third.db';
    server.rows = exampleRows(210);
    model.need(200, 205); // found out while scrolling, before any notice of it
    await vi.runAllTimersAsync();
    expect(model.get()).toMatchObject({ total: 210, news: null, listing: 2, place: 'third.db' });
    expect(rowAt(model.get().pages, 0)?.id).toBe(1);
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
    const { place } = server;
    const page = (total: number) => ({ entries: [], total, offset: 0, place, warnings: [] });
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

describe('a steady list', () => {
  async function steady(rows = exampleRows(5)) {
    const server = new ExampleServer(rows);
    const model = new CatalogueModel(server, true);
    model.setVisible(true);
    await vi.runAllTimersAsync();
    return { server, model };
  }

  it('marks a row that changed elsewhere for a second', async () => {
    const { server, model } = await steady();
    server.rows = exampleRows(5).map(row => (row.id === 2 ? { ...row, revision: 9 } : row));
    model.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect([...model.get().changed]).toEqual([2]);
    expect(rowAt(model.get().pages, 1)?.revision).toBe(9);
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.get().changed.size).toBe(0);
  });

  it('keeps new rows back until they are asked for', async () => {
    const { server, model } = await steady();
    server.rows = [exampleRow({ id: 99 }), ...exampleRows(5)];
    model.changed();
    await vi.runAllTimersAsync();
    expect(model.get()).toMatchObject({ total: 5, news: { arrived: 1 } });
    expect(rowAt(model.get().pages, 0)?.id).toBe(1);
    model.show();
    await vi.runAllTimersAsync();
    expect(model.get()).toMatchObject({ total: 6, news: null });
    expect(rowAt(model.get().pages, 0)?.id).toBe(99);
  });

  it('shows them by itself once other pages are needed', async () => {
    const { server, model } = await steady(exampleRows(450));
    server.rows = [exampleRow({ id: 999 }), ...exampleRows(450)];
    model.changed();
    await vi.runAllTimersAsync();
    model.need(200, 220);
    await vi.runAllTimersAsync();
    expect(model.get()).toMatchObject({ total: 451, news: null });
    expect(rowAt(model.get().pages, 200)?.id).toBe(200);
  });

  it('starts over with another order, which goes to the server', async () => {
    const { server, model } = await steady();
    model.setOrder({ sort: 'score', descending: true });
    await vi.runAllTimersAsync();
    expect(server.asked.at(-1)).toMatchObject({ sort: 'score', descending: true, offset: 0 });
    expect(model.get()).toMatchObject({ listing: 1, active: { index: 0 } });
  });

  it('asks for what is in view, not for what was scrolled past, and keeps little', async () => {
    const { server, model } = await steady(exampleRows(20_000));
    const replies: (() => void)[] = [];
    const answer = server.entries.bind(server);
    server.entries = query =>
      new Promise(resolve => replies.push(() => void answer(query).then(resolve)));
    for (let row = 400; row < 20_000; row += 400) {
      model.need(row, row + 30);
    }
    while (replies.length > 0) {
      replies.shift()?.();
      await vi.runAllTimersAsync();
    }
    expect(server.asked.map(query => query.offset)).toEqual([0, 400, 19_600]);
    server.entries = answer;
    for (let row = 0; row < 20_000; row += 200) {
      model.need(row, row);
      await vi.runAllTimersAsync();
    }
    expect(model.get().pages.size).toBeLessThanOrEqual(12);
  });
});
