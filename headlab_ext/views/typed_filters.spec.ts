import { describe, expect, it } from 'vitest';
import { fromSearch, NO_FILTERS, toSearch } from './catalogue_query';
import { intoFields, typedFilters } from './typed_filters';

const search = (text: string, fields = {}) => toSearch({ ...NO_FILTERS, ...fields, text });

describe('filters typed among words', () => {
  it('are the filters that the catalogue reads, and the rest is words', () => {
    expect(search('capital layer:1 state:drafted score>.4 of  France')).toEqual({
      text: 'capital of France',
      filters: { layer_from: 1, layer_to: 1, state: 'drafted', score_from: 0.4 }
    });
    expect(search('tag:"to check" Name:induction operation:plural').filters).toEqual({
      tag: 'to check',
      head_name: 'induction',
      operation: 'plural'
    });
    expect(search('state:"in review"').filters).toEqual({ state: 'in_review' });
  });

  it('bound layers and scores from either side', () => {
    const layers = (text: string) => {
      const { layer_from: from, layer_to: to } = search(text).filters;
      return [from, to];
    };
    expect(layers('layer:3-5')).toEqual([3, 5]);
    expect(layers('layer>3 layer<=7')).toEqual([4, 7]);
    expect(layers('layer>=3 layer<7')).toEqual([3, 6]);
    expect(search('score<.9 score>=-1').filters).toEqual({ score_from: -1, score_to: 0.9 });
    expect(search('score:0').filters).toEqual({ score_from: 0, score_to: 0 });
  });

  it('name what is wrong and run the rest', () => {
    const typed = 'layer:x capital state:done score>high tag>1 layer<0 layer>1-2';
    expect(typedFilters(typed).wrong.map(({ part }) => part)).toEqual([
      'layer:x',
      'state:done',
      'score>high',
      'tag>1',
      'layer<0',
      'layer>1-2'
    ]);
    expect(search(typed)).toEqual({ text: 'capital', filters: {} });
  });

  it('leave words that only look like it alone', () => {
    for (const words of [
      'see https://a.example',
      'S4: fails',
      'constructor:x',
      'a layer',
      'tag:'
    ]) {
      expect(typedFilters(words)).toEqual({ words, change: {}, wrong: [] });
    }
  });

  it('come before the fields, and go into them with the wrong ones left to be mended', () => {
    expect(search('layer:1', { layer_from: '5', tag: 'done' }).filters).toEqual({
      layer_from: 1,
      layer_to: 1,
      tag: 'done'
    });
    expect(intoFields('a layer:1 state:done')).toEqual({
      layer_from: '1',
      layer_to: '1',
      text: 'a state:done'
    });
    expect(intoFields('a state:done')).toBeNull();
    const kept = search('words layer:2');
    expect(toSearch(fromSearch(kept))).toEqual(kept);
  });
});
