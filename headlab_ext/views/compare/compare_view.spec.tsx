// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Entry, EvidenceCard, Mapping } from '../../contract/records';
import { makeCard, makeEntry, makeRelation } from '../spec_records';
import type { CompareColumn } from './columns';
import { CompareView, type CompareViewProps } from './compare_view';

afterEach(cleanup);

const mapping = (token_id: number, text: string, targets: string[]): Mapping => ({
  token_id,
  text,
  saliency: 0.5,
  targets: targets.map((target, index) => ({ token_id: 50 + index, text: target, score: 1 }))
});

function entry(index: number, over: Partial<EvidenceCard> = {}, entryOver: Partial<Entry> = {}) {
  const head = { layer: 1, index };
  return makeEntry({ id: index, head, card: makeCard({ head, ...over }), ...entryOver });
}

const column = (
  key: number,
  found: Entry | null,
  over: Partial<CompareColumn> = {}
): CompareColumn => ({
  key,
  name: found ? `L1H${found.head.index} of demo` : 'Entry 9',
  entry: found,
  loading: false,
  problem: null,
  ...over
});

function open(columns: CompareColumn[], over: Partial<CompareViewProps> = {}) {
  const props: CompareViewProps = {
    columns,
    focused: 0,
    times: 0,
    baseline: null,
    keys: {
      focus: ['1', '2', '3', '4'],
      left: 'Shift+←',
      right: 'Shift+→',
      drop: 'x',
      baseline: 'w'
    },
    seen: true,
    search: vi.fn(async () => ({ entries: [], total: 0 })),
    onAdd: vi.fn(),
    onFocus: vi.fn(),
    onMove: vi.fn(),
    onDrop: vi.fn(),
    onBaseline: vi.fn(),
    onOpen: vi.fn(),
    onRetry: vi.fn(),
    onCompareModels: vi.fn(),
    ...over
  };
  const page = render(<CompareView {...props} />);
  return {
    props,
    again: (next: Partial<CompareViewProps>) => page.rerender(<CompareView {...props} {...next} />)
  };
}

const relations = (scores: Record<string, number>) =>
  Object.entries(scores).map(([name, score]) => makeRelation({ name, score }));

const cells = (table: string) =>
  [...screen.getByRole('table', { name: table }).querySelectorAll('tbody tr')].map(row =>
    [...row.children].map(cell => cell.textContent)
  );

describe('heads side by side', () => {
  const one = entry(1, { relations: relations({ a: 0.9, b: 0.5, c: 0.01 }) });
  const two = entry(2, { relations: relations({ a: 0.4, b: 0.02, c: 0.3 }) });

  it('shows scores and ranks, and marks where only one is above its control', () => {
    open([column(1, one), column(2, two)]);
    expect(cells('Relation scores')).toEqual([
      ['a', '0.900 rank 1', '0.400 rank 1'],
      ['b≠', '0.500 rank 1', '0.0200 rank 1'],
      ['c≠', '0.0100 rank 1', '0.300 rank 1']
    ]);
    const strip = screen.getByRole('img', { name: /^L1H1 0\.900, above/ });
    expect(strip.getAttribute('aria-label')).toBe(
      'L1H1 0.900, above its control; L1H2 0.400, above its control'
    );
    expect(strip.querySelectorAll('path')).toHaveLength(2);
  });

  it('shows differences to the baseline', () => {
    open([column(1, one), column(2, two)], { baseline: 0 });
    expect(cells('Relation scores')[0]).toEqual(['a', '0 rank 1', '−0.500 rank 1']);
    const [loss] = cells('Without the head');
    expect(loss).toEqual(['Loss change, nats', '+0.0101', '0']);
    expect(screen.getAllByText(/Differences to L1H1, the baseline/).length).toBeGreaterThan(0);
    expect(screen.getAllByRole('button', { pressed: true })).toHaveLength(1);
  });

  it('gives the correlation of each pair over the operations that both have', () => {
    open([column(1, one), column(2, two)]);
    // (.9, .5, .01) and (.4, .02, .3), by hand
    const [x, y] = [
      [0.9, 0.5, 0.01],
      [0.4, 0.02, 0.3]
    ];
    const mean = (v: number[]) => v.reduce((a, b) => a + b) / 3;
    const dot = (v: number[], w: number[]) =>
      v.reduce((sum, a, i) => sum + (a - mean(v)) * (w[i] - mean(w)), 0);
    const r = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    const shown = cells('Correlation of relation profiles')[1];
    expect(shown[1]).toBe('itself');
    expect(Number(shown[2]!.split(' ')[0].replace('−', '-'))).toBeCloseTo(r, 3);
    expect(shown[2]).toContain('over 3');
  });

  it('matches tokens of two tokenizers by text, and claims nothing about the others', () => {
    const first = entry(1, { mappings: [mapping(1, ' France', [' Paris', ' Lyon'])] });
    const second = entry(
      2,
      {
        model: { ...makeCard().model, tokenizer_hash: 'other' },
        mappings: [mapping(1, ' Spain', [' Madrid']), mapping(7, ' France', [' Paris'])]
      },
      { model_fingerprint: 'ef', model_name: 'other' }
    );
    open([column(1, first), column(2, second)]);
    const table = screen.getByRole('table', { name: 'Salient mappings' });
    const rows = [...table.querySelectorAll('tbody tr')];
    expect(rows.map(row => row.querySelector('th .hl-Compare-count')!.textContent)).toEqual([
      'in 2 of 2',
      'in 1 of 2'
    ]);
    expect(rows[0].querySelector('th .hl-Token')!.textContent).toContain('France');
    expect(rows[0].hasAttribute('data-shared')).toBe(true);
    expect(
      [...rows[0].querySelectorAll('.hl-Compare-target[data-shared]')].map(one => one.textContent)
    ).toEqual([' Paris', ' Paris']);
    expect(rows[1].hasAttribute('data-shared')).toBe(false);
    expect(rows[1].querySelector('td .hl-dim')!.getAttribute('title')).toContain(
      'a card does not say whether its model has this token'
    );
  });

  it('shows shared labels and tests of the text in force', () => {
    const labelled = { categories: ['knowledge', 'copying'], stages: ['KR' as const] };
    open([
      column(1, entry(1, {}, labelled)),
      column(2, entry(2, {}, { categories: ['copying'], head_names: ['mover'] }))
    ]);
    const [categories] = [
      ...screen.getByRole('table', { name: 'Labels' }).querySelectorAll('tbody tr')
    ];
    expect([...categories.querySelectorAll('[data-shared]')].map(one => one.textContent)).toEqual([
      'copying',
      'copying'
    ]);
    expect(screen.getByText('No description of these heads has been tested.')).toBeTruthy();
  });

  it('has a row for heads without evidence too', () => {
    open([column(1, one), column(2, makeEntry({ id: 2, card: null }))]);
    expect(cells('Relation scores')[0]).toEqual([
      'a',
      '0.900 rank 1',
      '– not scored on this head’s card'
    ]);
    expect(cells('Correlation of relation profiles')[1][2]).toContain('not defined');
  });
});

describe('columns', () => {
  const pair = [column(1, entry(1)), column(2, entry(2))];

  it('can be moved, dropped, made the baseline and opened', () => {
    const { props } = open(pair);
    const second = screen.getByRole('listitem', { name: 'Head 2 of 2: L1H2' });
    fireEvent.click(within(second).getByRole('button', { name: /Move .* left/ }));
    fireEvent.click(within(second).getByRole('button', { name: /Drop/ }));
    fireEvent.click(within(second).getByRole('button', { name: /Baseline/ }));
    fireEvent.click(within(second).getByRole('button', { name: 'L1H2' }));
    expect(props.onMove).toHaveBeenCalledWith(1, -1);
    expect(props.onDrop).toHaveBeenCalledWith(1);
    expect(props.onBaseline).toHaveBeenCalledWith(1);
    expect(props.onOpen).toHaveBeenCalledWith(1);
    const last = within(second).getByRole('button', { name: /Move .* right/ });
    expect((last as HTMLButtonElement).disabled).toBe(true);
  });

  it('say the keys that are set', () => {
    open(pair);
    const first = screen.getByRole('listitem', { name: /Head 1/ });
    expect(first.getAttribute('aria-keyshortcuts')).toBe('1');
    expect(within(first).getByRole('button', { name: /Baseline/ }).textContent).toContain('w');
  });

  it('take the keyboard when they are asked to', () => {
    const { again } = open(pair);
    expect(document.activeElement).toBe(document.body);
    again({ focused: 1, times: 1 });
    expect(document.activeElement).toBe(screen.getByRole('listitem', { name: /Head 2/ }));
  });

  it('can be switched where only one is shown', () => {
    const { props } = open(pair);
    fireEvent.click(screen.getByRole('radio', { name: 'L1H2' }));
    expect(props.onFocus).toHaveBeenCalledWith(1);
  });

  it('say what went wrong, each for itself', () => {
    const { props } = open([pair[0], column(2, null, { problem: 'gone' })]);
    expect(screen.getByRole('alert').textContent).toContain('gone');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(props.onRetry).toHaveBeenCalledWith(1);
    expect(screen.queryByRole('table')).toBeNull();
  });
});

describe('choosing', () => {
  const row = {
    id: 2,
    model_name: 'demo',
    model_fingerprint: 'cd61',
    head: { layer: 1, index: 2 },
    state: 'drafted' as const,
    description: 'Copies.',
    drafter: 'rules',
    categories: [],
    stages: [],
    tags: [],
    revision: 2,
    updated_at: '2026-01-02T03:05:00Z'
  };

  it('comes first while there are fewer than two heads', async () => {
    const search = vi.fn(async () => ({ entries: [row], total: 1 }));
    const { props } = open([column(1, entry(1))], { search });
    fireEvent.click(await screen.findByRole('button', { name: 'Add L1H2 of demo' }));
    expect(props.onAdd).toHaveBeenCalledWith(row);
    expect(screen.getByText(/Choose one more head/)).toBeTruthy();
    fireEvent.change(screen.getByLabelText('Search entries'), { target: { value: ' copies ' } });
    await waitFor(() => expect(search).toHaveBeenLastCalledWith('copies'));
  });

  it('asks for nothing before anyone sees it', () => {
    const { props } = open([], { seen: false });
    expect(props.search).not.toHaveBeenCalled();
    expect(screen.queryByLabelText('Search entries')).toBeNull();
  });

  it('is offered for a third and a fourth, and not for a fifth', async () => {
    const search = vi.fn(async () => ({ entries: [row], total: 30 }));
    const { again } = open([column(1, entry(1)), column(2, entry(2))], { search });
    expect(search).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('button', { name: 'Add a head' }));
    const there = await screen.findByRole('button', { name: 'Add L1H2 of demo' });
    expect((there as HTMLButtonElement).disabled).toBe(true);
    expect(screen.getByText('The first 1 of 30 entries')).toBeTruthy();
    again({ columns: [1, 2, 3, 4].map(index => column(index, entry(index))) });
    expect((screen.getByRole('button', { name: 'Add a head' }) as HTMLButtonElement).disabled).toBe(
      true
    );
    expect(screen.queryByLabelText('Search entries')).toBeNull();
  });

  it('says why nothing is found and tries again', async () => {
    const search = vi.fn(async () => ({ entries: [], total: 0 }));
    open([], { search });
    expect(await screen.findByText(/The catalogue has no entries yet/)).toBeTruthy();
    search.mockRejectedValueOnce(new Error('no server'));
    fireEvent.change(screen.getByLabelText('Search entries'), { target: { value: 'x' } });
    expect((await screen.findByRole('alert')).textContent).toContain('no server');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByText('No entry matches. Use fewer words.')).toBeTruthy();
  });
});
