import * as React from 'react';
import type { Entry } from '../contract/records';
import { InReview } from './catalogue_in_review';
import { FreeText } from './free_text';
import { SignedName } from './signed_name';
import { StateMark } from './state_mark';
import { Time } from './times';

/** The state in force, and who decided it when. */
export function ReviewState({ entry }: { entry: Entry }): React.JSX.Element {
  const decided = entry.state !== 'undescribed' && entry.state !== 'drafted';
  const review = decided ? entry.reviews.at(-1) : undefined;
  return (
    <p className="hl-ReviewState">
      <StateMark state={entry.state} />
      <InReview of={entry} />
      {review && (
        <span>
          {' by '}
          <SignedName name={review.reviewer} signedIn={Boolean(review.authenticated_by)} />
          {', '}
          <Time at={review.created_at} />
          {review.rating !== null && `, rated ${review.rating} of 5`}
          {review.reason && (
            <>
              {': '}
              <FreeText text={review.reason} />
            </>
          )}
        </span>
      )}
      {entry.state === 'drafted' && <span className="hl-dim"> no decision yet</span>}
    </p>
  );
}
