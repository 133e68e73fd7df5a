import * as React from 'react';
import type { Entry } from '../../contract/records';
import { CardSection } from '../card_section';
import { evidenceSections, type CardPart } from '../head_card';
import { testsPart } from '../tests_part';
import { CitedRows } from './cited_rows';
import type { LinkedDraft } from './draft_links';
import type { Blind } from './queue_records';
import type { Links } from './use_links';

/** The card's evidence: the cited rows first, then all of it as the card shows it, then the tests. */
export function QueueEvidence(props: {
  entry: Entry;
  linked: LinkedDraft;
  links: Links;
  hidden: readonly Blind[];
}): React.JSX.Element {
  const { entry, linked, links, hidden } = props;
  const { card } = entry;
  if (!card) {
    return (
      <div className="hl-Queue-right">
        <p className="hl-Note">
          This entry has no evidence here. Open its model in a workbench and look at the head to
          compute it; until then it can only be unclear.
        </p>
      </div>
    );
  }
  const view = { head: entry.head, card, entry, siblings: [] };
  const parts = evidenceSections(view).filter(part => !isHidden(part, hidden));
  const all: CardPart[] = [...parts, ...testsPart(entry)];
  return (
    <div className="hl-Queue-right" tabIndex={-1}>
      <div className="hl-Card">
        <div className="hl-Card-evidence">
          {linked.sentences.length > 0 && (
            <CardSection title="Cited rows">
              <CitedRows
                card={card}
                cited={linked.cited}
                links={links}
                hiddenScores={hidden.includes('scores')}
              />
            </CardSection>
          )}
          <div className="hl-Queue-all">
            {all.map(part => (
              <CardSection key={part.title} title={part.title} note={part.note}>
                {part.body}
              </CardSection>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** A section without its rows would say that there are none. */
function isHidden({ title }: CardPart, hidden: readonly Blind[]): boolean {
  return (
    ((title === 'Relations' || title === 'Attention') && hidden.includes('scores')) ||
    (title === 'Provenance' && (hidden.includes('source') || hidden.includes('scores')))
  );
}
