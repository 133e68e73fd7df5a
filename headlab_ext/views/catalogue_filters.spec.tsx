import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueOverview, Facets } from '../contract/records';
import { CatalogueFilterBar } from './catalogue_filters';
import { isFiltered, NO_FILTERS, type CatalogueFilters } from './catalogue_query';

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

const facets: Facets = {
  categories: { knowledge: 7 },
  stages: { KR: 1100 },
  tags: { 'to check': 3, done: 12 },
  head_names: { induction: 2 },
  reviewers: { Rosa: 5 },
  operations: { plural: 900 }
};

function show(filters: CatalogueFilters = NO_FILTERS, known: Facets | null = facets) {
  const told = { onChange: vi.fn(), onDone: vi.fn(), onMore: vi.fn() };
  const bar = (now: CatalogueFilters) => (
    <CatalogueFilterBar {...told} filters={now} overview={overview} facets={known} />
  );
  const { rerender } = render(bar(filters));
  return { ...told, change: (now: CatalogueFilters) => rerender(bar(now)) };
}

function options(name: string): string[] {
  const select = screen.getByRole<HTMLSelectElement>('combobox', { name });
  return Array.from(select.options, option => option.textContent ?? '');
}

describe('the filters of the catalogue', () => {
  it('takes filters out of the words when they are done, and names those it leaves out', () => {
    const typed = { ...NO_FILTERS, text: 'capital layer:1 state:done' };
    const { onChange, onDone } = show(typed);
    expect(screen.getByRole('status').textContent).toMatch(/^Left out: state:done – it takes/);
    fireEvent.keyDown(screen.getByRole('searchbox'), { key: 'Enter' });
    const change = { layer_from: '1', layer_to: '1', text: 'capital state:done' };
    expect(onChange).toHaveBeenCalledExactlyOnceWith(change);
    expect(onDone).toHaveBeenCalledOnce();
    cleanup();
    const plain = show({ ...NO_FILTERS, text: 'capital' });
    expect(screen.getByRole('status').textContent).toBe('');
    fireEvent.blur(screen.getByRole('searchbox'));
    expect(plain.onChange).not.toHaveBeenCalled();
  });

  it('count what they would show, each model once', () => {
    const { onChange } = show();
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
    show(filters);
    expect(options('Model')).toContain('model dddddddd (0)');
    expect(isFiltered(filters)).toBe(true);
  });

  it('let the keyboard go from the search to the list, Escape first clearing the text', () => {
    const { onChange, onDone, change } = show({ ...NO_FILTERS, text: 'x' });
    const field = screen.getByRole('searchbox');
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(onChange).toHaveBeenCalledWith({ text: '' });
    expect(onDone).not.toHaveBeenCalled();
    change(NO_FILTERS);
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    expect(onDone).toHaveBeenCalledTimes(1);
  });

  it('fold the others away, and say when they are looked at', () => {
    const { onChange, onMore } = show();
    expect(screen.queryByRole('combobox', { name: 'Tag' })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'More filters' }));
    expect(onMore).toHaveBeenCalledWith(true);
    expect(options('Tag')).toEqual(['Any', 'done (12)', 'to check (3)']);
    expect(options('Stage')).toContain('KR knowledge recalling (1,100)');
    expect(options('Stage')).toContain('ICI in-context identification (0)');
    for (const [name, value, field] of [
      ['Operation', 'plural', 'operation'],
      ['Head name', 'induction', 'head_name'],
      ['Reviewer', 'Rosa', 'reviewer'],
      ['Tests', 'true', 'has_failed_test']
    ]) {
      fireEvent.change(screen.getByRole('combobox', { name }), { target: { value } });
      expect(onChange).toHaveBeenLastCalledWith({ [field]: value });
    }
    fireEvent.change(screen.getByRole('spinbutton', { name: 'Layers from' }), {
      target: { value: '3' }
    });
    expect(onChange).toHaveBeenLastCalledWith({ layer_from: '3' });
  });

  it('keep a chosen value in its list, whoever else has it', () => {
    show({ ...NO_FILTERS, tag: 'gone' }, null);
    fireEvent.click(screen.getByRole('button', { name: 'More filters' }));
    expect(options('Tag')).toEqual(['Any', 'gone']);
  });

  it('show those that are folded away as chips, each to be taken away', () => {
    const filters = { ...NO_FILTERS, state: 'drafted', layer_from: '3', layer_to: '5', tag: 'x' };
    const { onChange, change } = show(filters);
    const chips = () => screen.getAllByRole('listitem').map(item => item.textContent);
    expect(chips()).toEqual(['layer 3 to 5', 'tag “x”', 'Clear all']);
    fireEvent.click(screen.getByRole('button', { name: 'Without layer 3 to 5' }));
    expect(onChange).toHaveBeenLastCalledWith({ layer_from: '', layer_to: '' });
    fireEvent.click(screen.getByRole('button', { name: 'Clear all' }));
    expect(onChange).toHaveBeenLastCalledWith(NO_FILTERS);
    change({ ...NO_FILTERS, state: 'drafted' });
    expect(screen.queryAllByRole('listitem')).toEqual([]);
  });
});
