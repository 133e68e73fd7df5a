import * as React from 'react';
import {
  Key,
  QUEUE_COMMANDS,
  WITHOUT_HEAD,
  ariaKeys,
  type KeyLabels,
  type QueueCommand
} from './queue_keys';

const BUTTONS: readonly [QueueCommand, string][] = [
  ['accept', 'Accept'],
  ['edit', 'Edit'],
  ['reject', 'Reject'],
  ['unclear', 'Unclear'],
  ['skip', 'Skip'],
  ['undo', 'Undo'],
  ['redo', 'Redo']
];

/** The decisions with the keys in force. None is preferred: that is what is asked here. */
export function QueueBar(props: {
  keys: KeyLabels;
  voting: boolean;
  redoable: boolean;
  /** Whether the head that is to be judged is still on its way. */
  waiting?: boolean;
  said: string;
  onCommand: (command: QueueCommand) => void;
}): React.JSX.Element {
  const { keys, voting, waiting, said, onCommand } = props;
  return (
    <div className="hl-QueueBar">
      <div
        className="hl-DecisionBar"
        role="group"
        aria-label={voting ? 'Your vote' : 'Your decision'}
      >
        {BUTTONS.filter(([command]) => command !== 'redo' || props.redoable).map(
          ([command, word]) => (
            <button
              key={command}
              type="button"
              className="hl-Button"
              title={QUEUE_COMMANDS[command]}
              aria-keyshortcuts={ariaKeys(keys, command)}
              aria-disabled={(waiting && !WITHOUT_HEAD.includes(command)) || undefined}
              onClick={() => onCommand(command)}
            >
              {word} <Key keys={keys} command={command} />
            </button>
          )
        )}
      </div>
      <p className="hl-QueueBar-said">{said}</p>
    </div>
  );
}
