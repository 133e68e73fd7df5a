// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { ImportedEvidence, StoredImport } from '../contract/records';
import { importedPart } from './imported_evidence';
import { makeEntry } from './spec_records';

afterEach(cleanup);

const SHA = 'ab12'.repeat(16);

function metrics(over: Partial<ImportedEvidence> = {}): ImportedEvidence {
  return {
    kind: 'head-metrics',
    file: 'scores.csv',
    sha256: SHA,
    mappings: [],
    metrics: [{ name: 'induction', value: 0.91234 }],
    ...over
  };
}

function mappings(count: number): ImportedEvidence {
  return metrics({
    kind: 'maps-mappings',
    file: 'maps.html',
    metrics: [],
    mappings: Array.from({ length: count }, (_, index) => ({
      source: ` token${index}`,
      targets: [` a${index}`, ` b${index}`]
    }))
  });
}

function show(...evidence: ImportedEvidence[]): void {
  const imported: StoredImport[] = evidence.map((one, index) => ({
    id: index + 2,
    evidence: one,
    imported_by: 'mira',
    imported_at: '2026-01-02T03:04:05Z'
  }));
  const [part] = importedPart(makeEntry({ imported }));
  render(
    <>
      {part.note}
      {part.body}
    </>
  );
}

describe('imported evidence', () => {
  it('has no place without any', () => {
    expect(importedPart(makeEntry())).toEqual([]);
    expect(importedPart(null)).toEqual([]);
  });

  it('names its source and says that it was not measured here', () => {
    show(metrics());
    expect(document.body.textContent).toContain('not measured here');
    const [item] = screen.getAllByRole('listitem');
    expect(item.textContent).toContain('From scores.csv, ab12ab12ab12, by mira');
    expect(item.textContent).toContain('imported');
    expect(within(item).getByTitle(`sha256 of the file: ${SHA}`)).toBeTruthy();
  });

  it('shows a metric with three digits and the whole number as its tip', () => {
    show(metrics());
    expect(screen.getByTitle('0.91234').textContent).toBe('0.912');
  });

  it('shows sources that disagree beside each other, the newest first', () => {
    show(metrics(), metrics({ file: 'other.csv', metrics: [{ name: 'induction', value: 0.25 }] }));
    const items = screen.getAllByRole('listitem');
    expect(items.map(item => item.querySelector('.hl-Import-file')?.textContent)).toEqual([
      'other.csv',
      'scores.csv'
    ]);
    expect(items[0].textContent).toContain('0.250≠ 0.91234 in scores.csv');
    expect(items[1].textContent).toContain('0.912≠ 0.25 in other.csv');
  });

  it('says nothing of sources that agree, or that are about something else', () => {
    show(metrics(), metrics({ file: 'again.csv' }), mappings(1));
    expect(document.body.textContent).not.toContain('≠');
  });

  it('says which source maps a token to something else', () => {
    const other = mappings(2);
    other.mappings[1] = { source: ' token1', targets: [' c'] };
    show(mappings(2), { ...other, file: 'other.html' });
    const [first, second] = screen.getAllByRole('listitem');
    expect(first.textContent).toContain('≠ a1, b1 in maps.html');
    expect(second.textContent).toContain('≠ c in other.html');
  });

  it('shows ten mappings, and all on demand', () => {
    show(mappings(12));
    const table = screen.getByRole('table');
    expect(within(table).getAllByRole('row')).toHaveLength(11);
    fireEvent.click(screen.getByText('Show all 12'));
    expect(within(table).getAllByRole('row')).toHaveLength(13);
    expect(screen.queryByText('Show all 12')).toBeNull();
  });

  it('gives no row that a draft could cite', () => {
    show(mappings(3), metrics());
    expect(document.querySelector('[data-row]')).toBeNull();
  });

  it('draws hostile text as text', () => {
    const hostile = '<img src=x onerror=alert(1)>';
    show(
      metrics({ file: hostile, metrics: [{ name: hostile, value: 1 }] }),
      metrics({
        kind: 'maps-mappings',
        metrics: [],
        mappings: [{ source: hostile, targets: [hostile] }]
      })
    );
    expect(document.querySelector('img')).toBeNull();
    expect(screen.getAllByRole('listitem')[1].textContent).toContain(hostile);
  });
});
