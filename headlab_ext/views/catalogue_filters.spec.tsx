import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueOverview } from '../contract/records';
import { CatalogueFilterBar, isFiltered, NO_FILTERS } from './catalogue_filters';

afterEach(cleanup);

const overview: CatalogueOverview = {
  place: '',
  stamp: '',
  total: 1207,
  states: { drafted: 1200, accepted: 7 },
  models: [
    { name: 'demo', fingerprint: 'aaaaaaaa1', entries: 5 },
    { name: 'copy of demo', fingerprint: 'aaaaaaaa1', entries: 2 },
    { name: 'gpt2', fingerprint: 'bbbbbbbb1', entries: 600 },
    { name: 'gpt2', fingerprint: 'cccccccc1', entries: 600 }
  ],
  warnings: []
};

function options(name: string): string[] {
  const select = screen.getByRole<HTMLSelectElement>('combobox', { name });
  return Array.from(select.options, option => option.textContent ?? '');
}

describe('the filters of the catalogue', () => {
  it('count what they would show, each model once', () => {
    const onChange = vi.fn();
    render(
      <CatalogueFilterBar
        filters={NO_FILTERS}
        overview={overview}
        onChange={onChange}
        onDone={vi.fn()}
      />
    );
    expect(options('State')).toContain('drafted (1,200)');
    expect(options('Model')).toEqual([
      'All models',
      'demo, copy of demo (7)',
      'gpt2 bbbbbbbb (600)',
      'gpt2 cccccccc (600)'
    ]);
    fireEvent.change(screen.getByRole('combobox', { name: 'Model' }), {
      target: { value: 'bbbbbbbb1' }
    });
    expect(onChange).toHaveBeenCalledWith({ model: 'bbbbbbbb1' });
  });

  it('keep a model that has no entries any more', () => {
    const filters = { ...NO_FILTERS, model: 'dddddddd1' };
    const props = { filters, onChange: vi.fn(), onDone: vi.fn() };
    render(<CatalogueFilterBar {...props} overview={overview} />);
    expect(options('Model')).toContain('model dddddddd (0)');
    expect(isFiltered(filters)).toBe(true);
  });

  it('let the keyboard go from the search to the list, Escape first clearing the text', () => {
    const [onChange, onDone] = [vi.fn(), vi.fn()];
    const props = { overview, onChange, onDone };
    const { rerender } = render(
      <CatalogueFilterBar {...props} filters={{ ...NO_FILTERS, text: 'x' }} />
    );
    const field = screen.getByRole('searchbox');
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(onChange).toHaveBeenCalledWith({ text: '' });
    expect(onDone).not.toHaveBeenCalled();
    rerender(<CatalogueFilterBar {...props} filters={NO_FILTERS} />);
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    expect(onDone).toHaveBeenCalledTimes(1);
  });
});
