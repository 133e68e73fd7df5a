import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { MOST_COLUMNS } from '../views/compare/columns';
import { addColumnCommands, columnKeys } from './compare_commands';
import { CompareModelsTab } from './compare_models_tab';
import type { CompareKeys } from './compare_model';
import { CompareTab } from './compare_tab';
import { Commands, PALETTE } from './commands';
import { keyFrom, keyOf } from './entry_model';
import { headlabIcon } from './icon';
import { IHeadLab } from './tokens';

export const comparePlugin: JupyterFrontEndPlugin<void> = {
  id: 'headlab:compare',
  description: 'Heads side by side, and two models side by side, as tabs of the main area.',
  autoStart: true,
  requires: [IHeadLab],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    headlab: IHeadLab,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const { commands, shell } = app;
    const heads = new WidgetTracker<CompareTab>({ namespace: 'headlab-compare' });
    const models = new WidgetTracker<CompareModelsTab>({ namespace: 'headlab-compare-models' });

    const openHeads = (kept: CompareKeys, name?: string): CompareTab => {
      const tab = new CompareTab({
        ...headlab,
        kept,
        name,
        keys: () => columnKeys(commands),
        onOpen: entry =>
          void commands.execute(Commands.openEntry, {
            ...keyOf(entry),
            head: { ...entry.head }
          }),
        onCompareModels: () => void commands.execute(Commands.compareModels)
      });
      shell.add(tab, 'main', { type: 'HeadLab comparison' });
      void heads.add(tab);
      tab.model.subscribe(() => void heads.save(tab));
      return tab;
    };

    commands.addCommand(Commands.compare, {
      label: 'Compare Heads',
      caption:
        'Two to four heads of the catalogue side by side, given as `entry_ids` or chosen there',
      icon: headlabIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            entry_ids: {
              type: 'array',
              maxItems: MOST_COLUMNS,
              items: { type: 'integer' },
              description: 'The numbers of the entries in the catalogue'
            }
          }
        }
      },
      execute: args => {
        const { kept, name } = keptFrom(args);
        const ids = idsOf(kept);
        const open = ids && heads.find(tab => idsOf(tab.model.keys()) === ids);
        const tab = open || openHeads(kept, name);
        shell.activateById(tab.id);
        return tab;
      }
    });

    commands.addCommand(Commands.compareModels, {
      label: 'Compare Models',
      caption: 'Two models of the catalogue, or two versions of one, side by side',
      icon: headlabIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            first: { type: 'string', description: 'The fingerprint of a model' },
            second: { type: 'string', description: 'The fingerprint of another' }
          }
        }
      },
      execute: args => {
        let tab = models.find(() => true);
        if (!tab) {
          const pair = { first: asText(args.first), second: asText(args.second) };
          const onHeads = (entry_ids: number[]) =>
            void commands.execute(Commands.compare, { entry_ids });
          const made = new CompareModelsTab({ ...headlab, pair, onHeads });
          shell.add(made, 'main', { type: 'HeadLab comparison' });
          void models.add(made);
          made.model.subscribe(() => void models.save(made));
          tab = made;
        }
        shell.activateById(tab.id);
        return tab;
      }
    });

    const inFront = () =>
      heads.currentWidget && heads.currentWidget === shell.currentWidget
        ? heads.currentWidget.model
        : null;
    addColumnCommands(commands, palette, inFront);
    palette?.addItem({ command: Commands.compare, category: PALETTE });
    palette?.addItem({ command: Commands.compareModels, category: PALETTE });
    if (restorer) {
      void restorer.restore(heads, {
        command: Commands.compare,
        args: tab => ({
          name: tab.name,
          baseline: tab.model.keys().baseline,
          entries: tab.model
            .keys()
            .entries.map(key => ({ ...key, head: key.head ? { ...key.head } : undefined }))
        }),
        name: tab => tab.name
      });
      void restorer.restore(models, {
        command: Commands.compareModels,
        args: tab => {
          const { compared, pair } = tab.model.get();
          return compared ? { first: compared.first, second: compared.second } : { ...pair };
        },
        name: () => 'models'
      });
    }
  }
};

/** The heads that a command names: by `entry_ids`, or as a tab was kept. */
function keptFrom(args: ReadonlyPartialJSONObject): { kept: CompareKeys; name?: string } {
  const { entry_ids, entries, baseline, name } = args;
  const asked = entry_ids ?? entries ?? [];
  if (!Array.isArray(asked) || asked.length > MOST_COLUMNS) {
    throw new Error(
      `${Commands.compare}: entry_ids is ${JSON.stringify(asked)}, but must be a list of at most ` +
        `${MOST_COLUMNS} numbers of entries.`
    );
  }
  const keys = asked.map(one => keyFrom(typeof one === 'object' ? one : { id: one }));
  const known = new Map(keys.map(key => [key.id, key]));
  return {
    kept: {
      entries: [...known.values()],
      baseline: typeof baseline === 'number' ? baseline : null
    },
    name: typeof name === 'string' ? name : undefined
  };
}

/** Which heads are compared, in whatever order; "" for none. */
function idsOf(kept: CompareKeys): string {
  return kept.entries
    .map(key => key.id)
    .sort((a, b) => a - b)
    .join(',');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
