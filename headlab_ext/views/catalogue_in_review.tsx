import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { formatCount } from './numbers';

/** Reviewers are asked or have voted and nobody has decided yet, as a shape and a word. */
export function InReview({
  of
}: {
  of: Pick<EntrySummary, 'in_review' | 'open_votes'>;
}): React.JSX.Element | null {
  if (!of.in_review) {
    return null;
  }
  const votes = of.open_votes ?? 0;
  const why =
    votes === 0
      ? 'reviewers are asked, no vote yet'
      : `${formatCount(votes)} ${votes === 1 ? 'vote' : 'votes'} without a decision`;
  return (
    <span className="hl-StateMark hl-InReview" title={why}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        <path className="hl-StateMark-line" d="M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z" />
        <path className="hl-StateMark-fill" d="M8 2a6 6 0 0 1 6 6H8z" />
      </svg>
      in review
    </span>
  );
}
