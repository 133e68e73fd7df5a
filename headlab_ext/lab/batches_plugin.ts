import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification, WidgetTracker } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { BatchView, DraftBatch, Head } from '../contract/records';
import { endWords } from '../views/batch_words';
import { messageOf } from '../views/problems';
import { BatchesTab } from './batches_tab';
import { BatchWatch } from './batches_watch';
import { Commands, PALETTE } from './commands';
import { headlabIcon } from './icon';
import { IHeadLab } from './tokens';

const SHOWN = 5_000;

export const batchesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:batches',
  description: 'Batches of drafts by a language model: planned, started and watched.',
  autoStart: true,
  requires: [IHeadLab],
  optional: [ICommandPalette, ILayoutRestorer, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    { rest, changes }: IHeadLab,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    db: IStateDB | null
  ) => {
    const { commands, shell } = app;
    const tracker = new WidgetTracker<BatchesTab>({ namespace: 'headlab-batches' });
    const watch = new BatchWatch(
      rest,
      view => tell(view, () => void commands.execute(Commands.batches, { batch: view.batch.id })),
      db
    );
    changes.catalogue.connect(() => watch.changed());
    // not awaited: the page's state is there only once all plugins are
    void watch.restore();

    const openHead = async (batch: DraftBatch, head: Head) => {
      try {
        const entry = await rest.find(batch.model_fingerprint, head);
        await commands.execute(Commands.openEntry, {
          id: entry.id,
          fingerprint: entry.model_fingerprint,
          model: entry.model_name,
          head: { ...entry.head }
        });
      } catch (error) {
        Notification.error(`HeadLab: ${messageOf(error)}`, { autoClose: SHOWN });
      }
    };

    commands.addCommand(Commands.batches, {
      label: 'Drafts by a Language Model',
      caption: 'Batches of drafts: plan a new one, see how others stand',
      icon: args => (args['isPalette'] ? undefined : headlabIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            entry_ids: {
              type: 'array',
              items: { type: 'integer' },
              description: 'Entries to plan a new batch of'
            },
            batch: { type: 'integer', description: 'The number of the batch to show' }
          }
        }
      },
      execute: args => {
        let tab = tracker.find(open => !open.isDisposed);
        if (!tab) {
          const made = new BatchesTab({
            rest,
            changes,
            onAtWork: batch => watch.watch(batch),
            onOpen: (batch, head) => void openHead(batch, head)
          });
          shell.add(made, 'main', { type: 'HeadLab batches' });
          void tracker.add(made);
          let kept = made.content.live.get().chosen;
          made.content.live.subscribe(() => {
            const { chosen } = made.content.live.get();
            if (chosen !== kept) {
              kept = chosen;
              void tracker.save(made);
            }
          });
          tab = made;
        }
        const ids = numbersIn(args['entry_ids']);
        if (ids.length > 0) {
          tab.draft(ids);
        } else if (typeof args['batch'] === 'number') {
          tab.showBatch(args['batch']);
        }
        shell.activateById(tab.id);
        return tab;
      }
    });
    palette?.addItem({ command: Commands.batches, category: PALETTE, args: { isPalette: true } });

    if (restorer) {
      void restorer.restore(tracker, {
        command: Commands.batches,
        args: tab => {
          const { chosen } = tab.content.live.get();
          return chosen === null ? {} : { batch: chosen };
        },
        name: () => 'batches'
      });
    }
  }
};

/** One notification a batch: finished ones leave by themselves, stopped ones wait to be read. */
function tell(view: BatchView, show: () => void): void {
  const actions = [{ label: 'Show', callback: show }];
  if (view.batch.state === 'stopped') {
    Notification.error(endWords(view), { actions, autoClose: false });
  } else {
    Notification.success(endWords(view), { actions, autoClose: SHOWN });
  }
}

function numbersIn(given: unknown): number[] {
  return Array.isArray(given)
    ? given.filter((one): one is number => Number.isInteger(one) && one > 0)
    : [];
}
