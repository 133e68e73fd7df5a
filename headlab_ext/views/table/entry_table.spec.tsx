import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntrySummary } from '../../contract/records';
import { FIRST_LAYOUT, toggled, type Layout } from './columns';
import { EntryTable, HEADER_HEIGHT, ROW_HEIGHT, type EntryTableProps } from './entry_table';

const HEIGHT = HEADER_HEIGHT + 5 * ROW_HEIGHT;

beforeEach(() => {
  // happy-dom lays nothing out
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(HEIGHT);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(HEIGHT);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function row(n: number, change: Partial<EntrySummary> = {}): EntrySummary {
  return {
    id: n + 1,
    model_name: 'folder/demo',
    model_fingerprint: 'f00d',
    head: { layer: n, index: 0 },
    state: 'drafted',
    description: `Description ${n}`,
    drafter: 'rules',
    categories: [],
    stages: [],
    tags: ['to check'],
    head_names: [],
    verdicts: { S4: 'fails', S1: 'passes' },
    open_votes: 0,
    best_operation: 'plural',
    best_score: 0.41234,
    revision: 1,
    updated_at: '2026-11-21T12:00:00Z',
    ...change
  };
}

const spies = () => ({
  onRange: vi.fn(),
  onPress: vi.fn(),
  onSelectAll: vi.fn(),
  onClear: vi.fn(),
  onOrder: vi.fn(),
  onLayout: vi.fn()
});

/** A table whose active row is kept as the tab of the lab keeps it. */
function Table(props: Partial<EntryTableProps> & ReturnType<typeof spies>) {
  const [active, setActive] = React.useState(0);
  return (
    <EntryTable
      total={1000}
      row={n => row(n)}
      active={active}
      selected={new Set()}
      changed={new Set()}
      layout={FIRST_LAYOUT}
      order={{}}
      {...props}
      onActive={setActive}
    />
  );
}

const grid = () => screen.getByRole('grid');
const rows = () => within(grid()).getAllByRole('row').slice(1);
const stops = () => grid().querySelectorAll<HTMLElement>('[tabindex="0"]');
const press = (key: string, held = {}) =>
  fireEvent.keyDown(document.activeElement!, { key, ...held });
const cells = (at: number) =>
  within(rows()[at])
    .getAllByRole('gridcell')
    .map(cell => cell.textContent);

describe('the table of entries', () => {
  it('holds the rows in view alone, as one tab stop, titles and total counted', () => {
    render(<Table {...spies()} />);
    expect(grid().getAttribute('aria-rowcount')).toBe('1001');
    expect(grid().getAttribute('aria-colcount')).toBe('11');
    expect(rows().length).toBeGreaterThanOrEqual(5);
    expect(rows().length).toBeLessThan(15);
    expect(rows()[3].getAttribute('aria-rowindex')).toBe('5');
    expect(stops()).toHaveLength(1);
  });

  it('shows what an entry is about in its columns', () => {
    const given = { open_votes: 2, in_review: true, head_names: ['induction'] };
    render(<Table {...spies()} row={n => row(n, given)} />);
    expect(cells(0)).toEqual([
      '',
      'L0H0',
      'draftedin review',
      'Description 0',
      'plural0.412',
      'S1✓passesS4✗fails',
      'to check',
      'induction',
      'demo',
      'rules',
      expect.stringMatching(/\d\d:\d\d$/)
    ]);
  });

  it('shows a row that cannot be read as such, and nothing of it as if it were known', () => {
    const damaged = 'Entry 1 cannot be read; run verify.';
    const told = { damaged, state: 'undescribed', description: '', drafter: '' } as const;
    render(<Table {...spies()} row={n => row(n, n === 0 ? told : {})} />);
    const shown = screen.getByRole('row', { name: /, damaged, folder\/demo: Entry 1 cannot be/ });
    expect(within(shown).getByText('damaged')).toBeTruthy();
    expect(within(shown).getByText(damaged)).toBeTruthy();
    expect(within(shown).queryByText('not described')).toBeNull();
    expect(within(shown).queryByText('plural')).toBeNull();
    expect(within(shown).getAllByText('cannot be read').length).toBeGreaterThan(2);
    expect(screen.getByText('Description 1')).toBeTruthy();
  });

  it('says why a cell is empty', () => {
    const none = { tags: [], verdicts: {}, best_operation: '', best_score: null, description: '' };
    render(<Table {...spies()} row={n => row(n, none)} />);
    expect(cells(0).slice(3, 8)).toEqual([
      'no description in force',
      '–no operation was measured',
      '–the description in force was not tested',
      '–no tags',
      '–no head names'
    ]);
  });

  it('shows the chosen columns alone, and what is on its way as such', () => {
    const layout: Layout = ['tests', 'drafter', 'names'].reduce(
      (made, key) => toggled(made, key as never),
      FIRST_LAYOUT
    );
    render(<Table {...spies()} layout={layout} row={n => (n < 2 ? row(n) : null)} />);
    expect(grid().getAttribute('aria-colcount')).toBe('8');
    expect(screen.queryByRole('columnheader', { name: 'Tests' })).toBeNull();
    expect(rows()[5].getAttribute('aria-busy')).toBe('true');
    expect(within(rows()[5]).queryByRole('checkbox')).toBeNull();
  });

  it('is walked by keys, from the titles to the last row', () => {
    render(<Table {...spies()} />);
    stops()[0].focus();
    press('PageDown');
    expect(document.activeElement?.getAttribute('aria-rowindex')).toBe('7');
    press('End');
    expect(document.activeElement?.getAttribute('aria-rowindex')).toBe('1001');
    expect(grid().scrollTop).toBe(1000 * ROW_HEIGHT + HEADER_HEIGHT - HEIGHT);
    press('Home');
    press('ArrowUp');
    expect(document.activeElement?.textContent).toBe('Head');
    press('ArrowRight');
    expect(document.activeElement?.textContent).toBe('State');
    expect(stops()).toHaveLength(1);
    press('End');
    press('ArrowRight');
    expect(document.activeElement?.textContent).toBe('Updated');
    press('ArrowDown');
    expect(document.activeElement?.getAttribute('aria-rowindex')).toBe('2');
    expect(stops()).toHaveLength(1);
  });

  it('opens with Enter, selects with Space, Shift and Ctrl+A, clears with Escape', () => {
    const told = spies();
    render(<Table {...told} selected={new Set([1])} />);
    stops()[0].focus();
    press('Enter');
    press(' ');
    press('ArrowDown', { shiftKey: true });
    press('ArrowDown', { shiftKey: true });
    expect(told.onPress.mock.calls).toEqual([
      [0, 'open'],
      [0, 'toggle'],
      [1, 'extend'],
      [2, 'extend']
    ]);
    press('a', { ctrlKey: true });
    expect(told.onSelectAll).toHaveBeenCalledTimes(1);
    press('a');
    press('q', { ctrlKey: true });
    expect(told.onSelectAll).toHaveBeenCalledTimes(1);
    press('Escape');
    expect(told.onClear).toHaveBeenCalledTimes(1);
    expect(rows()[0].getAttribute('aria-selected')).toBe('true');
  });

  it('goes with the mouse too', () => {
    const told = spies();
    render(<Table {...told} />);
    fireEvent.click(rows()[2]);
    fireEvent.click(rows()[3], { ctrlKey: true });
    fireEvent.click(rows()[5], { shiftKey: true });
    fireEvent.click(within(rows()[1]).getByRole('checkbox'));
    expect(told.onPress.mock.calls).toEqual([
      [2, 'open'],
      [3, 'toggle'],
      [5, 'extend'],
      [1, 'toggle']
    ]);
  });

  it('is ordered at its titles: own direction, the other one, none', () => {
    const told = spies();
    const { rerender } = render(<Table {...told} />);
    const score = () => screen.getByRole('columnheader', { name: 'Best operation, score' });
    expect(score().getAttribute('aria-sort')).toBe('none');
    fireEvent.click(score());
    expect(told.onOrder).toHaveBeenLastCalledWith({ sort: 'score', descending: true });
    rerender(<Table {...told} order={{ sort: 'score', descending: true }} />);
    expect(score().getAttribute('aria-sort')).toBe('descending');
    fireEvent.click(score());
    expect(told.onOrder).toHaveBeenLastCalledWith({ sort: 'score', descending: false });
    rerender(<Table {...told} order={{ sort: 'score', descending: false }} />);
    fireEvent.keyDown(score(), { key: 'Enter' });
    expect(told.onOrder).toHaveBeenLastCalledWith({});
    fireEvent.click(screen.getByRole('columnheader', { name: 'Head' }));
    expect(told.onOrder).toHaveBeenLastCalledWith({ sort: 'head', descending: false });
    const tags = screen.getByRole('columnheader', { name: 'Tags' });
    expect(tags.getAttribute('aria-sort')).toBeNull();
    fireEvent.click(tags);
    expect(told.onOrder).toHaveBeenCalledTimes(4);
  });

  it('changes the width of a column at its title', () => {
    const told = spies();
    render(<Table {...told} />);
    const head = screen.getByRole('columnheader', { name: 'Head' });
    fireEvent.keyDown(head, { key: 'ArrowRight', shiftKey: true });
    expect(told.onLayout).toHaveBeenCalledWith(expect.objectContaining({ widths: { head: 96 } }));
  });

  it('marks what changed elsewhere', () => {
    render(<Table {...spies()} changed={new Set([3])} />);
    expect(
      rows()
        .map(one => one.hasAttribute('data-changed'))
        .indexOf(true)
    ).toBe(2);
  });

  it('shows untrusted text as text', () => {
    const nasty = '<img src=x onerror=alert(1)>\u202e back';
    const given = {
      description: nasty,
      tags: [nasty],
      head_names: [nasty],
      best_operation: nasty,
      drafter: nasty,
      model_name: nasty
    };
    render(<Table {...spies()} total={1} row={n => row(n, given)} />);
    expect(grid().querySelector('img')).toBeNull();
    expect(grid().textContent).toContain('<img src=x onerror=alert(1)>');
    expect(grid().textContent).not.toContain('\u202e');
    const tips = [...grid().querySelectorAll('[title]')].map(one => one.getAttribute('title'));
    expect(tips.join(' ')).not.toContain('\u202e');
  });

  it('has nothing that axe calls serious', async () => {
    const { container } = render(<Table {...spies()} total={4} />);
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map(one => `${one.id}: ${one.nodes[0].html}`)).toEqual([]);
  });
});
