import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { MOST_COLUMNS } from '../views/compare/columns';
import type { ColumnKeys } from '../views/compare/headlines';
import type { CompareModel } from './compare_model';
import { Commands, NO_ARGUMENTS, PALETTE } from './commands';
import { written } from './review_commands';

type Registry = JupyterFrontEnd['commands'];

/** What is done with the columns of the comparison in front, for palette and shortcuts. */
export function addColumnCommands(
  commands: Registry,
  palette: ICommandPalette | null,
  inFront: () => CompareModel | null
): void {
  const add = (id: string, label: string, run: (model: CompareModel, place: number) => void) => {
    commands.addCommand(id, {
      label,
      describedBy: NO_ARGUMENTS,
      isEnabled: () => inFront() !== null,
      isVisible: () => inFront() !== null,
      execute: () => {
        const model = inFront();
        if (model) {
          run(model, model.get().focused);
        }
      }
    });
    palette?.addItem({ command: id, category: PALETTE });
  };
  add(Commands.compareMoveLeft, 'Move Compared Head Left', (model, place) => model.move(place, -1));
  add(Commands.compareMoveRight, 'Move Compared Head Right', (model, place) =>
    model.move(place, 1)
  );
  add(Commands.compareDrop, 'Drop Compared Head', (model, place) => model.drop(place));
  add(Commands.compareBaseline, 'Switch the Baseline of the Comparison', (model, place) =>
    model.toggleBaseline(place)
  );

  commands.addCommand(Commands.compareFocus, {
    label: args => `Go to Compared Head ${Number(args.column ?? 1)}`,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          column: {
            type: 'integer',
            minimum: 1,
            maximum: MOST_COLUMNS,
            description: 'Which column, from 1'
          }
        }
      }
    },
    isEnabled: () => inFront() !== null,
    isVisible: () => inFront() !== null,
    execute: args => inFront()?.focus(Number(args.column ?? 1) - 1, true)
  });
  for (let column = 1; column <= MOST_COLUMNS; column++) {
    palette?.addItem({ command: Commands.compareFocus, category: PALETTE, args: { column } });
  }
}

/** The keys of these commands as they are set now. */
export function columnKeys(commands: Registry): ColumnKeys {
  const keyOf = (command: string, column?: number) => {
    const found = commands.keyBindings.find(
      binding => binding.command === command && (!column || binding.args.column === column)
    );
    return found ? found.keys.map(written).join(' ') : '';
  };
  return {
    focus: Array.from({ length: MOST_COLUMNS }, (_, place) =>
      keyOf(Commands.compareFocus, place + 1)
    ),
    left: keyOf(Commands.compareMoveLeft),
    right: keyOf(Commands.compareMoveRight),
    drop: keyOf(Commands.compareDrop),
    baseline: keyOf(Commands.compareBaseline)
  };
}
