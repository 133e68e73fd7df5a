import * as React from 'react';
import { Key, ariaKeys, type KeyLabels } from './queue_keys';
import type { Current } from './queue_records';
import { VotesShown } from './votes_shown';

/** The votes on a head, for the person who decides: shown when they ask for them. */
export function VotesPart(props: {
  current: Current;
  keys: KeyLabels;
  onShow: () => void;
}): React.JSX.Element {
  const { current, keys, onShow } = props;
  const { entry, votes } = current;
  const open = entry.open_votes ?? 0;
  if (open === 0) {
    return (
      <p className="hl-Queue-ground hl-dim">
        Nobody has voted on this head: the decision is yours alone.
      </p>
    );
  }
  if (votes === null) {
    return (
      <p className="hl-Queue-ground hl-Note">
        {open === 1 ? 'One vote waits ' : `${open} votes wait `}
        {'for your decision, which will rest on them. '}
        <button
          type="button"
          className="hl-Button"
          aria-keyshortcuts={ariaKeys(keys, 'votes')}
          onClick={onShow}
        >
          {open === 1 ? 'Show the vote' : `Show the ${open} votes`}{' '}
          <Key keys={keys} command="votes" />
        </button>
      </p>
    );
  }
  const drafted = new Map(entry.drafts.map(({ id, draft }) => [id, draft.description]));
  return (
    <section className="hl-Queue-ground" aria-label="Votes">
      <p className="hl-dim">Your decision takes these votes into the history of the entry.</p>
      <VotesShown votes={votes} drafted={drafted} />
    </section>
  );
}
