import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { CatalogueSidebar, readSidebar } from './catalogue_sidebar';
import { Commands, NO_ARGUMENTS, PALETTE } from './commands';
import { headlabIcon } from './icon';
import { KeptView } from './kept_view';
import { IHeadLab } from './tokens';

const RANK = 600;

export const sidebarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:sidebar',
  description: 'The head catalogue in the left area.',
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
    const view = new KeptView(db, 'headlab:catalogue', readSidebar);
    const sidebar = new CatalogueSidebar({
      rest,
      changes,
      view,
      // not awaited: the page's state is there only once all plugins are
      kept: view.read(),
      onOpen: row =>
        void app.commands.execute(Commands.openEntry, {
          id: row.id,
          fingerprint: row.model_fingerprint,
          head: { ...row.head },
          model: row.model_name
        }),
      onHelp: () => void app.commands.execute(Commands.help),
      onWorkbench: () => void app.commands.execute(Commands.openWorkbench),
      onReview: () => void app.commands.execute(Commands.reviewQueue),
      onBatches: () => void app.commands.execute(Commands.batches),
      onTable: search =>
        void app.commands.execute(Commands.catalogueTable, {
          text: search.text,
          filters: { ...search.filters }
        })
    });
    restorer?.add(sidebar, sidebar.id);
    app.shell.add(sidebar, 'left', { rank: RANK, type: 'HeadLab' });

    app.commands.addCommand(Commands.showCatalogue, {
      label: 'Show Head Catalogue',
      caption: 'The head catalogue in the left area',
      icon: headlabIcon,
      describedBy: NO_ARGUMENTS,
      execute: () => {
        app.shell.activateById(sidebar.id);
        sidebar.focusList();
      }
    });
    palette?.addItem({ command: Commands.showCatalogue, category: PALETTE });
  }
};
