import { render, screen } from '@testing-library/react';
import * as React from 'react';
import { describe, expect, it } from 'vitest';
import { EvidenceLinks } from './evidence_links';
import { MappingsTable } from './mappings_table';
import { RelationPlot } from './relation_plot';
import { makeCard } from './spec_records';

describe('rows that are kept from drafters', () => {
  it('are marked, and the numbers that drafters get are said', () => {
    const card = makeCard({ held_out: ['M1'] });
    const relations = card.relations.map((relation, index) =>
      index === 0
        ? {
            ...relation,
            drafting: {
              n_pairs: 61,
              score: 0.5,
              rank: 4,
              control: 0.1,
              suppression: 0.25,
              suppression_rank: 7,
              suppression_control: 0.1
            }
          }
        : relation
    );
    render(
      <EvidenceLinks card={card}>
        <MappingsTable mappings={card.mappings} />
        <RelationPlot relations={relations} notApplicable={[]} />
      </EvidenceLinks>
    );
    const marked = screen.getAllByTitle(/kept from drafters for tests/);
    expect(marked.map(label => label.textContent)).toEqual(['M1◦ kept from drafters for tests']);
    const tips = screen.getAllByTitle(/drafters get 61 of the pairs: score 0.5/);
    expect(tips).toHaveLength(1);
    expect(tips[0].textContent).toBe(relations[0].name);
  });
});
