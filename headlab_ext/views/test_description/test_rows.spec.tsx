import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DescriptionTest } from '../../contract/records';
import { plainValue, rowTable, shownValue, tabbed } from './row_table';
import { MAX_SHOWN, TestRows } from './test_rows';

afterEach(cleanup);

const ROWS: DescriptionTest['rows'] = [
  {
    id: '1',
    source: ' cat',
    targets: [' a', ' b'],
    label: true,
    ratings: { 'own description': 0.91234, 'empty description': 0.5 },
    invalid: {}
  },
  {
    id: '2',
    source: '=cmd|x',
    targets: [],
    label: false,
    ratings: { 'own description': null, 'empty description': -0.5 },
    invalid: { 'own description': 'deadline' }
  }
];

const figure = (name: RegExp) => screen.getByText(name).closest('dt')?.nextSibling?.textContent;

describe('raw rows', () => {
  it('have a column for each text where a field has one value a text', () => {
    const table = rowTable(ROWS, shownValue);
    expect(table.columns).toEqual([
      'id',
      'source',
      'targets',
      'label',
      'ratings: own description',
      'ratings: empty description',
      'invalid: own description'
    ]);
    expect(table.rows).toEqual([
      ['1', ' cat', ' a,  b', 'yes', '0.912', '0.500', ''],
      ['2', '=cmd|x', '', 'no', '', '\u22120.500', 'deadline']
    ]);
  });

  it('are copied in full, with tabs, and as no formulas', () => {
    const lines = tabbed(rowTable(ROWS, plainValue)).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1].split('\t')[4]).toBe('0.91234');
    expect(lines[2].split('\t')[1]).toBe("'=cmd|x");
    expect(lines[2].split('\t')[5]).toBe('-0.5');
    const sorted = rowTable([{ hit: true, k: 1, source: 'a', text: 'own' }], plainValue);
    expect(sorted.columns).toEqual(['text', 'source', 'hit', 'k']);
    const odd = tabbed(rowTable([{ a: 'x\ty\nz' }], plainValue));
    expect(odd).toBe('a\nx y z');
  });

  it('are drawn once they are opened, bounded, and copied whole', async () => {
    const rows = Array.from({ length: 450 }, (_, n) => ({ id: n, source: `<b>${n}</b>` }));
    const result = { kind: 'S4', rows, numbers: { percentile: 0.9, n_dropped: 3, mrr: null } };
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    render(<TestRows result={result as unknown as DescriptionTest} />);
    expect(screen.queryByRole('table')).toBeNull();
    const details = screen.getByText('450 raw rows').closest('details') as HTMLDetailsElement;
    act(() => {
      details.open = true;
      fireEvent(details, new Event('toggle'));
    });
    expect(screen.getAllByRole('row')).toHaveLength(MAX_SHOWN + 1);
    expect(document.querySelector('td b')).toBeNull();
    expect(screen.getByText(`The first ${MAX_SHOWN} of 450 rows.`)).toBeTruthy();
    expect(figure(/share of the other heads/)).toBe('0.900');
    expect(figure(/cannot serve/)).toBe('3');
    expect(screen.queryByText(/reciprocal/)).toBeNull();
    await act(async () => fireEvent.click(screen.getByText('Copy all 450 rows')));
    expect(String(writeText.mock.calls[0])).toContain('449\t<b>449</b>');
    vi.unstubAllGlobals();
  });
});
