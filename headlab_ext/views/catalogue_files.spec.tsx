import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SavedFilter } from '../contract/records';
import { CatalogueExport } from './catalogue_export';
import { CatalogueImportForm, type CatalogueImportProps } from './catalogue_import';
import { NO_FILTERS } from './catalogue_query';
import { makeConflict } from './spec_records';
import { CatalogueSaved, type SavedFiltersProps } from './catalogue_saved';

afterEach(cleanup);

describe('an export', () => {
  const urlOf = (format: string, licence: string) => `/export?${format}&${licence}`;
  const hrefs = () => screen.getAllByRole('link').map(link => link.getAttribute('href'));

  it('is an ordinary download of each format', () => {
    render(<CatalogueExport total={1200} urlOf={urlOf} />);
    expect(screen.getByText('Export 1,200 entries as a file.')).toBeTruthy();
    const formats = ['json', 'csv', 'parquet', 'markdown', 'html'];
    expect(hrefs()).toEqual(formats.map(format => `/export?${format}&`));
    expect(screen.getAllByRole('link').every(link => link.hasAttribute('download'))).toBe(true);
  });

  it('needs a licence as a data set', () => {
    render(<CatalogueExport total={1} urlOf={urlOf} />);
    const type = (value: string) =>
      fireEvent.change(screen.getByRole('textbox'), { target: { value } });
    for (const odd of ['', 'MIT', 'mit licence', 'm']) {
      type(odd);
      expect(screen.queryByRole('link', { name: 'Data set' })).toBeNull();
    }
    type(' cc-by-4.0 ');
    expect(hrefs().at(-1)).toBe('/export?dataset&cc-by-4.0');
  });

  it('is not offered when nothing matches', () => {
    render(<CatalogueExport total={0} urlOf={urlOf} />);
    expect(screen.queryAllByRole('link')).toEqual([]);
  });
});

describe('an import', () => {
  const show = (change: Partial<CatalogueImportProps> = {}) => {
    const told = { onFile: vi.fn(), onConfirm: vi.fn(), onForget: vi.fn() };
    const { container } = render(
      <CatalogueImportForm
        name="export.json"
        busy={false}
        result={null}
        problem={null}
        {...told}
        {...change}
      />
    );
    return { ...told, container };
  };

  it('says what would happen, then has one button', () => {
    const result = { added: 12, extended: 3, unchanged: 40, dry_run: true };
    const { onConfirm, container } = show({ result });
    expect(container.textContent).toContain('would be added12 entries');
    expect(container.textContent).toContain('would get newer revisions3 entries');
    expect(container.textContent).toContain('unchanged40 entries');
    fireEvent.click(screen.getByRole('button', { name: 'Import 15 entries' }));
    expect(onConfirm).toHaveBeenCalledTimes(1);
  });

  it('has no button when there is nothing to import, or when it was done', () => {
    show({ result: { added: 0, extended: 0, unchanged: 4, dry_run: true } });
    expect(screen.queryAllByRole('button')).toEqual([]);
    cleanup();
    const { container } = show({ result: { added: 1, extended: 0, unchanged: 4, dry_run: false } });
    expect(screen.queryAllByRole('button')).toEqual([]);
    expect(container.textContent).toContain('Imported.');
  });

  it('lists what was edited on both sides, and offers to take the rest', () => {
    const odd = makeConflict({
      model_name: '<img src=x>',
      there: { ...makeConflict().there, author: '<b>eve' }
    });
    const conflicts = [odd, makeConflict({ entry_id: 8 })];
    const result = { added: 1, extended: 0, unchanged: 0, conflicts, dry_run: true };
    const { onConfirm, container } = show({ result });
    const items = within(screen.getByRole('region', { name: 'Edited on both sides' }));
    const [first] = items.getAllByRole('listitem');
    expect(first.textContent).toMatch(
      /^L5H3 of <img src=x>, from revision 4 onHere: annotate by ada, .*In the file: review by <b>eve, /
    );
    expect(container.querySelector('img, b')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Import the rest, 1 entry' }));
    expect(onConfirm).toHaveBeenCalledTimes(1);
    cleanup();
    show({ result: { ...result, added: 0 } });
    expect(screen.queryAllByRole('button')).toEqual([]);
    expect(screen.getByText('There is nothing else to import.')).toBeTruthy();
  });

  it('says what comes beside entries', () => {
    const result = { added: 0, extended: 0, unchanged: 2, votes: 3, filters: 1, dry_run: true };
    const { container } = show({ result: { ...result, kept: ['ada: <i>early'] } });
    expect(container.textContent).toContain('new votes and requests for one3');
    expect(container.textContent).toContain('stay: ada: <i>early');
    expect(screen.getByRole('button', { name: 'Import what is new' })).toBeTruthy();
  });

  it('says why a file is refused', () => {
    show({ problem: 'L5H3 has another history here.' });
    expect(screen.getByRole('alert').textContent).toBe(
      'L5H3 has another history here. Nothing was imported.'
    );
  });
});

describe('saved filters', () => {
  const saved: SavedFilter = {
    author: 'Rosa',
    name: 'early <b>copies</b>',
    text: 'copy',
    filters: { layer_to: 3, state: 'drafted' },
    updated_at: ''
  };
  const show = (change: Partial<SavedFiltersProps> = {}) => {
    const told = { onChoose: vi.fn(), onSave: vi.fn(), onForget: vi.fn(), onRetry: vi.fn() };
    render(
      <CatalogueSaved
        saved={[saved]}
        busy={false}
        problem={null}
        filters={NO_FILTERS}
        {...told}
        {...change}
      />
    );
    return told;
  };

  it('are chosen and forgotten', () => {
    const told = show();
    fireEvent.click(screen.getByRole('button', { name: 'early <b>copies</b>' }));
    expect(told.onChoose).toHaveBeenCalledWith({
      ...NO_FILTERS,
      text: 'copy',
      layer_to: '3',
      state: 'drafted'
    });
    fireEvent.click(screen.getByRole('button', { name: /^Forget/ }));
    expect(told.onForget).toHaveBeenCalledWith('early <b>copies</b>');
  });

  it('are made of filters in force, under a name', () => {
    show();
    expect(screen.queryByRole('textbox')).toBeNull();
    cleanup();
    const told = show({ filters: { ...NO_FILTERS, tag: 'x' } });
    const name = screen.getByRole('textbox');
    fireEvent.change(name, { target: { value: saved.name } });
    expect(screen.getByRole('button', { name: 'Replace' })).toBeTruthy();
    fireEvent.change(name, { target: { value: ' mine ' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(told.onSave).toHaveBeenCalledWith('mine');
  });

  it('say what they are when there are none, and Retry after an error', () => {
    show({ saved: [] });
    expect(screen.getByText(/None yet/)).toBeTruthy();
    cleanup();
    const told = show({ saved: null, problem: 'No server.' });
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(told.onRetry).toHaveBeenCalledTimes(1);
  });
});
