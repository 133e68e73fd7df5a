import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import {
  QUEUE_COMMANDS,
  type KeyLabels,
  type QueueCommand
} from '../views/review_queue/queue_keys';
import { NO_ARGUMENTS } from './commands';

type Commands = JupyterFrontEnd['commands'];

const PREFIX = 'headlab:review-';
const CATEGORY = 'HeadLab Review';
const MAC = /Mac/.test(navigator.platform);

/** The queue that a command is meant for. */
export interface Reviewing {
  /** Whether a press of a key has not been used by a command yet; uses it. */
  takePress(): boolean;
  send(command: QueueCommand): void;
}

/** Commands that only move the focus may repeat; one press decides once. */
const MOVES: readonly QueueCommand[] = [
  'next-sentence',
  'previous-sentence',
  'next-row',
  'previous-row'
];

/** One command for each key of the queue, for the settings of shortcuts and the palette. */
export function addReviewCommands(
  commands: Commands,
  palette: ICommandPalette | null,
  reviewing: () => Reviewing | null
): void {
  for (const [name, label] of Object.entries(QUEUE_COMMANDS)) {
    const command = name as QueueCommand;
    const id = PREFIX + name;
    commands.addCommand(id, {
      label: `Review: ${label}`,
      describedBy: NO_ARGUMENTS,
      isEnabled: () => reviewing() !== null,
      isVisible: () => reviewing() !== null,
      execute: args => {
        const queue = reviewing();
        const pressed = !byKey(args) || queue?.takePress();
        if (pressed || MOVES.includes(command)) {
          queue?.send(command);
        }
      }
    });
    palette?.addItem({ command: id, category: CATEGORY });
  }
}

/** Whether a key has started the command, and no palette or menu. */
function byKey(args: ReadonlyPartialJSONObject): boolean {
  return '_luminoEvent' in args;
}

/** The keys in force, as the settings of shortcuts have them. */
export function keyLabels(commands: Commands): KeyLabels {
  const labels: { [command in QueueCommand]?: string[] } = {};
  for (const { command, keys } of commands.keyBindings) {
    if (command.startsWith(PREFIX)) {
      const name = command.slice(PREFIX.length) as QueueCommand;
      (labels[name] ??= []).push(keys.map(written).join(' '));
    }
  }
  return labels;
}

const MARKS: Record<string, string> = {
  Accel: MAC ? '⌘' : 'Ctrl',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→'
};

/** `Shift /` as `?`, `A` as `a`, `Accel Z` as `Ctrl+Z`. */
export function written(key: string): string {
  if (key === 'Shift /') {
    return '?';
  }
  const parts = key.split(' ').map(part => MARKS[part] ?? part);
  return parts.length === 1
    ? parts[0].replace(/^[A-Z]$/, letter => letter.toLowerCase())
    : parts.join('+');
}
