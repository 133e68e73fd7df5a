import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { messageOf } from '../views/problems';
import { Commands, PALETTE } from './commands';
import { headlabIcon } from './icon';
import { makeWorkbench, openWorkbenchIn, runWorkbench } from './open_workbench';

export const workbenchPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:workbench',
  description: 'Opens a notebook with a HeadLab workbench.',
  autoStart: true,
  optional: [ICommandPalette, ILauncher, IDefaultFileBrowser, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    files: IDefaultFileBrowser | null,
    notebooks: INotebookTracker | null
  ) => {
    const { commands, shell } = app;
    let opening: Promise<NotebookPanel | null> | null = null;

    async function open(folder: string, fresh: boolean): Promise<NotebookPanel | null> {
      const found = fresh ? null : openWorkbenchIn(folder, notebooks);
      if (found) {
        shell.activateById(found.id);
        return found;
      }
      try {
        const panel = await makeWorkbench(app, folder);
        runWorkbench(panel).catch(tell);
        return panel;
      } catch (error) {
        tell(error);
        return null;
      }
    }

    commands.addCommand(Commands.openWorkbench, {
      label: args => (args['isLauncher'] ? 'HeadLab' : 'Open Workbench'),
      caption: 'A notebook with a HeadLab workbench, in the current folder',
      icon: args => (args['isPalette'] ? undefined : headlabIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            cwd: { type: 'string', description: 'The folder; else that of the file browser' },
            fresh: { type: 'boolean', description: 'Make a new notebook though one is open' }
          }
        }
      },
      execute: args => {
        const folder = typeof args['cwd'] === 'string' ? args['cwd'] : (files?.model.path ?? '');
        // A second click while the first is at work is that same click.
        opening ??= open(folder, args['fresh'] === true).finally(() => (opening = null));
        return opening;
      }
    });
    launcher?.add({
      command: Commands.openWorkbench,
      args: { isLauncher: true },
      category: 'HeadLab',
      categoryRank: 10, // after notebooks, before consoles
      rank: 0
    });
    palette?.addItem({
      command: Commands.openWorkbench,
      category: PALETTE,
      args: { isPalette: true }
    });
  }
};

function tell(error: unknown): void {
  Notification.error(`HeadLab: ${messageOf(error)}`, { autoClose: false });
}
