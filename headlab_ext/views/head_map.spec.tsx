import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Head } from '../contract/records';
import { rangeOf } from './colour_range';
import { HeadMap } from './head_map';
import { stateGrid } from './head_states';
import { headTable } from './head_table';
import { headName } from './heads';
import { TINY, TINY_STATES } from './map_fixture';

afterEach(cleanup);

const table = headTable(TINY);
const states = stateGrid(TINY_STATES);
const THEME = { dark: false, contrast: false, name: '' };
const ROOM = { width: 400, scale: 1 };

function Shown(props: { onOpen: (head: Head) => void; kept?: Uint8Array; selected?: Head }) {
  const [focused, setFocused] = React.useState<Head>({ layer: 0, index: 1 });
  return (
    <HeadMap
      table={table}
      range={rangeOf(table.sorted, table.measure)}
      states={states}
      nKvHeads={1}
      kept={props.kept ?? null}
      theme={THEME}
      room={ROOM}
      focused={focused}
      selected={props.selected ?? null}
      onFocusHead={setFocused}
      onOpen={props.onOpen}
    />
  );
}

const focusedName = () => document.activeElement?.getAttribute('aria-label');
const press = (key: string, rest: object = {}) =>
  fireEvent.keyDown(document.activeElement!, { key, ...rest });
/** The pointer over the centre of a cell of 24 px, for a grid that lies at the page's origin. */
const over = (layer: number, index: number) => ({
  clientX: 24 * index + 12,
  clientY: 24 * layer + 12
});

describe('the head map', () => {
  it('is a grid that holds the focused layer only', () => {
    render(<Shown onOpen={vi.fn()} selected={{ layer: 0, index: 2 }} />);
    const grid = screen.getByRole('grid', { name: /country to capital/ });
    expect(grid.getAttribute('aria-rowcount')).toBe('2');
    expect(grid.getAttribute('aria-colcount')).toBe('3');
    const rows = within(grid).getAllByRole('row');
    expect(rows).toHaveLength(1);
    expect(rows[0].getAttribute('aria-rowindex')).toBe('1');
    const cells = within(grid).getAllByRole('gridcell');
    expect(cells.map(cell => cell.getAttribute('aria-colindex'))).toEqual(['1', '2', '3']);
    expect(cells.map(cell => cell.tabIndex)).toEqual([-1, 0, -1]);
    expect(cells.map(cell => cell.getAttribute('aria-selected'))).toEqual([
      'false',
      'false',
      'true'
    ]);
    expect(cells[1].getAttribute('aria-label')).toBe(
      'Layer 0, head 1, relation score 0.400, rank 2 of 5, drafted'
    );
    for (const canvas of document.querySelectorAll('canvas')) {
      expect(canvas.getAttribute('aria-hidden')).toBe('true');
    }
  });

  it('keeps the keyboard on the map when the row changes', () => {
    render(<Shown onOpen={vi.fn()} />);
    screen.getAllByRole('gridcell')[1].focus();
    press('ArrowDown');
    expect(focusedName()).toBe('Layer 1, head 1, no relation score, not described');
    expect(screen.getByRole('row').getAttribute('aria-rowindex')).toBe('2');
    press('ArrowRight');
    expect(focusedName()).toContain('Layer 1, head 2, relation score 0.900, rank 1 of 5, accepted');
    press('Home', { ctrlKey: true });
    expect(focusedName()).toContain('Layer 0, head 0');
  });

  it('jumps to what the filter keeps', () => {
    render(<Shown onOpen={vi.fn()} kept={Uint8Array.from([1, 0, 0, 0, 0, 1])} />);
    screen.getAllByRole('gridcell')[1].focus();
    press('ArrowLeft', { ctrlKey: true });
    expect(focusedName()).toContain('Layer 0, head 0');
  });

  it('opens with Enter and Space, and keeps handled keys to itself', () => {
    const onOpen = vi.fn();
    const outside = vi.fn();
    render(
      <div onKeyDown={outside}>
        <Shown onOpen={onOpen} />
      </div>
    );
    screen.getAllByRole('gridcell')[1].focus();
    expect(press('Enter')).toBe(false);
    expect(press(' ')).toBe(false);
    expect(onOpen.mock.calls.map(([head]) => headName(head))).toEqual(['L0H1', 'L0H1']);
    expect(press('ArrowDown')).toBe(false);
    expect(outside).not.toHaveBeenCalled();
    expect(press('a')).toBe(true);
    expect(outside).toHaveBeenCalledTimes(1);
  });

  it('opens the head under the pointer, and a cell that assistive technology clicks', () => {
    const onOpen = vi.fn();
    render(<Shown onOpen={onOpen} />);
    fireEvent.click(screen.getByRole('grid'), over(1, 2));
    expect(headName(onOpen.mock.lastCall![0])).toBe('L1H2');
    expect(focusedName()).toContain('Layer 1, head 2');
    fireEvent.click(screen.getAllByRole('gridcell')[0]);
    expect(headName(onOpen.mock.lastCall![0])).toBe('L1H0');
    expect(onOpen).toHaveBeenCalledTimes(2);
  });

  it('shows a tip under the pointer, which Esc closes', () => {
    render(<Shown onOpen={vi.fn()} />);
    const grid = screen.getByRole('grid');
    fireEvent.pointerMove(grid, over(1, 0));
    const tip = () => document.querySelector('.hl-MapTip');
    expect(tip()?.textContent).toContain('L1H0');
    expect(tip()?.textContent).toContain('relation score 0.400');
    expect(tip()?.textContent).toContain('rank 2 of 5');
    expect(tip()?.textContent).toContain('heads 0 to 2 share key-value head 0');
    expect(tip()?.textContent).toContain('rejected');
    screen.getAllByRole('gridcell')[1].focus();
    expect(press('Escape')).toBe(false);
    expect(tip()).toBeNull();
    expect(press('Escape')).toBe(true);
  });
});
