import { describe, expect, it } from 'vitest';
import type { Measure } from '../contract/records';
import { StoredMeasures } from './ranking_measures';

const settle = () => new Promise(resolve => setTimeout(resolve));

function watched() {
  const asked: number[] = [];
  const source = {
    broken: false,
    measures: async (): Promise<Measure[]> => {
      asked.push(1);
      if (source.broken) {
        throw new Error('down');
      }
      return [];
    }
  };
  return { asked, source, store: new StoredMeasures(source) };
}

describe('what heads can be ranked by', () => {
  it('is asked for once it is wanted and shown, and again only after a change', async () => {
    const { asked, store } = watched();
    store.setVisible(true);
    store.changed();
    await settle();
    expect(asked).toHaveLength(0);
    store.want();
    store.want();
    await settle();
    expect(asked).toHaveLength(1);
    expect(store.get()).toEqual({ measures: [], problem: null });
    store.setVisible(false);
    store.changed();
    await settle();
    expect(asked).toHaveLength(1);
    store.setVisible(true);
    await settle();
    expect(asked).toHaveLength(2);
  });

  it('is asked for anew after an error, when that is asked for', async () => {
    const { asked, source, store } = watched();
    source.broken = true;
    store.setVisible(true);
    store.want();
    await settle();
    expect(store.get()).toEqual({ measures: null, problem: 'down' });
    store.want();
    await settle();
    expect(asked).toHaveLength(1);
    source.broken = false;
    store.changed();
    await settle();
    expect(store.get()).toEqual({ measures: [], problem: null });
  });
});
