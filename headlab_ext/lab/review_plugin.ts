import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { QueueItem } from '../contract/records';
import { StoredTyping } from '../views/stored_typing';
import type { KeyLabels } from '../views/review_queue/queue_keys';
import { Commands, NO_ARGUMENTS, PALETTE } from './commands';
import { headlabIcon } from './icon';
import { addReviewCommands, keyLabels } from './review_commands';
import { KeptReviews } from './review_kept';
import { ReviewTab, type LiveKeys } from './review_tab';
import { IHeadLab } from './tokens';

export const reviewPlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:review',
  description: 'A queue of drafts to be judged, as a tab of the main area.',
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
    const tracker = new WidgetTracker<ReviewTab>({ namespace: 'headlab-review' });
    const keeper = new KeptReviews(db);
    const typing = new StoredTyping();
    const keys = liveKeys(app.commands);
    const onEntry = (item: QueueItem) =>
      void app.commands.execute(Commands.openEntry, {
        id: item.entry_id,
        fingerprint: item.model_fingerprint || undefined,
        head: { ...item.head },
        model: item.model_name || undefined
      });

    const opened = async () => {
      const found = tracker.find(tab => !tab.isDisposed);
      if (found) {
        return found;
      }
      const [kept, place] = await Promise.all([
        keeper.read(),
        rest.settings().then(
          settings => settings.catalogue_place,
          () => ''
        )
      ]);
      const here = place !== '' && kept.place === place;
      const tab = new ReviewTab({
        rest,
        changes,
        typing,
        keys,
        keeper,
        kept: { ...kept, done: here ? kept.done : [], place },
        onEntry,
        onCatalogue: () => void app.commands.execute(Commands.showCatalogue)
      });
      app.shell.add(tab, 'main', { type: 'HeadLab review' });
      void tracker.add(tab);
      return tab;
    };
    let opening: Promise<ReviewTab> | null = null;

    app.commands.addCommand(Commands.reviewQueue, {
      label: 'Review Heads',
      caption: 'Judge drafts of heads one after another, alone or for a round',
      icon: headlabIcon,
      describedBy: NO_ARGUMENTS,
      execute: async () => {
        opening ??= opened();
        const tab = await opening.finally(() => {
          opening = null;
        });
        app.shell.activateById(tab.id);
        return tab;
      }
    });
    palette?.addItem({ command: Commands.reviewQueue, category: PALETTE });
    addReviewCommands(app.commands, palette, () => {
      const tab = tracker.currentWidget;
      return tab?.isVisible ? tab : null;
    });
    if (restorer) {
      void restorer.restore(tracker, { command: Commands.reviewQueue, name: () => 'review' });
    }
  }
};

/** The keys in force; a new object after each change of them. */
function liveKeys(commands: JupyterFrontEnd['commands']): LiveKeys {
  let labels: KeyLabels = keyLabels(commands);
  const listeners = new Set<() => void>();
  let timer = 0;
  commands.keyBindingChanged.connect(() => {
    // one change of the settings binds every key anew
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      labels = keyLabels(commands);
      listeners.forEach(listener => listener());
    });
  });
  return {
    get: () => labels,
    subscribe: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
}
