import { describe, expect, it } from 'vitest';
import {
  activeGroups,
  fromSearch,
  groupWords,
  NO_FILTERS,
  readFilters,
  toSearch,
  without,
  type CatalogueFilters,
  type FilterGroup
} from './catalogue_query';

const ALL: CatalogueFilters = {
  text: ' capital ',
  state: 'drafted',
  model: 'f00d',
  layer_from: '3',
  layer_to: '5',
  category: 'knowledge',
  stage: 'KR',
  tag: 'to check',
  head_name: 'induction',
  reviewer: 'Rosa',
  operation: 'plural',
  score_from: '.4',
  score_to: '1',
  has_failed_test: 'false'
};

describe('filters of entries', () => {
  it('become the search that the catalogue reads', () => {
    expect(toSearch(ALL)).toEqual({
      text: 'capital',
      filters: {
        state: 'drafted',
        model: 'f00d',
        layer_from: 3,
        layer_to: 5,
        category: 'knowledge',
        stage: 'KR',
        tag: 'to check',
        head_name: 'induction',
        reviewer: 'Rosa',
        operation: 'plural',
        score_from: 0.4,
        score_to: 1,
        has_failed_test: false
      }
    });
    expect(toSearch(NO_FILTERS)).toEqual({ text: '', filters: {} });
  });

  it('leave out what is no number, and keep layer and score 0', () => {
    const { filters } = toSearch({
      ...NO_FILTERS,
      layer_from: '-1',
      layer_to: '0',
      score_from: 'x',
      score_to: '0'
    });
    expect(filters).toEqual({ layer_to: 0, score_to: 0 });
  });

  it('come back from a kept search as they were, field by field', () => {
    const words: CatalogueFilters = { ...ALL, text: 'capital', score_from: '0.4' };
    expect(fromSearch(toSearch(words))).toEqual(words);
    for (const name of Object.keys(words) as (keyof CatalogueFilters)[]) {
      const one = { ...NO_FILTERS, [name]: words[name] };
      expect(fromSearch(toSearch(one))).toEqual(one);
    }
  });

  it('read a single layer as a range of one', () => {
    const found = fromSearch({ text: '', filters: { layer: 7, state: null } });
    expect(found).toEqual({ ...NO_FILTERS, layer_from: '7', layer_to: '7' });
  });

  it('take no harm from what was kept by something else', () => {
    for (const odd of [null, 'x', 7, [], { text: { a: 1 }, state: null, other: 1 }]) {
      expect(readFilters(odd)).toEqual(NO_FILTERS);
    }
  });

  it('are taken away in groups, all of them in the end', () => {
    let left = ALL;
    const groups: FilterGroup[] = activeGroups(ALL);
    expect(groups).toHaveLength(11);
    for (const group of groups) {
      expect(groupWords(group, left)).not.toBe('');
      left = { ...left, ...without(group) };
      expect(activeGroups(left)).not.toContain(group);
    }
    expect(left).toEqual(NO_FILTERS);
  });

  it('are said in words', () => {
    expect(groupWords('score', ALL)).toBe('operation plural, score .4 to 1');
    expect(groupWords('score', { ...NO_FILTERS, score_to: '.2' })).toBe('score up to .2');
    expect(groupWords('layers', { ...ALL, layer_to: '3' })).toBe('layer 3');
    expect(groupWords('stage', ALL)).toBe('stage KR knowledge recalling');
    expect(groupWords('state', ALL)).toBe('state “drafted”');
    expect(groupWords('has_failed_test', ALL)).toBe('no test failed');
  });
});
