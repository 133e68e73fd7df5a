import * as React from 'react';
import { drafterLabel } from '../drafters';
import { Citation } from '../evidence_links';
import { FreeText, visibleText } from '../free_text';
import type { LinkedDraft } from './draft_links';
import type { JudgementWork } from './use_judgement';
import type { Links } from './use_links';
import { useElementId } from '../use_element_id';

/** The draft as sentences, each with the rows that it names. */
export function LinkedDraftView(props: {
  work: JudgementWork;
  linked: LinkedDraft;
  links: Links;
  hideSource: boolean;
}): React.JSX.Element {
  const { work, linked, links, hideSource } = props;
  const { draft } = work;
  return (
    <div className="hl-QueueDraft">
      <DraftLine work={work} hideSource={hideSource} />
      {linked.flags.map(flag => (
        <p key={flag} className="hl-QueueDraft-flag hl-Note" data-kind="warning">
          <FreeText text={flag} />
        </p>
      ))}
      {draft?.draft.unclear && (
        <p className="hl-QueueDraft-unclear">The drafter found no clear pattern.</p>
      )}
      <ol className="hl-QueueDraft-sentences" aria-label="The draft, sentence by sentence">
        {linked.sentences.map((sentence, index) => (
          <li
            key={index}
            className="hl-QueueDraft-sentence"
            data-sentence={index}
            data-at={isAt(links, index) || undefined}
            data-linked={links.isSentenceLinked(index) || undefined}
            tabIndex={isAt(links, index) || (index === 0 && !atSentence(links)) ? 0 : -1}
            onFocus={() => links.focus({ sentence: index })}
            onMouseEnter={() => links.hover({ sentence: index })}
            onMouseLeave={() => links.hover(null)}
          >
            <FreeText text={sentence.text} />
            {sentence.rows.map(row => (
              <React.Fragment key={row}>
                {' '}
                <Citation row={row} />
              </React.Fragment>
            ))}
            {sentence.flags.map(flag => (
              <span key={flag} className="hl-QueueDraft-odd">
                <span aria-hidden="true">⚠ </span>
                <FreeText text={flag} />
              </span>
            ))}
          </li>
        ))}
      </ol>
      {linked.whole.length > 0 && (
        <p className="hl-QueueDraft-whole">
          <span className="hl-dim">Cited for the text as a whole: </span>
          {linked.whole.map(row => (
            <React.Fragment key={row}>
              <Citation row={row} />{' '}
            </React.Fragment>
          ))}
        </p>
      )}
    </div>
  );
}

function DraftLine(props: { work: JudgementWork; hideSource: boolean }): React.JSX.Element {
  const { drafts, draft, chooseDraft } = props.work;
  const id = useElementId();
  if (!draft) {
    return <p className="hl-QueueDraft-line hl-dim">No draft is shown.</p>;
  }
  const label = (one: typeof draft) =>
    props.hideSource
      ? `Draft ${one.id}`
      : visibleText(`Draft ${one.id}: ${drafterLabel(one.draft.drafter)}`);
  if (drafts.length === 1) {
    return (
      <p className="hl-QueueDraft-line hl-dim">
        <FreeText text={label(draft)} />
      </p>
    );
  }
  return (
    <p className="hl-QueueDraft-line">
      <label htmlFor={id}>{`${drafts.length} drafts; judged is`}</label>
      <select
        id={id}
        className="hl-Select"
        value={draft.id}
        onChange={event => chooseDraft(Number(event.target.value))}
      >
        {drafts.map(one => (
          <option key={one.id} value={one.id}>
            {label(one)}
          </option>
        ))}
      </select>
    </p>
  );
}

function isAt({ at }: Links, index: number): boolean {
  return at !== null && 'sentence' in at && at.sentence === index;
}

function atSentence({ at }: Links): boolean {
  return at !== null && 'sentence' in at;
}
