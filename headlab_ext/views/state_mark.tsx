import * as React from 'react';
import { STATE_LOOKS, type HeadState } from './head_states';

/** The state of an entry as a shape and a word, never by colour alone. */
export function StateMark({ state }: { state: HeadState }): React.JSX.Element {
  const look = STATE_LOOKS[state];
  return (
    <span className="hl-StateMark" data-state={state}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        {look.stroke && <path className="hl-StateMark-line" d={look.stroke} />}
        {look.fill && <path className="hl-StateMark-fill" d={look.fill} />}
      </svg>
      {look.word}
    </span>
  );
}
