import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../views/api';
import { EntryModel } from './entry_model';
import { exampleEntry } from './example_entries';

function source() {
  return {
    entry: vi.fn(async () => exampleEntry()),
    find: vi.fn(async () => exampleEntry({ revision: 4 }))
  };
}

async function settled(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve));
}

describe('an open entry', () => {
  it('is read when it is shown, first by its number, then by its head', async () => {
    const server = source();
    const model = new EntryModel(server, { id: 1 });
    await settled();
    expect(server.entry).not.toHaveBeenCalled();
    model.setVisible(true);
    await settled();
    expect(server.entry).toHaveBeenCalledWith(1);
    model.changed();
    await settled();
    expect(server.find).toHaveBeenCalledWith('f00d', { layer: 2, index: 5 });
    expect(model.get().entry?.revision).toBe(4);
  });

  it('waits with a change until it is seen', async () => {
    const server = source();
    const model = new EntryModel(server, { id: 1 });
    model.setVisible(true);
    await settled();
    model.setVisible(false);
    model.changed();
    model.changed();
    await settled();
    expect(server.find).not.toHaveBeenCalled();
    model.setVisible(true);
    await settled();
    expect(server.find).toHaveBeenCalledTimes(1);
  });

  it('is not replaced by a reply from before an edit made here', async () => {
    const server = source();
    const model = new EntryModel(server, { id: 1 });
    const edited = exampleEntry({ state: 'accepted', revision: 7 });
    server.find.mockResolvedValue(edited);
    model.setVisible(true);
    model.take(edited);
    await settled();
    expect(model.get().entry?.revision).toBe(7);
  });

  it('shows a newer revision that was read while the edit was answered', async () => {
    const server = source();
    const model = new EntryModel(server, { id: 1 });
    model.setVisible(true);
    await settled();
    server.find.mockResolvedValue(exampleEntry({ state: 'rejected', revision: 8 }));
    model.changed();
    model.take(exampleEntry({ state: 'accepted', revision: 7 }));
    await settled();
    expect(model.get()).toMatchObject({ entry: { revision: 8 }, loading: false });
    model.take(exampleEntry({ state: 'accepted', revision: 7 }));
    expect(model.get().entry?.revision).toBe(8);
    await settled();
    expect(model.get()).toMatchObject({ entry: { revision: 8 }, loading: false });
  });

  it('shows votes that were cast elsewhere, which make no revision', async () => {
    const server = source();
    const model = new EntryModel(server, { id: 1 });
    model.setVisible(true);
    await settled();
    const shown = model.get().entry;
    server.find.mockResolvedValue(exampleEntry());
    model.changed();
    await settled();
    expect(model.get().entry).toBe(shown);
    server.find.mockResolvedValue(exampleEntry({ open_votes: 1, in_review: true }));
    model.changed();
    await settled();
    expect(model.get().entry?.open_votes).toBe(1);
  });

  it('says so when the catalogue has no such head, and keeps what it shows', async () => {
    const server = source();
    const model = new EntryModel(server, { id: 1 });
    model.setVisible(true);
    await settled();
    server.find.mockRejectedValue(
      new ApiError({ kind: 'not_found', message: 'unknown', current: null })
    );
    model.changed();
    await settled();
    expect(model.get().problem).toContain('This catalogue has no entry for L2H5 of demo');
    expect(model.get().entry?.id).toBe(1);
  });
});
