// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttendedPair, AttentionEvidence, AttentionMeasure } from '../contract/records';
import { AttentionSection } from './attention_section';
import { CardPane } from './card_pane';
import type { BenchApi } from './api';
import { DraftsList } from './drafts_list';
import { rowIds } from './evidence_rows';
import { HeadCard } from './head_card';
import { FakeTyping, makeCard, makeDraft, makeView } from './spec_records';

beforeEach(() => {
  Element.prototype.scrollIntoView = vi.fn();
});
afterEach(cleanup);

function makeMeasure(over: Partial<AttentionMeasure> = {}): AttentionMeasure {
  return {
    name: 'previous_token',
    title: 'Previous token',
    meaning: 'Mean attention of a token to the one before it.',
    unit: 'probability',
    value: 0.991,
    control: 0.0965,
    control_is: 'what uniform attention gives',
    rank: 2,
    n_heads: 60,
    detail: null,
    detail_is: '',
    stages: ['ICI'],
    ...over
  };
}

function makePair(over: Partial<AttendedPair> = {}): AttendedPair {
  return {
    prompt: 3,
    query_position: 4,
    query_id: 44,
    query: ' Paris',
    key_position: 2,
    key_id: 22,
    key: ' France',
    weight: 0.93,
    uniform: 0.2,
    before: ['‹<s>›', ' capital', ' France', ' is'],
    ...over
  };
}

function makeAttention(over: Partial<AttentionEvidence> = {}): AttentionEvidence {
  const names = ['Positional', 'First position', 'Induction', 'Duplicate token', 'Subword merge'];
  return {
    measures: [
      makeMeasure(),
      ...names.map((title, place) =>
        makeMeasure({ title, value: 0.01, rank: 10 + place, detail: place === 0 ? 1 : null })
      )
    ],
    pairs: [makePair(), ...[5, 6, 7, 8].map(id => makePair({ key_id: id, weight: 0.5 }))],
    skipped: [],
    ...over
  };
}

const row = (id: string) => document.querySelector<HTMLElement>(`[data-row="${id}"]`);
const show = (attention: AttentionEvidence | null | undefined, more: object = {}) =>
  render(<AttentionSection attention={attention} {...more} />);

describe('rowIds', () => {
  it('counts measures and pairs under one letter', () => {
    const ids = [...rowIds(makeCard({ attention: makeAttention() }))].filter(id => id[0] === 'A');
    expect(ids).toEqual(Array.from({ length: 11 }, (_, index) => `A${index + 1}`));
    expect([...rowIds(makeCard())].some(id => id[0] === 'A')).toBe(false);
  });
});

describe('AttentionSection', () => {
  it('shows each value beside its control and rank', () => {
    show(makeAttention());
    const cells = within(row('A1')!).getAllByRole('cell');
    expect(cells.slice(1).map(cell => cell.textContent)).toEqual(['0.991', '0.0965', '2']);
    expect(cells[3].firstElementChild?.getAttribute('title')).toBe('rank 2 of 60');
    expect(row('A1')!.querySelector('.hl-Strip-dot')?.getAttribute('data-above')).toBe('true');
    expect(row('A2')!.querySelector('.hl-Strip-dot')?.getAttribute('data-above')).toBe('false');
  });

  it('shows the first measures and pairs, and the others on demand', () => {
    show(makeAttention());
    expect([row('A5'), row('A6'), row('A10'), row('A11')].map(Boolean)).toEqual([
      true,
      false,
      true,
      false
    ]);
    fireEvent.click(screen.getByRole('button', { name: 'Show all 6' }));
    fireEvent.click(screen.getByRole('button', { name: 'Show all 5' }));
    expect(row('A6') && row('A11')).toBeTruthy();
  });

  it('marks in the prompt who looks and what it looks at', () => {
    show(makeAttention());
    const pair = row('A7')!;
    expect(pair.textContent).toContain('looks at');
    expect(pair.textContent).toContain('2 back');
    expect(pair.textContent).toContain('0.930');
    expect(pair.querySelector('.hl-Looks-key')?.textContent).toBe(' France');
    expect(pair.querySelector('[data-kind="target"]')?.textContent).toBe(' Paris');
    expect(pair.textContent).not.toContain('…');
  });

  it('leaves the mark out where what is looked at lies further back', () => {
    const far = makePair({ query_position: 40, key_position: 3 });
    show(makeAttention({ pairs: [far] }));
    expect(row('A7')!.querySelector('.hl-Looks-key')).toBeNull();
    expect(row('A7')!.textContent).toContain('…');
    expect(row('A7')!.textContent).toContain('37 back');
  });

  it('says why there are no pairs, and what was not measured', () => {
    show(makeAttention({ pairs: [], skipped: ['retrieval: the prompt is too long.'] }));
    expect(screen.getByText(/None: no token of the prompts/)).toBeTruthy();
    expect(screen.getByText('1 not measured on this model')).toBeTruthy();
    expect(screen.getByText('retrieval: the prompt is too long.')).toBeTruthy();
  });

  it('says that a model gives no patterns', () => {
    show({ measures: [], pairs: [], skipped: ['This attention gives no probabilities.'] });
    expect(screen.getByText('Attention could not be measured on this model.')).toBeTruthy();
  });

  it('says what to do where it was not measured', () => {
    show(undefined);
    expect(screen.getByText(/open the model in a workbench/)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('says why measuring failed, and can be asked again', async () => {
    const onMeasure = vi.fn().mockRejectedValueOnce(new Error('out of memory'));
    show(null, { onMeasure });
    fireEvent.click(screen.getByRole('button', { name: 'Measure all heads' }));
    expect((await screen.findByRole('alert')).textContent).toContain('out of memory');
    fireEvent.click(await screen.findByRole('button', { name: 'Measure all heads' }));
    expect(onMeasure).toHaveBeenCalledTimes(2);
  });
});

describe('in the card', () => {
  it('leads from a citation to a pair, unfolding only its list', () => {
    const draft = makeDraft({ evidence: ['A11'] });
    render(
      <HeadCard
        view={makeView({ card: makeCard({ attention: makeAttention() }) })}
        parts={[{ title: 'Drafts', body: <DraftsList drafts={[{ id: 2, draft }]} /> }]}
      />
    );
    expect(document.querySelector('.hl-CardHeadline-facts')!.textContent).toContain(
      'previous token 0.991 against 0.0965 as control; rank 2 of 60.'
    );
    fireEvent.click(screen.getByRole('link', { name: 'A11' }));
    expect(document.activeElement).toBe(row('A11'));
    expect(row('A6')).toBeNull();
  });

  it('keeps untrusted text as text', () => {
    const evil = '<img src=x onerror=alert(1)>\u202e';
    const measures = [makeMeasure({ title: evil, meaning: evil, detail: 1, detail_is: evil })];
    const pairs = [makePair({ query: evil, key: evil, before: [evil] })];
    show({ measures, pairs, skipped: [evil] });
    expect(document.querySelector('img')).toBeNull();
    expect(document.querySelector('.hl-Looks')!.innerHTML).not.toContain('\u202e');
    expect(screen.getAllByTitle(/\[U\+202E\]/).length).toBeGreaterThan(0);
  });

  it('asks the kernel to measure and then for the card again', async () => {
    const asked: unknown[] = [];
    const api = {
      head: async (_head: unknown, options: { attention?: boolean }) => {
        asked.push(options.attention ?? false);
        const attention = asked.includes(true) ? makeAttention() : undefined;
        return makeView({ card: makeCard({ attention }) });
      },
      onCatalogueChange: () => () => undefined,
      status: () => ({ job: null }),
      onStatus: () => () => undefined,
      drafters: async () => []
    } as unknown as BenchApi;
    const { head, model } = makeCard();
    render(
      <CardPane
        api={api}
        typing={new FakeTyping()}
        head={head}
        model={model}
        onHead={() => undefined}
      />
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Measure all heads' }));
    await screen.findByText('Strongest pairs in the bundled prompts');
    expect(asked).toEqual([false, true, false]);
  });
});
