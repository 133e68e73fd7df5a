import * as React from 'react';
import { KeyTable } from '../key_table';

/** What a key, a button or the palette can ask of the queue. */
export const QUEUE_COMMANDS = {
  accept: 'Accept the draft as it is written',
  edit: 'Edit the text; Ctrl+Enter saves and accepts it',
  reject: 'Reject the draft',
  unclear: 'Mark as unclear: the evidence shows no clear pattern',
  skip: 'Skip: it comes again at the end',
  undo: 'Take back the newest judgement, or cast the vote again',
  redo: 'Put back what was taken back last, or leave the vote as it was',
  'rate-1': 'Rate 1, wrong',
  'rate-2': 'Rate 2, mostly wrong',
  'rate-3': 'Rate 3, partly right',
  'rate-4': 'Rate 4, mostly right',
  'rate-5': 'Rate 5, right',
  'next-sentence': 'Next sentence',
  'previous-sentence': 'Previous sentence',
  'next-row': 'Next cited row',
  'previous-row': 'Previous cited row',
  reason: 'Give a reason: then 1 to 6, or a text',
  note: 'Write a note',
  'next-draft': 'Next draft of the same head',
  votes: 'Show the votes',
  blind: 'Go to what is hidden',
  open: 'Open the card of this head',
  history: 'Show or hide the last decisions',
  keys: 'Show or hide the keys'
} as const;

export type QueueCommand = keyof typeof QUEUE_COMMANDS;

/** What can be asked while no head is on the screen. */
export const WITHOUT_HEAD: readonly QueueCommand[] = ['undo', 'redo', 'blind', 'history', 'keys'];

/** The keys in force for each command, as they are written on buttons. */
export type KeyLabels = Partial<Record<QueueCommand, readonly string[]>>;

/** Where commands come from; the view that shows the queue listens. */
export class CommandLine {
  private listener: ((command: QueueCommand) => void) | null = null;

  listen(listener: (command: QueueCommand) => void): () => void {
    this.listener = listener;
    return () => {
      if (this.listener === listener) {
        this.listener = null;
      }
    };
  }

  send(command: QueueCommand): void {
    this.listener?.(command);
  }
}

/** The first key of a command, on its button. */
export function Key(props: { keys: KeyLabels; command: QueueCommand }): React.JSX.Element | null {
  const label = props.keys[props.command]?.[0];
  return label ? <kbd aria-hidden="true">{label}</kbd> : null;
}

/** For `aria-keyshortcuts`: `Control+Z`. */
export function ariaKeys(keys: KeyLabels, command: QueueCommand): string | undefined {
  return (
    keys[command]?.map(label => label.replace('Ctrl', 'Control').replace('⌘', 'Meta')).join(' ') ||
    undefined
  );
}

/** All keys that are in force here; they can be changed in the lab's settings. */
export function QueueKeyTable({ keys }: { keys: KeyLabels }): React.JSX.Element {
  const commands = Object.keys(QUEUE_COMMANDS) as QueueCommand[];
  return (
    <KeyTable
      className="hl-Queue-keys"
      caption="Keys of the review queue, while no text field has focus"
      rows={commands
        .map(command => [keys[command] ?? [], QUEUE_COMMANDS[command]] as const)
        .filter(([labels]) => labels.length > 0)}
    />
  );
}
