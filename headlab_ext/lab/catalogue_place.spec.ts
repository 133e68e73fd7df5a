import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SettingsView } from '../contract/records';
import { CataloguePlace } from './catalogue_place';
import { quiet } from './example_desk';

let named: string;
const onMove = vi.fn();
const source = { settings: vi.fn(async () => ({ catalogue_place: named }) as SettingsView) };

beforeEach(() => {
  named = 'here.db';
  vi.clearAllMocks();
});

function follow(at: string | null): CataloguePlace {
  return new CataloguePlace(source, at, onMove);
}

describe('where the catalogue is', () => {
  it('is told once it is another place, and asked for only while somebody looks', async () => {
    const where = follow('here.db');
    where.setVisible(true);
    await quiet();
    expect(source.settings).not.toHaveBeenCalled();
    where.changed();
    await quiet();
    expect(onMove).not.toHaveBeenCalled();

    where.setVisible(false);
    named = 'there.db';
    where.changed();
    await quiet();
    expect(source.settings).toHaveBeenCalledTimes(1);
    where.setVisible(true);
    await quiet();
    expect(onMove.mock.calls).toEqual([['there.db']]);
    expect(where.place).toBe('there.db');
  });

  it('is no move where a view begins', async () => {
    const where = follow(null);
    where.setVisible(true);
    await quiet();
    expect(where.place).toBe('here.db');
    named = 'there.db';
    where.beginHere();
    expect(where.place).toBeNull();
    await quiet();
    expect(where.place).toBe('there.db');
    expect(onMove).not.toHaveBeenCalled();
  });

  it('is asked for again after a failure, and the newest answer counts', async () => {
    const where = follow('here.db');
    source.settings.mockRejectedValueOnce(new Error('no answer'));
    where.setVisible(true);
    where.changed();
    await quiet();
    named = 'there.db';
    let answerLate = (): void => undefined;
    source.settings.mockImplementationOnce(
      () =>
        new Promise(answer => {
          answerLate = () => answer({ catalogue_place: 'here.db' } as SettingsView);
        })
    );
    where.setVisible(false);
    where.setVisible(true);
    where.changed();
    await quiet();
    answerLate();
    await quiet();
    expect(onMove.mock.calls).toEqual([['there.db']]);
  });
});
