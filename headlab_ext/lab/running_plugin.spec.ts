import { Notification, showDialog } from '@jupyterlab/apputils';
import type { IRunningSessions } from '@jupyterlab/running';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchView } from '../contract/records';
import { makeBatch } from '../views/batch_records';
import { runningPlugin } from './running_plugin';

vi.mock('@jupyterlab/running', () => ({ IRunningSessionManagers: {}, IRunningSessionSidebar: {} }));
vi.mock('@jupyterlab/apputils', () => ({
  Dialog: { cancelButton: (one: object) => one, warnButton: (one: object) => one },
  Notification: { error: vi.fn() },
  showDialog: vi.fn()
}));
vi.mock('./icon', () => ({ headlabIcon: { name: 'headlab:heads' } }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

const FIRST = makeBatch({ id: 1 }, { running: true });
const SECOND = makeBatch({ id: 2, state: 'paused' });

/** A lab with commands and a server, and the Running panel if it has one. */
function lab({ panel = true } = {}) {
  const server = {
    views: [FIRST, SECOND],
    batches: vi.fn(async () => server.views),
    turnBatch: vi.fn(async (id: number): Promise<BatchView> => {
      server.views = server.views.filter(({ batch }) => batch.id !== id);
      return makeBatch({ id, state: 'cancelled' });
    })
  };
  const commands = {
    execute: vi.fn(async () => undefined),
    commandExecuted: new Signal<object, { id: string; result: Promise<unknown> }>({})
  };
  const changes = {
    catalogue: new Signal<object, void>({}),
    settings: new Signal<object, void>({})
  };
  const added: IRunningSessions.IManager[] = [];
  const widget = new Widget();
  const managers = { add: (one: IRunningSessions.IManager) => added.push(one) };
  const sidebar = { getSections: () => added.map(({ name }) => ({ id: name, widget })) };
  void runningPlugin.activate(
    { commands } as never,
    { rest: server, changes },
    panel ? managers : null,
    panel ? sidebar : null
  );
  return { server, commands, changes, added, widget };
}

async function shownLab() {
  const made = lab();
  Widget.attach(made.widget, document.body);
  await settled();
  return { ...made, section: made.added[0], items: made.added[0].running({ mode: 'list' }) };
}

const settled = () => vi.advanceTimersByTimeAsync(1_000);
const answer = (accept: boolean) =>
  vi.mocked(showDialog).mockResolvedValue({ button: { accept } } as never);

describe('the section of the Running panel', () => {
  it('is left out where the lab has no such panel', async () => {
    const { server, changes, added } = lab({ panel: false });
    changes.catalogue.emit();
    await settled();
    expect(added).toEqual([]);
    expect(server.batches).not.toHaveBeenCalled();
  });

  it('asks for nothing before it is seen, and follows changes while it is', async () => {
    const { server, changes, added, widget } = lab();
    server.views = [SECOND];
    changes.catalogue.emit();
    await settled();
    expect(server.batches).not.toHaveBeenCalled();
    Widget.attach(widget, document.body);
    await settled();
    expect(server.batches).toHaveBeenCalledTimes(1);
    expect(added[0].running({ mode: 'list' })).toHaveLength(1);
    changes.catalogue.emit();
    await settled();
    changes.settings.emit();
    await settled();
    expect(server.batches).toHaveBeenCalledTimes(3);
    widget.hide();
    await settled();
    changes.catalogue.emit();
    await settled();
    expect(server.batches).toHaveBeenCalledTimes(3);
  });

  it('is seen in the dialog that searches all sections, until that is closed', async () => {
    const { server, commands } = lab();
    let close: (value?: unknown) => void = () => undefined;
    const result = new Promise(resolve => (close = resolve));
    commands.commandExecuted.emit({ id: 'filebrowser:activate', result });
    await settled();
    expect(server.batches).not.toHaveBeenCalled();
    commands.commandExecuted.emit({ id: 'running:show-modal', result });
    await settled();
    const asked = server.batches.mock.calls.length;
    expect(asked).toBeGreaterThan(0);
    close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.batches).toHaveBeenCalledTimes(asked);
  });

  it('opens the batch that is clicked', async () => {
    const { commands, items } = await shownLab();
    items[1].open?.();
    expect(commands.execute).toHaveBeenCalledExactlyOnceWith('headlab:batches', { batch: 2 });
  });

  it('cancels one only after a person said so', async () => {
    const { server, section, items } = await shownLab();
    answer(false);
    items[0].shutdown?.();
    await settled();
    expect(server.turnBatch).not.toHaveBeenCalled();
    expect(vi.mocked(showDialog).mock.calls[0][0]).toMatchObject({
      title: 'Cancel batch 1?',
      body: expect.stringMatching(/^2 heads that wait or are under way will not be drafted/),
      defaultButton: 0
    });
    answer(true);
    items[0].shutdown?.();
    await settled();
    expect(server.turnBatch).toHaveBeenCalledExactlyOnceWith(1, 'cancel');
    expect(section.running({ mode: 'list' })).toHaveLength(1);
  });

  it('cancels all without a second question, and tells of one that goes on', async () => {
    const { server, section } = await shownLab();
    server.turnBatch.mockRejectedValueOnce(new Error('The database is locked.'));
    (section.shutdownAllConfirmationText as () => string)();
    section.shutdownAll();
    await settled();
    expect(showDialog).not.toHaveBeenCalled();
    expect(server.turnBatch.mock.calls).toEqual([
      [1, 'cancel'],
      [2, 'cancel']
    ]);
    expect(vi.mocked(Notification.error).mock.calls).toEqual([
      ['HeadLab: batch 1 was not cancelled. The database is locked.', { autoClose: false }]
    ]);
    expect(section.running({ mode: 'list' })).toHaveLength(1);
  });
});
