import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../views/api';
import { exampleEntry, exampleRow } from './example_entries';
import { RowEdits } from './row_edits';

const accepted = exampleEntry({ state: 'accepted', revision: 4 });

function edits(review = vi.fn(async () => accepted)) {
  const undo = vi.fn(async () => exampleEntry({ revision: 5, redoable: 4 }));
  const redo = vi.fn(async () => exampleEntry({ revision: 6, state: 'accepted' }));
  const onEntry = vi.fn();
  return { edits: new RowEdits({ review, undo, redo }, onEntry), review, undo, redo, onEntry };
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

  it('cannot be taken back once the list is that of another catalogue', async () => {
    const { edits: made, undo } = edits();
    made.moveTo('here.db');
    await made.decide(exampleRow(), 'accepted');
    made.moveTo('here.db');
    expect(made.get().last).toMatchObject({ id: 1 });
    made.moveTo('there.db');
    expect(made.get()).toMatchObject({ last: null, undone: null, said: '' });
    await made.undoLast();
    expect(undo).not.toHaveBeenCalled();
  });

  it('are put back where they were taken back, until another is made', async () => {
    const { edits: made, redo } = edits();
    await made.decide(exampleRow(), 'accepted');
    await made.undoLast();
    await made.redo(exampleRow({ id: 7 }));
    expect(redo).toHaveBeenCalledWith(expect.objectContaining({ id: 1, revision: 5 }));
    expect(made.get()).toMatchObject({
      undone: null,
      last: { revision: 6 },
      said: 'L2H5: put back, accepted again.'
    });
    await made.undoLast();
    await made.decide(exampleRow(), 'accepted');
    expect(made.get().undone).toBeNull();
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
    const { said, busy } = made.get();
    expect(busy).toBeNull();
    expect(said).toBe(
      'L2H5 accepted, revision 4. ' +
        'L2H5 is as it was: the decision before was still being stored.'
    );
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
