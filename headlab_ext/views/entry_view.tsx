import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { CardSection } from './card_section';
import { InReview } from './catalogue_in_review';
import { EntryDrafts } from './entry_drafts';
import { FreeText } from './free_text';
import { HeadCard, type CardPart } from './head_card';
import { headName } from './heads';
import { importedPart } from './imported_evidence';
import { ReviewForm } from './review_form';
import { StateMark } from './state_mark';
import { testsPart } from './tests_part';

/** The page of a catalogue entry: its evidence, its drafts and the review. */
export function EntryView(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  onEntry: (entry: Entry) => void;
}): React.JSX.Element {
  const { entry, api, typing, onEntry } = props;
  const parts: CardPart[] = [
    {
      title: 'Drafts',
      body: <EntryDrafts key={entry.id} entry={entry} api={api} typing={typing} onEntry={onEntry} />
    },
    ...testsPart(entry),
    ...importedPart(entry),
    {
      title: 'Review',
      body: <ReviewForm key={entry.id} entry={entry} api={api} typing={typing} onEntry={onEntry} />
    }
  ];
  if (entry.card) {
    const view = { head: entry.head, card: entry.card, entry, siblings: [] };
    return <HeadCard view={view} parts={parts} />;
  }
  return (
    <article className="hl-Card" aria-label={`Entry of ${headName(entry.head)}`}>
      <header className="hl-CardHeadline">
        <div className="hl-CardHeadline-line">
          <h2 className="hl-CardHeadline-name">{headName(entry.head)}</h2>
          <span className="hl-dim">
            <FreeText text={entry.model_name} />
          </span>
          <StateMark state={entry.state} />
          <InReview of={entry} />
        </div>
        {entry.description && (
          <p className="hl-CardHeadline-first">
            <FreeText text={entry.description} />
          </p>
        )}
        <p className="hl-Note">
          This entry has no evidence here. Open its model in a workbench and look at the head to
          compute it.
        </p>
      </header>
      {parts.map(part => (
        <CardSection key={part.title} title={part.title} note={part.note}>
          {part.body}
        </CardSection>
      ))}
    </article>
  );
}
