// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DraftsList } from './drafts_list';
import { HeadCard } from './head_card';
import { makeCard, makeDraft, makeEntry, makeRelation, makeView } from './spec_records';

beforeEach(() => {
  Element.prototype.scrollIntoView = vi.fn();
});
afterEach(cleanup);

const row = (id: string) => document.querySelector<HTMLElement>(`[data-row="${id}"]`);

function renderCard(view = makeView()): void {
  const body = <DraftsList drafts={view.entry?.drafts ?? []} />;
  render(<HeadCard view={view} parts={[{ title: 'Drafts', body }]} />);
}

describe('HeadCard', () => {
  it('says what the head does and how sure that is', () => {
    renderCard();
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('L1H10');
    const facts = document.querySelector('.hl-CardHeadline-facts')!.textContent;
    expect(facts).toContain('country_to_capital: 108 of 120 targets in the top 10, score 0.900');
    expect(facts).toContain('against 0.0500 for shuffled targets; rank 1 of 60.');
    expect(facts).toContain('mean loss +0.0101 nats; rank 6 of 60; KL 0.00350 nats.');
  });

  it('says that a score is not above its control', () => {
    const card = makeCard({ relations: [makeRelation({ score: 0.04 })] });
    renderCard(makeView({ card }));
    expect(document.querySelector('.hl-CardHeadline-facts')!.textContent).toContain(
      'None is above its control'
    );
  });

  it('names its sections as landmarks and in the index', () => {
    renderCard();
    const titles = [
      'What it writes',
      'Relations',
      'Without this head',
      'Attention',
      'Provenance',
      'Drafts'
    ];
    for (const title of titles) {
      expect(screen.getByRole('region', { name: title })).toBeTruthy();
    }
    const index = document.querySelectorAll('.hl-CardIndex button');
    expect(Array.from(index, button => button.textContent)).toEqual(titles);
  });

  it('shows ten mappings, and all on demand', () => {
    renderCard();
    expect(row('M10')).not.toBeNull();
    expect(row('M11')).toBeNull();
    fireEvent.click(screen.getByText('Show all 30'));
    expect(row('M30')).not.toBeNull();
  });

  it('leads from a citation to its row, unfolding the list', () => {
    renderCard();
    fireEvent.click(screen.getByRole('link', { name: 'M17' }));
    expect(row('M17')?.dataset.flash).toBe('true');
    expect(document.activeElement).toBe(row('M17'));
    expect(Element.prototype.scrollIntoView).toHaveBeenCalled();
  });

  it('says when a cited row does not exist', () => {
    const draft = makeDraft({ evidence: ['R9'] });
    renderCard(makeView({ entry: makeEntry({ drafts: [{ id: 2, draft }] }) }));
    expect(screen.queryByRole('link', { name: 'R9' })).toBeNull();
    expect(screen.getByText('R9').title).toBe('this card has no such row');
  });

  it('gives two cards on a page different anchors', () => {
    render(
      <>
        <HeadCard view={makeView()} />
        <HeadCard view={makeView()} />
      </>
    );
    const ids = Array.from(document.querySelectorAll('[data-row="R1"]'), found => found.id);
    expect(new Set(ids).size).toBe(2);
  });

  it('boxes the target of a context and keeps hurt from helped', () => {
    renderCard();
    expect(row('P1')?.querySelector('[data-kind="target"]')?.textContent).toBe(' is');
    expect(row('P1')?.textContent).toContain('−0.870');
    expect(row('Q1')?.textContent).toContain('+0.170');
    expect(row('T1')?.textContent).toContain(' a');
    expect(row('U1')?.textContent).toContain(' c');
  });

  it('says what is missing', () => {
    renderCard(
      makeView({
        card: makeCard({
          ablation: null,
          relations: [],
          mappings: [],
          not_applicable: ['few pairs']
        }),
        entry: null
      })
    );
    expect(screen.getByText('Not described yet.')).toBeTruthy();
    expect(screen.getByText('No operation could be scored.')).toBeTruthy();
    expect(screen.getByText('1 not applicable to this model')).toBeTruthy();
    expect(screen.getByText('few pairs')).toBeTruthy();
  });

  it('labels the rules as no language model', () => {
    renderCard();
    expect(screen.getByText('rule-based, no language model')).toBeTruthy();
  });

  it('copies provenance as JSON', async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    renderCard();
    fireEvent.click(screen.getByText('Copy as JSON'));
    await screen.findByText('Copied.');
    expect(writeText).toHaveBeenCalledWith(JSON.stringify(makeCard().provenances, null, 2));
    vi.unstubAllGlobals();
  });
});
