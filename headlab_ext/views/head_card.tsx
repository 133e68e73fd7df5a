import * as React from 'react';
import type { Head, HeadView } from '../contract/records';
import { AttentionLegend, AttentionSection } from './attention_section';
import { CardHeadline } from './card_headline';
import { CardIndex, CardSection } from './card_section';
import { EvidenceLinks } from './evidence_links';
import { headName } from './heads';
import { MappingsTable } from './mappings_table';
import { ProvenanceDetails } from './provenance';
import { PlotLegend, RelationPlot } from './relation_plot';
import { WithoutHead } from './without_head';

/** A further section of the page; citations in it lead to the card's rows. */
export interface CardPart {
  title: string;
  note?: React.ReactNode;
  body: React.ReactNode;
}

/** All evidence about one head, from what it does down to how the numbers were made. */
export function HeadCard(props: {
  view: HeadView;
  onHead?: (head: Head) => void;
  parts?: readonly CardPart[];
  /** Measures attention; only where a model is at hand. */
  onMeasureAttention?: () => Promise<void>;
}): React.JSX.Element {
  const { view, onHead, parts = [], onMeasureAttention } = props;
  const { card } = view;
  const evidence = evidenceSections(view, onHead, onMeasureAttention);
  return (
    <EvidenceLinks card={card}>
      <article className="hl-Card" aria-label={`Card of ${headName(view.head)}`}>
        <CardHeadline view={view} />
        <CardIndex titles={[...evidence, ...parts].map(section => section.title)} />
        <div className="hl-Card-columns">
          <Column className="hl-Card-evidence" sections={evidence} />
          {parts.length > 0 && <Column className="hl-Card-decision" sections={parts} />}
        </div>
      </article>
    </EvidenceLinks>
  );
}

/** Evidence and decision stand side by side where there is room, else one below the other. */
function Column(props: { className: string; sections: readonly CardPart[] }): React.JSX.Element {
  return (
    <div className={props.className}>
      {props.sections.map(section => (
        <CardSection key={section.title} title={section.title} note={section.note}>
          {section.body}
        </CardSection>
      ))}
    </div>
  );
}

/** The card's evidence section by section, in the order of the page. */
export function evidenceSections(
  view: HeadView,
  onHead?: (head: Head) => void,
  onMeasureAttention?: () => Promise<void>
): CardPart[] {
  const { card, siblings } = view;
  const sections: CardPart[] = [
    {
      title: 'What it writes',
      note: `The source tokens that the weights pass on most strongly, and the tokens they raise.${
        card.held_out?.length
          ? ' Rows marked ◦ are kept from drafters, for tests of what they say.'
          : ''
      }`,
      body: <MappingsTable mappings={card.mappings} />
    },
    {
      title: 'Relations',
      note: <PlotLegend />,
      body: <RelationPlot relations={card.relations} notApplicable={card.not_applicable} />
    },
    {
      title: 'Without this head',
      body: card.ablation ? (
        <WithoutHead effect={card.ablation} />
      ) : (
        <p className="hl-dim">Not tested: the card holds no ablation.</p>
      )
    },
    {
      title: 'Attention',
      note: card.attention?.measures.length ? <AttentionLegend /> : undefined,
      body: <AttentionSection attention={card.attention} onMeasure={onMeasureAttention} />
    }
  ];
  if (siblings.length > 0) {
    sections.push({
      title: 'Key-value siblings',
      note: 'Heads that read the same keys and values.',
      body: <Siblings siblings={siblings} onHead={onHead} />
    });
  }
  sections.push({
    title: 'Provenance',
    body: <ProvenanceDetails provenances={card.provenances} />
  });
  return sections;
}

function Siblings(props: {
  siblings: readonly Head[];
  onHead?: (head: Head) => void;
}): React.JSX.Element {
  const { siblings, onHead } = props;
  return (
    <ul className="hl-Siblings">
      {siblings.map(sibling => (
        <li key={headName(sibling)}>
          {onHead ? (
            <button className="hl-Button" onClick={() => onHead(sibling)}>
              {headName(sibling)}
            </button>
          ) : (
            headName(sibling)
          )}
        </li>
      ))}
    </ul>
  );
}
