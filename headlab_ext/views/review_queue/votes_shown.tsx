import * as React from 'react';
import type { Vote } from '../../contract/records';
import { FreeText } from '../free_text';
import { formatSeconds } from '../numbers';
import { SignedName } from '../signed_name';
import { StateMark } from '../state_mark';
import { TextChange } from '../text_change';
import { BLIND_WORDS } from './queue_records';

/** What reviewers voted, each alone: the ground of the decision. */
export function VotesShown(props: {
  votes: readonly Vote[];
  /** Texts of the drafts that the votes are about. */
  drafted: ReadonlyMap<number, string>;
}): React.JSX.Element {
  return (
    <ol className="hl-QueueVotes" aria-label="Votes">
      {props.votes.map(vote => (
        <li key={vote.id} className="hl-QueueVote">
          <div className="hl-QueueVote-line">
            <b>
              <SignedName name={vote.reviewer} signedIn={Boolean(vote.authenticated_by)} />
            </b>
            <StateMark state={vote.decision} />
            <span className="hl-dim">{aboutVote(vote)}</span>
          </div>
          {vote.text && (
            <TextChange
              before={(vote.draft_id !== null && props.drafted.get(vote.draft_id)) || ''}
              after={vote.text}
            />
          )}
          {vote.reason && (
            <p>
              <FreeText text={vote.reason} />
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

function aboutVote(vote: Vote): string {
  return [
    vote.draft_id === null ? 'own text' : `draft ${vote.draft_id}`,
    vote.rating === null ? '' : `rated ${vote.rating} of 5`,
    vote.seconds === null ? '' : formatSeconds(vote.seconds),
    vote.blind.length === 0
      ? ''
      : `did not see: ${vote.blind.map(one => BLIND_WORDS[one].label.toLowerCase()).join(', ')}`
  ]
    .filter(Boolean)
    .join(' · ');
}
