import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../views/api';
import { exampleEntry, exampleRow } from './example_entries';
import { RowEdits } from './row_edits';

const accepted = exampleEntry({ state: 'accepted', revision: 4 });

function edits(review = vi.fn(async () => accepted)) {
  const undo = vi.fn(async () => exampleEntry({ revision: 5 }));
  const onEntry = vi.fn();
  return { edits: new RowEdits({ review, undo }, onEntry), review, undo, onEntry };
}

describe('decisions in a list', () => {
  it('are made on the revision shown, and said', async () => {
    const { edits: made, review, onEntry } = edits();
    const row = exampleRow();
    await made.decide(row, 'accepted');
    expect(review).toHaveBeenCalledWith(row, expect.objectContaining({ decision: 'accepted' }));
    expect(onEntry).toHaveBeenCalledWith(accepted);
    expect(made.get()).toMatchObject({ busy: null, said: 'L2H5 accepted, revision 4.' });
  });

  it('are taken back where they were made, on the revision they made', async () => {
    const { edits: made, undo } = edits();
    await made.decide(exampleRow(), 'accepted');
    await made.undoLast();
    expect(undo).toHaveBeenCalledWith(expect.objectContaining({ id: 1, revision: 4 }));
    expect(made.get()).toMatchObject({
      last: null,
      said: 'L2H5: last step taken back, now drafted.'
    });
  });

  it('are one at a time', async () => {
    let finish: (entry: typeof accepted) => void = () => undefined;
    const review = vi.fn(() => new Promise<typeof accepted>(resolve => (finish = resolve)));
    const { edits: made } = edits(review);
    const first = made.decide(exampleRow(), 'accepted');
    await made.decide(exampleRow(), 'rejected');
    expect(review).toHaveBeenCalledTimes(1);
    finish(accepted);
    await first;
    expect(made.get().busy).toBeNull();
  });

  it('show the entry as it is when somebody else was faster', async () => {
    const current = exampleEntry({ state: 'rejected', revision: 9 });
    const stale = new ApiError({ kind: 'stale', message: 'late', current });
    const { edits: made, onEntry } = edits(vi.fn(() => Promise.reject(stale)));
    await made.decide(exampleRow(), 'accepted');
    expect(onEntry).toHaveBeenCalledWith(current);
    expect(made.get().problem).toContain('it is rejected now (revision 9)');
    expect(made.get().last).toBeNull();
  });

  it('never take back a draft', async () => {
    const { edits: made, undo } = edits();
    await made.undoDecision(exampleRow({ state: 'drafted' }));
    expect(undo).not.toHaveBeenCalled();
    expect(made.get().said).toContain('nothing to undo');
  });
});
