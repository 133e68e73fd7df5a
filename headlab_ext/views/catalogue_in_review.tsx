import * as React from 'react';
import { formatCount } from './numbers';

/** Reviewers have voted and nobody has decided yet, as a shape and a word. */
export function InReview({ votes = 0 }: { votes?: number }): React.JSX.Element {
  return (
    <span
      className="hl-StateMark hl-InReview"
      title={`${formatCount(votes)} ${votes === 1 ? 'vote' : 'votes'} without a decision`}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        <path className="hl-StateMark-line" d="M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z" />
        <path className="hl-StateMark-fill" d="M8 2a6 6 0 0 1 6 6H8z" />
      </svg>
      in review
    </span>
  );
}
