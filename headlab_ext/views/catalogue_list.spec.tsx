import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntrySummary } from '../contract/records';
import { CatalogueList, ROW_HEIGHT, type CatalogueListProps } from './catalogue_list';

const HEIGHT = 10 * ROW_HEIGHT;

beforeEach(() => {
  // happy-dom lays nothing out
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(HEIGHT);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(280);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(HEIGHT);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function row(n: number, change: Partial<EntrySummary> = {}): EntrySummary {
  return {
    id: n + 1,
    model_name: 'demo',
    model_fingerprint: 'f00d',
    head: { layer: n, index: 0 },
    state: 'drafted',
    description: `Description ${n}`,
    drafter: 'rules',
    categories: [],
    stages: [],
    tags: [],
    revision: 1,
    updated_at: '2026-11-21T12:00:00Z',
    ...change
  };
}

const spies = () => ({
  onAction: vi.fn(),
  onUndo: vi.fn(),
  onRedo: vi.fn(),
  onRange: vi.fn(),
  onActive: vi.fn()
});

/** A list whose active row is kept as the sidebar keeps it. */
function List(props: Partial<CatalogueListProps> & ReturnType<typeof spies>) {
  const [active, setActive] = React.useState(0);
  return (
    <CatalogueList
      total={1000}
      row={n => row(n)}
      active={active}
      busy={null}
      {...props}
      onActive={index => {
        props.onActive(index);
        setActive(index);
      }}
    />
  );
}

const grid = () => screen.getByRole('grid');
const stops = () => grid().querySelectorAll<HTMLElement>('[tabindex="0"]');
const activeName = () => stops()[0].getAttribute('aria-label');

describe('a list of entries', () => {
  it('holds the rows in view alone, as one tab stop, and tells how many there are', () => {
    render(<List {...spies()} />);
    expect(grid().getAttribute('aria-rowcount')).toBe('1000');
    const rows = within(grid()).getAllByRole('row');
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.length).toBeLessThan(30);
    expect(stops()).toHaveLength(1);
    expect(rows[3].getAttribute('aria-rowindex')).toBe('4');
    expect(rows[3].getAttribute('aria-label')).toBe(
      'Layer 3, head 0, drafted, demo: Description 3'
    );
  });

  it('is walked by keys, and the keyboard goes along', () => {
    render(<List {...spies()} />);
    stops()[0].focus();
    const press = (key: string) => fireEvent.keyDown(document.activeElement!, { key });
    press('ArrowDown');
    expect(activeName()).toContain('Layer 1,');
    expect(document.activeElement).toBe(stops()[0]);
    press('PageDown');
    expect(activeName()).toContain('Layer 10,');
    press('End');
    expect(activeName()).toContain('Layer 999,');
    expect(document.activeElement).toBe(stops()[0]);
    expect(grid().scrollTop).toBe(1000 * ROW_HEIGHT - HEIGHT);
    press('ArrowDown');
    expect(activeName()).toContain('Layer 999,');
    press('Home');
    press('ArrowUp');
    expect(activeName()).toContain('Layer 0,');
    expect(stops()).toHaveLength(1);
  });

  it('opens and decides by single keys on the active row', () => {
    const told = spies();
    render(<List {...told} />);
    stops()[0].focus();
    const press = (key: string, held = {}) =>
      fireEvent.keyDown(document.activeElement!, { key, ...held });
    for (const key of ['Enter', 'a', 'x', 'u']) {
      press(key);
    }
    expect(told.onAction.mock.calls.map(([entry, action]) => [entry.id, action])).toEqual([
      [1, 'open'],
      [1, 'accepted'],
      [1, 'rejected'],
      [1, 'unclear']
    ]);
    press('z');
    expect(told.onUndo).toHaveBeenCalledTimes(1);
    press('Z', { shiftKey: true });
    expect(told.onRedo).toHaveBeenCalledTimes(1);
    press('a', { ctrlKey: true });
    press('q');
    expect(told.onAction).toHaveBeenCalledTimes(4);
  });

  it('shows a row that cannot be read as such, which can be opened and not be decided on', () => {
    const told = spies();
    const damaged = 'Entry 1 cannot be read; run verify.';
    render(<List {...told} total={1} row={n => row(n, { damaged, state: 'undescribed' })} />);
    expect(activeName()).toContain(`, damaged, `);
    expect(screen.getByText(damaged)).toBeTruthy();
    expect(screen.queryByText('not described')).toBeNull();
    stops()[0].focus();
    for (const key of ['Enter', 'a', 'x', 'u']) {
      fireEvent.keyDown(document.activeElement!, { key });
    }
    expect(told.onAction.mock.calls.map(([, action]) => action)).toEqual(['open']);
  });

  it('decides nothing while an entry is being saved', () => {
    const told = spies();
    render(<List {...told} busy={7} />);
    stops()[0].focus();
    fireEvent.keyDown(document.activeElement!, { key: 'a' });
    expect(told.onAction).not.toHaveBeenCalled();
  });

  it('has the buttons of the active row within reach of the arrow keys', () => {
    const told = spies();
    render(<List {...told} />);
    stops()[0].focus();
    const press = (key: string) => fireEvent.keyDown(document.activeElement!, { key });
    press('ArrowRight');
    press('ArrowRight');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Accept L0H0');
    expect(fireEvent.keyDown(document.activeElement!, { key: 'Enter' })).toBe(true);
    press('Escape');
    expect(document.activeElement).toBe(stops()[0]);
    fireEvent.click(screen.getByRole('button', { name: 'Reject L0H0' }));
    expect(told.onAction).toHaveBeenCalledWith(expect.objectContaining({ id: 1 }), 'rejected');
    const undo = screen.getByRole('button', { name: 'Undo the last decision L0H0' });
    expect(undo.getAttribute('title')).toContain('no decision has been made');
    fireEvent.click(undo);
    expect(told.onAction).toHaveBeenCalledTimes(1);
  });

  it('goes with the mouse too', () => {
    const told = spies();
    render(<List {...told} />);
    const third = within(grid()).getAllByRole('row')[2];
    third.focus();
    expect(told.onActive).toHaveBeenCalledWith(2);
    fireEvent.doubleClick(third);
    expect(told.onAction).toHaveBeenCalledWith(expect.objectContaining({ id: 3 }), 'open');
  });

  it('tells which rows are in view, and shows those on their way as such', () => {
    const told = spies();
    render(<List {...told} row={n => (n < 2 ? row(n) : null)} />);
    expect(told.onRange).toHaveBeenLastCalledWith(0, 9);
    expect(within(grid()).getAllByRole('row')[5].getAttribute('aria-busy')).toBe('true');
  });

  it('shows untrusted text as text', () => {
    const nasty = '<img src=x onerror=alert(1)>\u202e back';
    render(<List {...spies()} total={1} row={n => row(n, { description: nasty })} />);
    expect(grid().querySelector('img')).toBeNull();
    expect(grid().textContent).toContain('<img src=x onerror=alert(1)>');
    expect(grid().textContent).not.toContain('\u202e');
  });

  it('has nothing that axe calls serious', async () => {
    const { container } = render(<List {...spies()} total={20} />);
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map(one => `${one.id}: ${one.nodes[0].html}`)).toEqual([]);
  });
});
