import * as React from 'react';
import { REVIEW_KEYS, type ReviewCommand } from './review_keys';

type Named = Extract<ReviewCommand, string>;

const BUTTONS: { command: Named; word: string; tip: string; main?: true }[] = [
  {
    command: 'accept',
    word: 'Accept',
    tip: 'Put the draft in force as it is written',
    main: true
  },
  { command: 'edit', word: 'Edit', tip: 'Change the text; Ctrl+Enter saves and accepts it' },
  { command: 'reject', word: 'Reject', tip: 'Stored at once; the reason can follow' },
  { command: 'unclear', word: 'Unclear', tip: 'The evidence shows no clear pattern' },
  {
    command: 'undo',
    word: 'Undo',
    tip: 'Take back the newest decision, note, label or draft, as a new revision'
  },
  { command: 'redo', word: 'Redo', tip: 'Let the step that was undone last count again' }
];

/** The decisions with their keys. */
export function DecisionBar(props: {
  disabled: boolean;
  /** Whether a step was undone that can count again. */
  redoable: boolean;
  onCommand: (command: Named) => void;
}): React.JSX.Element {
  return (
    <div className="hl-DecisionBar" role="group" aria-label="Decision">
      {BUTTONS.filter(({ command }) => command !== 'redo' || props.redoable).map(button => {
        const { command, word, tip, main } = button;
        return (
          <button
            key={command}
            type="button"
            className="hl-Button"
            data-main={main}
            title={tip}
            aria-keyshortcuts={REVIEW_KEYS[command]}
            disabled={props.disabled}
            onClick={() => props.onCommand(command)}
          >
            {word} <kbd aria-hidden="true">{REVIEW_KEYS[command]}</kbd>
          </button>
        );
      })}
    </div>
  );
}
