// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueComparison, Table } from '../../contract/records';
import { CompareModelsView, type CompareModelsViewProps } from './compare_models_view';
import { sortedRows } from './table_rows';

afterEach(cleanup);

const table = (name: string, rows: Record<string, string | number | null>[]): Table => ({
  name,
  columns: Object.keys(rows[0]),
  rows: rows.map(row => Object.values(row)),
  notes: [`${name}: a note`],
  provenance: null
});

const nearest = (over: Record<string, string | number | null>) => ({
  head_a: 'L0H0',
  state_a: 'accepted',
  description_a: 'Copies.',
  head_b_by_profile: 'L2H1',
  profile_similarity: 0.5,
  shared_operation: 'plural',
  score_a: 0.8,
  score_b: 0.6,
  head_b_by_description: 'L2H2',
  description_similarity: 0.25,
  description_b: 'Copies too.',
  same_head_profile_similarity: null,
  ...over
});

const COMPARISON: CatalogueComparison = {
  heads: table('compared_heads', [
    nearest({ head_a: 'L0H10', profile_similarity: 0.1 }),
    nearest({ head_a: 'L0H9', profile_similarity: null, head_b_by_profile: null }),
    nearest({ head_a: 'L0H2', profile_similarity: 0.9 })
  ]),
  coverage: table('compared_coverage', [
    {
      group: 'all',
      value: '',
      heads_a: 3,
      described_a: 2,
      accepted_a: 1,
      heads_b: 5,
      described_b: 4,
      accepted_b: 0
    },
    {
      group: 'layer',
      value: '2',
      heads_a: 0,
      described_a: 0,
      accepted_a: 0,
      heads_b: 5,
      described_b: 4,
      accepted_b: 0
    },
    {
      group: 'state',
      value: 'edited',
      heads_a: 1,
      described_a: 1,
      accepted_a: 1,
      heads_b: 0,
      described_b: 0,
      accepted_b: 0
    }
  ])
};

const MODELS = [
  { name: 'demo', fingerprint: 'aaaaaaaaaaaa', entries: 3 },
  { name: 'demo', fingerprint: 'bbbbbbbbbbbb', entries: 5 },
  { name: 'gpt2', fingerprint: 'cccccccccccc', entries: 1 }
];
const PAIR = { first: 'aaaaaaaaaaaa', second: 'bbbbbbbbbbbb' };

function open(over: Partial<CompareModelsViewProps> = {}) {
  const props: CompareModelsViewProps = {
    models: MODELS,
    pair: PAIR,
    compared: { ...PAIR, comparison: COMPARISON },
    stale: false,
    loading: false,
    problem: null,
    onChoose: vi.fn(),
    onCompare: vi.fn(),
    onRetry: vi.fn(),
    onHeads: vi.fn(),
    ...over
  };
  render(<CompareModelsView {...props} />);
  return props;
}

const heads = () =>
  [...screen.getByRole('table', { name: 'Nearest heads' }).querySelectorAll('tbody th')].map(
    cell => cell.textContent
  );

describe('two models', () => {
  it('are told apart by fingerprint where they have one name', () => {
    open();
    const names = [...screen.getByLabelText('First model').querySelectorAll('option')];
    expect(names.map(option => option.textContent)).toEqual([
      'demo (aaaaaaaa), 3 entries',
      'demo (bbbbbbbb), 5 entries',
      'gpt2, 1 entry'
    ]);
  });

  it('are counted side by side', () => {
    open();
    const rows = [...screen.getByRole('table', { name: 'Coverage' }).querySelectorAll('tbody tr')];
    expect(rows.map(row => [...row.children].map(cell => cell.textContent))).toEqual([
      ['All heads', '3', '2', '1', '5', '4', '0'],
      ['States'],
      ['edited and accepted', '1', '1', '1', '0', '0', '0'],
      ['Layers'],
      ['Layer 2', '0', '0', '0', '5', '4', '0']
    ]);
  });

  it('list the nearest heads, sorted by any column, what is missing last', () => {
    open();
    expect(heads()).toEqual(['L0H2', 'L0H10', 'L0H9']);
    const sort = (name: string) =>
      screen.getAllByRole('button', { name: new RegExp(`^${name}`) })[0];
    fireEvent.click(sort('Similarity'));
    expect(heads()).toEqual(['L0H10', 'L0H2', 'L0H9']);
    fireEvent.click(sort('Head'));
    expect(heads()).toEqual(['L0H2', 'L0H9', 'L0H10']);
    const sorted = screen.getByRole('columnheader', { name: /^Head/ });
    expect(sorted.getAttribute('aria-sort')).toBe('ascending');
  });

  it('open two heads side by side, by profile or by description', () => {
    const { onHeads } = open();
    fireEvent.click(screen.getByRole('button', { name: 'Compare L0H10 with L2H1' }));
    fireEvent.click(screen.getByRole('button', { name: 'Compare L0H9 with L2H2' }));
    expect(vi.mocked(onHeads).mock.calls).toEqual([
      [
        { layer: 0, index: 10 },
        { layer: 2, index: 1 }
      ],
      [
        { layer: 0, index: 9 },
        { layer: 2, index: 2 }
      ]
    ]);
  });

  it('keep only rows in view of a long list', () => {
    const rows = Array.from({ length: 5120 }, (_, n) => nearest({ head_a: `L0H${n}` }));
    open({
      compared: { ...PAIR, comparison: { ...COMPARISON, heads: table('compared_heads', rows) } }
    });
    const shown = screen.getByRole('table', { name: 'Nearest heads' });
    expect(shown.getAttribute('aria-rowcount')).toBe('5121');
    expect(within(shown).queryAllByRole('row').length).toBeLessThan(100);
  });
});

describe('states', () => {
  it('are compared only when a person asks', () => {
    const { onCompare } = open({ compared: null });
    expect(screen.getByText(/It reads 8 entries and runs no model/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Compare' }));
    expect(onCompare).toHaveBeenCalled();
  });

  it('show nothing of another pair', () => {
    open({ pair: { ...PAIR, second: 'cccccccccccc' } });
    expect(screen.queryByRole('table')).toBeNull();
    expect(screen.getByRole('button', { name: 'Compare' })).toBeTruthy();
  });

  it('say that the catalogue has changed, that it failed, and what is missing', () => {
    const { onRetry } = open({ stale: true, problem: 'no server' });
    expect(screen.getByRole('status').textContent).toContain('has changed since');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(onRetry).toHaveBeenCalled();
    cleanup();
    open({ models: MODELS.slice(0, 1), compared: null });
    expect(screen.getByText(/entries of one model only/)).toBeTruthy();
  });

  it('refuse one model twice', () => {
    open({ pair: { first: PAIR.first, second: PAIR.first }, compared: null });
    const button = screen.getByRole('button', { name: 'Compare' }) as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    expect(button.title).toBe('Choose two different models');
  });
});

describe('sortedRows', () => {
  it('keeps equal rows in their order', () => {
    const rows = [
      { x: 1, y: 'b' },
      { x: 2, y: 'a' },
      { x: 1, y: 'c' },
      { x: null, y: 'd' }
    ];
    const by = (column: string, descending: boolean) =>
      sortedRows(rows, { column, descending }).map(row => row.y);
    expect(by('x', false)).toEqual(['b', 'c', 'a', 'd']);
    expect(by('x', true)).toEqual(['a', 'b', 'c', 'd']);
    expect(sortedRows(rows, null)).toEqual(rows);
  });
});
