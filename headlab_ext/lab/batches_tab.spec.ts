import { Signal } from '@lumino/signaling';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BatchWish } from '../contract/records';
import type { BatchPlanner } from '../views/batch_api';
import { BatchesPage } from './batches_tab';
import { quiet } from './example_desk';

vi.mock('@jupyterlab/apputils', () => ({
  MainAreaWidget: class {
    content = null;
  }
}));
vi.mock('./icon', () => ({ headlabIcon: {} }));
vi.mock('./shown_widget', () => ({
  ShownWidget: class {
    node = document.createElement('div');
    isDisposed = false;
    addClass = vi.fn();
    look = vi.fn();
    update = vi.fn();
    dispose(): void {
      this.isDisposed = true;
    }
  }
}));

afterEach(() => {
  vi.restoreAllMocks();
});

interface Opened {
  onShown(shown: boolean): void;
  render(): {
    props: { entryIds: readonly number[]; planner: BatchPlanner<BatchWish> };
  };
}

/** The page, shown, beside a server whose settings name `where.place`. */
async function open() {
  const where = { place: 'here.db' };
  const planned: unknown[] = [];
  const changes = {
    catalogue: new Signal<object, void>({}),
    settings: new Signal<object, void>({})
  };
  const rest = {
    settings: async () => ({ catalogue_place: where.place }),
    overview: () => new Promise(() => undefined),
    batches: () => new Promise(() => undefined),
    measures: () => new Promise(() => undefined),
    at: (place: string) => ({
      planBatch: async () => planned.push(['plan', place]),
      startBatch: async ({ cap }: BatchWish) => planned.push(['start', place, cap])
    })
  };
  const options = { rest, changes, onAtWork: vi.fn(), onOpen: vi.fn() };
  const page = new BatchesPage(options as never);
  const shown = page as unknown as Opened;
  shown.onShown(true);
  await quiet();
  const moveTo = async (place: string) => {
    where.place = place;
    changes.settings.emit();
    await quiet();
  };
  return { page, shown, where, planned, moveTo, changes };
}

describe('entries to draft', () => {
  it('are let go of once the catalogue is elsewhere, and so is the batch on the screen', async () => {
    const { page, shown, moveTo } = await open();
    page.chooseEntries([3, 4]);
    await quiet();
    await moveTo('here.db');
    expect(shown.render().props.entryIds).toEqual([3, 4]);
    await moveTo('there.db');
    expect(shown.render().props.entryIds).toEqual([]);

    page.showBatch(5);
    await quiet();
    await moveTo('here.db');
    expect(page.live.get().chosen).toBeNull();
    page.dispose();
  });

  it('are planned and started in the catalogue that they were chosen in, or not at all', async () => {
    const { page, shown, where, planned } = await open();
    page.chooseEntries([3]);
    await quiet();
    where.place = 'there.db'; // nobody has told the page yet
    const { planner } = shown.render().props;
    await planner.plan({} as BatchWish, {});
    await planner.start({} as BatchWish, 2);
    expect(planned).toEqual([
      ['plan', 'here.db'],
      ['start', 'here.db', 2]
    ]);
    page.dispose();
  });

  it('stay where they were chosen after the move that the hidden page has not looked at', async () => {
    const { page, shown, moveTo } = await open();
    shown.onShown(false);
    await moveTo('there.db');
    page.chooseEntries([7]);
    shown.onShown(true);
    await quiet();
    expect(shown.render().props.entryIds).toEqual([7]);
    page.dispose();
  });
});
