import { describe, expect, it } from 'vitest';
import type { EntrySummary } from '../contract/records';
import { exampleRows, ExampleServer } from './example_entries';
import { MOST_SELECTED, TableSelection } from './table_selection';

/** A list of which the first `here` rows are in the page. */
function list(count: number, here = count) {
  const rows = exampleRows(count);
  const server = new ExampleServer(rows);
  const at = (index: number): EntrySummary | null => (index < here ? (rows[index] ?? null) : null);
  const selection = new TableSelection(
    { search: () => ({ state: 'drafted' }), row: at, total: () => count },
    server
  );
  return { selection, server };
}

const chosen = (selection: TableSelection) =>
  [...selection.get().ids].sort((one, other) => one - other);

describe('a selection of rows', () => {
  it('is made one by one', () => {
    const { selection } = list(5);
    selection.toggle(1);
    selection.toggle(3);
    selection.toggle(1);
    expect(chosen(selection)).toEqual([4]);
    selection.clear();
    expect(chosen(selection)).toEqual([]);
  });

  it('is that of one catalogue, also after a reload', () => {
    const { selection } = list(5);
    selection.restore([2, 3], 'here.db');
    expect(selection.moveTo('here.db')).toBe(false);
    selection.toggle(3);
    expect(chosen(selection)).toEqual([2, 3, 4]);
    expect(selection.moveTo('there.db')).toBe(true);
    expect(chosen(selection)).toEqual([]);
    expect(selection.row(4)).toBeNull();
    expect(selection.place).toBe('there.db');
  });

  it('grows and shrinks as a range, beside what was selected before', async () => {
    const { selection } = list(20);
    selection.toggle(15);
    await selection.extend(5, 6);
    await selection.extend(6, 8);
    expect(chosen(selection)).toEqual([6, 7, 8, 9, 16]);
    await selection.extend(8, 4);
    expect(chosen(selection)).toEqual([5, 6, 16]);
    await selection.extend(0, 1);
    expect(chosen(selection)).toEqual([1, 2, 5, 6, 16]);
  });

  it('asks for rows that are not here, with the filters in force', async () => {
    const { selection, server } = list(2500, 200);
    await selection.all();
    expect(server.asked).toEqual([
      { state: 'drafted', limit: 1000, offset: 0 },
      { state: 'drafted', limit: 1000, offset: 1000 },
      { state: 'drafted', limit: 500, offset: 2000 }
    ]);
    expect(chosen(selection)).toHaveLength(2500);
    expect(selection.row(2500)?.id).toBe(2500);
  });

  it('says when there is too much of it', async () => {
    const { selection, server } = list(MOST_SELECTED + 1, 10);
    selection.toggle(0);
    await selection.all();
    expect(selection.get().problem).toContain('5,001 entries are too many');
    expect(chosen(selection)).toEqual([1]);
    expect(server.asked).toEqual([]);
  });

  it('is dropped when it was cleared while rows were on their way', async () => {
    const { selection } = list(300, 10);
    const all = selection.all();
    selection.clear();
    await all;
    expect(selection.get()).toMatchObject({ ids: new Set(), busy: false });
  });

  it('says what went wrong and keeps what was selected', async () => {
    const { selection, server } = list(300, 10);
    selection.toggle(2);
    server.failing = new Error('The server does not answer.');
    await selection.all();
    expect(selection.get()).toMatchObject({ problem: 'The server does not answer.', busy: false });
    expect(chosen(selection)).toEqual([3]);
  });

  it('knows of several models only what it has seen', () => {
    const { selection } = list(3);
    selection.restore([1, 2], '');
    expect(selection.severalModels).toBe(false);
    selection.toggle(2);
    expect(selection.severalModels).toBe(false);
  });
});
