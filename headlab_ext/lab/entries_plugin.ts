import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { Commands } from './commands';
import { keyFrom } from './entry_model';
import { EntryTab } from './entry_tab';
import { StoredTyping } from '../views/stored_typing';
import { IHeadLab } from './tokens';

export const entriesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:entries',
  description: 'Entries of the head catalogue as tabs of the main area.',
  autoStart: true,
  requires: [IHeadLab],
  optional: [ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    { rest, changes }: IHeadLab,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<EntryTab>({ namespace: 'headlab-entry' });
    const typing = new StoredTyping();

    app.commands.addCommand(Commands.openEntry, {
      label: 'Open Catalogue Entry',
      caption: 'Open an entry of the head catalogue by its number, given as `id`',
      describedBy: {
        args: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'integer', description: 'The number of the entry in the catalogue' },
            fingerprint: { type: 'string', description: "The fingerprint of the head's model" },
            model: { type: 'string', description: "The name of the head's model" },
            head: {
              type: 'object',
              description: 'Layer and index of the head, both from 0',
              properties: { layer: { type: 'integer' }, index: { type: 'integer' } }
            }
          }
        }
      },
      execute: args => {
        const key = keyFrom(args);
        const open = tracker.find(tab => tab.key.id === key.id);
        const tab = open ?? new EntryTab({ rest, changes, typing, key });
        if (!open) {
          app.shell.add(tab, 'main', { type: 'HeadLab entry' });
          void tracker.add(tab);
          tab.title.changed.connect(() => void tracker.save(tab));
        }
        app.shell.activateById(tab.id);
        return tab;
      }
    });

    if (restorer) {
      void restorer.restore(tracker, {
        command: Commands.openEntry,
        args: tab => ({ ...tab.key, head: tab.key.head ? { ...tab.key.head } : undefined }),
        name: tab => String(tab.key.id)
      });
    }
  }
};
