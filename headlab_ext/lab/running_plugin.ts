import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers, IRunningSessionSidebar } from '@jupyterlab/running';
import type { BatchView } from '../contract/records';
import { LiveBatches } from '../views/batch_live';
import { askToCancel, cancelBatches } from './cancel_batches';
import { Commands } from './commands';
import { RunningBatches } from './running_batches';
import { ShownPlaces } from './shown_places';
import { IHeadLab } from './tokens';

/** Opens JupyterLab's dialog that searches all sections of the panel. */
const SEARCH = 'running:show-modal';

export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:running',
  description: 'Batches that run or are paused, in the Running panel.',
  autoStart: true,
  requires: [IHeadLab],
  optional: [IRunningSessionManagers, IRunningSessionSidebar],
  activate: (
    { commands }: JupyterFrontEnd,
    { rest, changes }: IHeadLab,
    managers: IRunningSessionManagers | null,
    sidebar: IRunningSessionSidebar | null
  ) => {
    if (!managers || !sidebar) {
      return; // without the sidebar nobody can tell whether the section is seen
    }
    const live = new LiveBatches(rest);
    const look = () => live.changed();
    changes.catalogue.connect(look);
    changes.settings.connect(look);

    const cancelAll = (views: readonly BatchView[]) => cancelBatches(rest, views).then(look);
    const batches = new RunningBatches(live, {
      open: batch => void commands.execute(Commands.batches, { batch }),
      cancel: async view => {
        if (await askToCancel(view)) {
          await cancelAll([view]);
        }
      },
      cancelAll
    });
    managers.add(batches);

    const places = new ShownPlaces(shown => live.setVisible(shown));
    const section = sidebar.getSections().find(({ id }) => id === batches.name);
    if (section) {
      places.follow(section.widget);
    }
    commands.commandExecuted.connect((_, { id, result }) => {
      if (id === SEARCH) {
        places.during(result);
      }
    });
  }
};
