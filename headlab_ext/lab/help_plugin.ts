import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { HelpView } from '../views/help_view';
import { Commands, NO_ARGUMENTS, PALETTE } from './commands';
import { headlabIcon } from './icon';

export const helpPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:help',
  description: 'What the numbers, states and keys of HeadLab mean.',
  autoStart: true,
  optional: [ICommandPalette, IMainMenu, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<MainAreaWidget>({ namespace: 'headlab-help' });
    app.commands.addCommand(Commands.help, {
      label: 'HeadLab Help',
      caption: 'What the numbers, states and keys of HeadLab mean',
      describedBy: NO_ARGUMENTS,
      execute: () => {
        let tab = tracker.find(open => !open.isDisposed);
        if (!tab) {
          tab = helpTab();
          app.shell.add(tab, 'main', { type: 'HeadLab help' });
          void tracker.add(tab);
        }
        app.shell.activateById(tab.id);
        return tab;
      }
    });
    palette?.addItem({ command: Commands.help, category: PALETTE });
    menu?.helpMenu.addGroup([{ command: Commands.help }], 30);
    if (restorer) {
      void restorer.restore(tracker, { command: Commands.help, name: () => 'help' });
    }
  }
};

function helpTab(): MainAreaWidget {
  const content = ReactWidget.create(React.createElement(HelpView));
  content.addClass('hl-Host');
  content.addClass('hl-HelpPage');
  content.node.tabIndex = -1;
  const tab = new MainAreaWidget({ content });
  tab.id = 'headlab-help';
  tab.title.label = 'HeadLab Help';
  tab.title.icon = headlabIcon;
  tab.title.closable = true;
  return tab;
}
