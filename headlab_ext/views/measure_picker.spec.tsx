import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { measureOf } from './map_fixture';
import { costText, firstMeasure, fullTitle, groupMeasures } from './measure_list';
import { MeasurePicker } from './measure_picker';

afterEach(cleanup);

const MEASURES = [
  measureOf({ key: 'state', group: 'catalogue', category: '', title: 'State in the catalogue' }),
  measureOf({ key: 'relation/capital', title: 'country to capital' }),
  measureOf({ key: 'relation/copy', category: 'algorithmic', title: 'copying' }),
  measureOf({
    key: 'relation/french',
    category: 'translation',
    title: 'English to French',
    computed: false,
    reason: 'Only 12 pairs are single tokens; 30 are needed.'
  }),
  measureOf({ key: 'suppression/capital', group: 'suppression', title: 'country to capital' }),
  measureOf({
    key: 'ablation/kl',
    group: 'ablation',
    category: '',
    title: 'Divergence without the head',
    computed: false,
    estimate_seconds: 42
  }),
  measureOf({ key: 'best', group: 'overview', category: '', title: 'Largest relation score' })
];

function show(measure = 'best') {
  const onMeasure = vi.fn();
  const outside = vi.fn();
  render(
    <div onKeyDown={outside}>
      <MeasurePicker measures={MEASURES} measure={measure} onMeasure={onMeasure} />
    </div>
  );
  const field = screen.getByRole<HTMLInputElement>('combobox', { name: 'Measure' });
  const press = (key: string) => fireEvent.keyDown(field, { key });
  const active = () =>
    document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.textContent;
  return { field, press, active, onMeasure, outside };
}

describe('the list of measures', () => {
  it('has overview, relations by category, suppression, ablation and catalogue, in this order', () => {
    expect(groupMeasures(MEASURES).map(group => group.title)).toEqual([
      'Overview',
      'Relation score: knowledge',
      'Relation score: algorithmic',
      'Relation score: translation',
      'Suppression score: knowledge',
      'Ablation',
      'Catalogue'
    ]);
  });

  it('finds by words of title and group', () => {
    const keys = (search: string) =>
      groupMeasures(MEASURES, search).flatMap(group => group.measures.map(one => one.key));
    expect(keys('capital')).toEqual(['relation/capital', 'suppression/capital']);
    expect(keys('Suppression cap')).toEqual(['suppression/capital']);
    expect(keys('zebra')).toEqual([]);
  });

  it('starts with the first overview that can be had', () => {
    expect(firstMeasure(MEASURES)?.key).toBe('best');
    expect(firstMeasure(MEASURES.slice(0, 3))?.key).toBe('state');
    expect(firstMeasure([MEASURES[3]])).toBeNull();
  });

  it('says what a measure costs or why it cannot be had', () => {
    expect(MEASURES.map(costText)).toEqual([
      'computed',
      'computed',
      'computed',
      'Only 12 pairs are single tokens; 30 are needed.',
      'computed',
      'about 42 s',
      'computed'
    ]);
    expect(fullTitle(MEASURES[4])).toBe('country to capital, suppression score');
  });
});

describe('the measure picker', () => {
  it('shows the chosen measure and opens with the arrow at it', () => {
    const { field, press, active } = show();
    expect(field.value).toBe('Largest relation score');
    expect(field.getAttribute('aria-expanded')).toBe('false');
    press('ArrowDown');
    expect(field.getAttribute('aria-expanded')).toBe('true');
    expect(active()).toContain('Largest relation score');
    const list = document.getElementById(field.getAttribute('aria-controls')!)!;
    expect(within(list).getAllByRole('option')).toHaveLength(7);
    expect(within(list).getAllByRole('group')).toHaveLength(7);
    expect(within(list).getByRole('option', { selected: true }).textContent).toContain(
      'Largest relation score'
    );
  });

  it('filters while typing and takes the first with Enter', () => {
    const { field, press, onMeasure } = show();
    fireEvent.change(field, { target: { value: 'suppression' } });
    expect(screen.getAllByRole('option')).toHaveLength(1);
    press('Enter');
    expect(onMeasure).toHaveBeenCalledExactlyOnceWith('suppression/capital');
    expect(field.getAttribute('aria-expanded')).toBe('false');
    expect(field.value).toBe('Largest relation score');
  });

  it('selects the shown name when it is opened again, so that typing replaces it', () => {
    const { field, press } = show();
    fireEvent.click(field);
    press('Escape');
    field.setSelectionRange(3, 3);
    fireEvent.click(field);
    expect([field.selectionStart, field.selectionEnd]).toEqual([0, field.value.length]);
    field.setSelectionRange(3, 3);
    fireEvent.click(field); // a click into the open field places the caret
    expect(field.selectionStart).toBe(3);
  });

  it('walks round with the arrows', () => {
    const { press, active } = show();
    press('ArrowDown');
    press('ArrowDown');
    expect(active()).toContain('country to capital');
    press('ArrowUp');
    press('ArrowUp');
    expect(active()).toContain('State in the catalogue');
  });

  it('offers what cannot be had with its reason, and refuses it', () => {
    const { field, press, onMeasure } = show();
    fireEvent.change(field, { target: { value: 'french' } });
    const option = screen.getByRole('option');
    expect(option.getAttribute('aria-disabled')).toBe('true');
    expect(option.textContent).toContain('30 are needed');
    press('ArrowDown');
    press('Enter');
    fireEvent.click(option);
    expect(onMeasure).not.toHaveBeenCalled();
  });

  it('closes with Esc, keeps the key, and lets the next one pass', () => {
    const { field, press, outside } = show();
    press('ArrowDown');
    fireEvent.change(field, { target: { value: 'zebra' } });
    expect(screen.getByRole('option').textContent).toContain('zebra');
    outside.mockClear();
    press('Escape');
    expect(field.value).toBe('Largest relation score');
    expect(outside).not.toHaveBeenCalled();
    press('Escape');
    expect(outside).toHaveBeenCalledTimes(1);
  });
});
