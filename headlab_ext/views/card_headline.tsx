import * as React from 'react';
import type { AttentionEvidence, Entry, EvidenceCard, HeadView, Review } from '../contract/records';
import { bestOperation, type BestOperation } from './best_operation';
import { InReview } from './catalogue_in_review';
import { Citation } from './evidence_links';
import { rowId } from './evidence_rows';
import { FreeText, visibleText } from './free_text';
import { headName, headWords, totalHeads } from './heads';
import { formatRank, formatSigned } from './numbers';
import { firstSentence } from './sentences';
import { StateMark } from './state_mark';
import { Value } from './value';

/** What the head does and how sure that is, before any detail. */
export function CardHeadline({ view }: { view: HeadView }): React.JSX.Element {
  const { card, entry, head } = view;
  const best = bestOperation(card);
  return (
    <header className="hl-CardHeadline">
      <div className="hl-CardHeadline-line">
        <h2 className="hl-CardHeadline-name" title={headWords(head)}>
          {headName(head)}
        </h2>
        <span className="hl-dim">
          <FreeText text={card.model.name} />
        </span>
        <StateMark state={entry?.state ?? 'undescribed'} />
        {entry && <InReview of={entry} />}
      </div>
      <Described entry={entry} />
      <dl className="hl-CardHeadline-facts">
        <div>
          <dt>Strongest operation</dt>
          <dd>{best ? <BestSentence best={best} /> : 'No operation could be scored.'}</dd>
        </div>
        <div>
          <dt>Without this head</dt>
          <dd>
            <LossSentence card={card} />
          </dd>
        </div>
        {card.attention && (
          <div>
            <dt>Attention</dt>
            <dd>
              <LooksSentence attention={card.attention} />
            </dd>
          </div>
        )}
      </dl>
    </header>
  );
}

function Described({ entry }: { entry: Entry | null }): React.JSX.Element {
  if (!entry?.description) {
    return <p className="hl-CardHeadline-first hl-dim">{whyNone(entry)}</p>;
  }
  const { first, rest } = firstSentence(entry.description);
  return (
    <>
      <p className="hl-CardHeadline-first">
        <FreeText text={first} />
      </p>
      {rest && (
        <details className="hl-CardHeadline-rest">
          <summary>
            {entry.state === 'drafted' ? 'Rest of the draft' : 'Rest of the description'}
          </summary>
          <p>
            <FreeText text={rest} />
          </p>
        </details>
      )}
    </>
  );
}

function whyNone(entry: Entry | null): string {
  if (entry?.state === 'rejected') {
    return `The draft was rejected${byWhom(entry.reviews.at(-1))}.`;
  }
  if (entry?.state === 'unclear') {
    return `No clear pattern${byWhom(entry.reviews.at(-1))}.`;
  }
  return 'Not described yet.';
}

function byWhom(review: Review | undefined): string {
  return review ? ` (\u2068${visibleText(review.reviewer)}\u2069)` : '';
}

function BestSentence({ best }: { best: BestOperation }): React.JSX.Element {
  const { row, way, score, rank, control } = best;
  const hits = Math.round(score * row.n_pairs);
  const place = way === 'writes' ? 'top' : 'bottom';
  const measure = way === 'writes' ? 'relation score' : 'suppression score';
  return (
    <>
      {!best.aboveControl && 'None is above its control; the highest: '}
      {way === 'suppresses' && 'suppresses '}
      <code className="hl-CardHeadline-operation">
        <FreeText text={row.name} />
      </code>
      {`: ${hits} of ${row.n_pairs} targets in the ${place} ${row.k}, score `}
      <b>
        <Value value={score} tip={`${measure}: share of ${row.n_pairs} pairs, at k = ${row.k}`} />
      </b>
      {' against '}
      <Value value={control} tip="highest score of any head with shuffled targets (control)" />
      {` for shuffled targets; ${formatRank(rank, row.n_heads)}. `}
      <Citation row={rowId('R', best.index)} />
    </>
  );
}

function LossSentence({ card }: { card: EvidenceCard }): React.JSX.Element {
  const effect = card.ablation;
  if (!effect) {
    return <>Not tested: the card holds no ablation.</>;
  }
  const total = totalHeads(card.model);
  return (
    <>
      mean loss{' '}
      <b>
        <Value
          value={effect.loss_change}
          format={formatSigned}
          tip="mean change of the loss of the true next token, in nats; positive where the head helps"
        />
      </b>
      {' nats'}
      {card.loss_change_rank !== null && `; ${formatRank(card.loss_change_rank, total)}`}
      {'; KL '}
      <Value value={effect.kl} tip="mean KL(with the head || without it), in nats" />
      {' nats.'}
    </>
  );
}

/** The measure that is furthest above its control. */
function LooksSentence({ attention }: { attention: AttentionEvidence }): React.JSX.Element {
  const best = attention.measures.at(0);
  if (!best) {
    return <>It could not be measured on this model.</>;
  }
  if (best.value <= best.control) {
    return <>No measure is above its control.</>;
  }
  return (
    <>
      <span title={visibleText(best.meaning)}>{visibleText(best.title).toLowerCase()}</span>{' '}
      <b>
        <Value
          value={best.value}
          tip={`${visibleText(best.meaning)} In ${visibleText(best.unit)}.`}
        />
      </b>
      {' against '}
      <Value value={best.control} tip={`control: ${visibleText(best.control_is)}`} />
      {` as control; ${formatRank(best.rank, best.n_heads)}. `}
      <Citation row={rowId('A', 0)} />
    </>
  );
}
