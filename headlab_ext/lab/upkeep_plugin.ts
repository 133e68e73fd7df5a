import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification } from '@jupyterlab/apputils';
import * as React from 'react';
import type { CatalogueCheck } from '../contract/records';
import { CatalogueProblems, checkWords, copyWords } from '../views/catalogue_check';
import { messageOf } from '../views/problems';
import { Commands, NO_ARGUMENTS, PALETTE } from './commands';
import { IHeadLab } from './tokens';

const SHOWN = 5_000;

export const upkeepPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:upkeep',
  description: 'Checks and backups of the head catalogue.',
  autoStart: true,
  requires: [IHeadLab],
  optional: [ICommandPalette],
  activate: (
    { commands }: JupyterFrontEnd,
    { rest }: IHeadLab,
    palette: ICommandPalette | null
  ) => {
    /** One at a time: both read all of the catalogue. */
    let busy = false;
    const setBusy = (now: boolean) => {
      busy = now;
      commands.notifyCommandChanged(Commands.verifyCatalogue);
      commands.notifyCommandChanged(Commands.backUpCatalogue);
    };
    const once = async (begun: string, work: () => Promise<Told>) => {
      setBusy(true);
      const id = Notification.emit(begun, 'in-progress', { autoClose: false });
      try {
        Notification.update({ id, autoClose: SHOWN, ...(await work()) });
      } catch (error) {
        const message = `HeadLab: ${messageOf(error)}`;
        Notification.update({ id, message, type: 'error', autoClose: false });
      } finally {
        setBusy(false);
      }
    };

    commands.addCommand(Commands.verifyCatalogue, {
      label: 'Verify the Catalogue',
      caption: 'Recompute every history of the head catalogue and compare; nothing is changed',
      describedBy: NO_ARGUMENTS,
      isEnabled: () => !busy,
      execute: () =>
        once('Verifying the catalogue…', async () => {
          const check = await rest.verify();
          return check.n_problems === 0
            ? { message: checkWords(check), type: 'success' }
            : {
                message: checkWords(check),
                type: 'error',
                autoClose: false,
                actions: [{ label: 'Show', callback: () => showProblems(check) }]
              };
        })
    });
    commands.addCommand(Commands.backUpCatalogue, {
      label: 'Back Up the Catalogue',
      caption: 'Copy the head catalogue to a new file beside it, named by the time',
      describedBy: NO_ARGUMENTS,
      isEnabled: () => !busy,
      execute: () =>
        once('Backing up the catalogue…', async () => {
          const copy = await rest.backUp();
          return copy.n_problems
            ? { message: copyWords(copy), type: 'warning', autoClose: false }
            : { message: copyWords(copy), type: 'success' };
        })
    });
    for (const command of [Commands.verifyCatalogue, Commands.backUpCatalogue]) {
      palette?.addItem({ command, category: PALETTE });
    }
  }
};

type Told = Omit<Notification.IUpdate<never>, 'id'>;

function showProblems(check: CatalogueCheck): void {
  void new Dialog({
    title: checkWords(check),
    body: React.createElement(CatalogueProblems, { check }),
    buttons: [Dialog.okButton({ label: 'Close' })]
  }).launch();
}
