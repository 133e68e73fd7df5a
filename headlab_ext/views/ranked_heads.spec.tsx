import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Head } from '../contract/records';
import { rangeOf } from './colour_range';
import { stateGrid } from './head_states';
import { headTable, type HeadTable } from './head_table';
import { headName } from './heads';
import { Legend } from './legend';
import { TINY, TINY_STATES, valuesOf } from './map_fixture';
import { RankedHeads } from './ranked_heads';

afterEach(cleanup);

const THEME = { dark: false, contrast: false, name: '' };
const tiny = headTable(TINY);

function Shown(props: { table?: HeadTable; kept?: Uint8Array; onOpen?: (head: Head) => void }) {
  const [focused, setFocused] = React.useState<Head>({ layer: 1, index: 2 });
  const table = props.table ?? tiny;
  return (
    <RankedHeads
      table={table}
      range={rangeOf(table.sorted, table.measure)}
      states={stateGrid(TINY_STATES)}
      kept={props.kept ?? null}
      focused={focused}
      selected={{ layer: 0, index: 1 }}
      onFocusHead={setFocused}
      onOpen={props.onOpen ?? vi.fn()}
    />
  );
}

const rowTexts = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map(row => row.textContent);

describe('the ranked list', () => {
  it('is a table of all heads, best first, with rank, value and state', () => {
    render(<Shown />);
    const table = screen.getByRole('table', { name: 'Heads by relation score' });
    expect(table.getAttribute('aria-rowcount')).toBe('7');
    expect(rowTexts()).toEqual([
      '1L1H20.900',
      '2L0H10.400',
      '2L1H00.400',
      '4L0H00.100',
      '5L0H20',
      '–L1H1–'
    ]);
    const best = screen.getAllByRole('row')[1];
    expect(within(best).getByRole('img', { name: 'accepted' })).toBeTruthy();
    expect(screen.getAllByRole('row')[2].getAttribute('aria-current')).toBe('true');
  });

  it('opens the head that is clicked, once', () => {
    const onOpen = vi.fn();
    render(<Shown onOpen={onOpen} />);
    fireEvent.click(screen.getByRole('button', { name: 'L1H0' }));
    expect(onOpen.mock.calls.map(([head]) => headName(head))).toEqual(['L1H0']);
  });

  it('has one tab stop, which the arrows and n and p move', async () => {
    render(<Shown />);
    const stops = () =>
      screen
        .getAllByRole('button')
        .filter(button => button.tabIndex === 0)
        .map(button => button.textContent);
    expect(stops()).toEqual(['L1H2']);
    screen.getByRole('button', { name: 'L1H2' }).focus();
    fireEvent.keyDown(document.activeElement!, { key: 'ArrowDown' });
    expect(stops()).toEqual(['L0H1']);
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('L0H1'));
    fireEvent.keyDown(document.activeElement!, { key: 'n' });
    expect(stops()).toEqual(['L1H0']);
    fireEvent.keyDown(document.activeElement!, { key: 'End' });
    expect(stops()).toEqual(['L1H1']);
  });

  it('keeps to the filter', () => {
    render(<Shown kept={Uint8Array.from([1, 0, 0, 0, 0, 1])} />);
    expect(rowTexts()).toEqual(['1L1H20.900', '4L0H00.100']);
    cleanup();
    render(<Shown kept={new Uint8Array(6)} />);
    expect(screen.getByText('No head passes the filter.')).toBeTruthy();
  });

  it('draws few of many rows and says how many there are', () => {
    const many = headTable(
      valuesOf(Array.from({ length: 80 }, (_, l) => Array.from({ length: 64 }, (_v, h) => l * h)))
    );
    render(<Shown table={many} />);
    expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('5121');
    expect(document.querySelectorAll('tbody tr').length).toBeLessThan(80);
  });

  it('lists states without ranks', () => {
    render(<Shown table={headTable(TINY_STATES)} />);
    expect(rowTexts().slice(0, 3)).toEqual(['L1H2accepted', 'L0H1drafted', 'L1H0rejected']);
    expect(screen.queryByText('Rank')).toBeNull();
  });
});

describe('the legend', () => {
  const show = (table: HeadTable) =>
    render(
      <Legend
        table={table}
        range={rangeOf(table.sorted, table.measure, table.control)}
        theme={THEME}
      />
    );

  it('names the scale, the control and what lies above it', () => {
    show(tiny);
    expect(screen.getByRole('img').getAttribute('aria-label')).toBe(
      'Colours from 0 to 0.900 share of pairs; half of the heads lie at or below 0.400; ' +
        'shuffled control 0.120, 3 heads above it'
    );
    expect(screen.getByText('shuffled control 0.120')).toBeTruthy();
    expect(document.querySelector('.hl-Legend-notes')?.textContent).toContain('1 without a value');
  });

  it('says that ends are clipped', () => {
    const values = [Array.from({ length: 500 }, (_, i) => i), new Array<number>(500).fill(1e6)];
    values[1].fill(3, 0, 497);
    show(headTable(valuesOf(values, { unit: 'nats' })));
    expect(screen.getByText(/values above .* in the last colour/)).toBeTruthy();
    expect(screen.queryByText(/values below/)).toBeNull();
  });

  it('counts states', () => {
    show(headTable(TINY_STATES));
    const items = screen.getAllByRole('listitem').map(item => item.textContent);
    expect(items).toEqual([
      'not described3',
      'drafted1',
      'accepted1',
      'edited and accepted0',
      'rejected1',
      'unclear0'
    ]);
  });
});
