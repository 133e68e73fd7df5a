import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { FilterFields, FilterToSave } from '../contract/records';
import { fromSearch, isFiltered } from '../views/catalogue_query';
import { Commands, PALETTE } from './commands';
import { headlabIcon } from './icon';
import { KeptView } from './kept_view';
import { readTable, TableTab } from './table_tab';
import { IHeadLab } from './tokens';

export const tablePlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:table',
  description: 'The head catalogue as a table in the main area.',
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
    const tracker = new WidgetTracker<TableTab>({ namespace: 'headlab-table' });
    const open = () => {
      const tab = new TableTab({
        rest,
        changes,
        view: new KeptView(db, 'headlab:table', readTable),
        onOpen: row =>
          void commands.execute(Commands.openEntry, {
            id: row.id,
            fingerprint: row.model_fingerprint,
            head: { ...row.head },
            model: row.model_name
          }),
        onDraft: ids => void commands.execute(Commands.batches, { entry_ids: ids }),
        onCompare: ids => void commands.execute(Commands.compare, { entry_ids: ids }),
        onHelp: () => void commands.execute(Commands.help),
        onWorkbench: () => void commands.execute(Commands.openWorkbench)
      });
      shell.add(tab, 'main', { type: 'HeadLab table' });
      void tracker.add(tab);
      return tab;
    };

    commands.addCommand(Commands.catalogueTable, {
      label: 'Open Catalogue Table',
      caption: 'The head catalogue as a table, with filters, order and columns of your own',
      icon: headlabIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            text: { type: 'string', description: 'Words that the entries hold' },
            filters: { type: 'object', description: 'Filters by name, as a saved filter has them' }
          }
        }
      },
      execute: args => {
        const tab = tracker.find(() => true) ?? open();
        const search = searchFrom(args);
        if (search) {
          tab.content.find(search);
        }
        shell.activateById(tab.id);
        return tab;
      }
    });
    palette?.addItem({ command: Commands.catalogueTable, category: PALETTE });
    if (restorer) {
      void restorer.restore(tracker, {
        command: Commands.catalogueTable,
        name: () => 'table'
      });
    }
  }
};

/** The search in a command's arguments; null for one that narrows nothing. */
function searchFrom({ text, filters }: ReadonlyPartialJSONObject): FilterToSave | null {
  const search = { text: String(text ?? ''), filters: (filters ?? {}) as FilterFields };
  return isFiltered(fromSearch(search)) ? search : null;
}
