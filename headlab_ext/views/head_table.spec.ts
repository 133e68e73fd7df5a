import { describe, expect, it } from 'vitest';
import { matches, filterText, parseFilter } from './head_filter';
import { stateGrid, stateOf, stateWord } from './head_states';
import { aboveControl, headTable, nextInRank, rankOf, valueOf } from './head_table';
import { headSentence, headText } from './head_text';
import { headName } from './heads';
import { STATE_MEASURE, TINY, TINY_STATES, valuesOf } from './map_fixture';

const table = headTable(TINY);
const states = stateGrid(TINY_STATES);
const at = (layer: number, index: number) => ({ layer, index });

describe('the table of heads', () => {
  it('orders heads best first, ties by place, missing ones last', () => {
    expect(Array.from(table.order)).toEqual([5, 1, 3, 0, 2, 4]);
  });

  it('gives equal values the better rank and missing ones none', () => {
    expect(Array.from(table.ranks)).toEqual([4, 2, 5, 2, 0, 1]);
    expect(table.nRanked).toBe(5);
    expect(rankOf(table, at(1, 1))).toBeNull();
    expect(valueOf(table, at(1, 1))).toBeNaN();
  });

  it('agrees with a plain sort on many values', () => {
    const values = Array.from({ length: 12 }, (_, l) =>
      Array.from({ length: 9 }, (_v, h) => ((l * 31 + h * 17) % 23) / 23 - 0.4)
    );
    const found = headTable(valuesOf(values));
    const flat = values.flat();
    found.order.forEach((one, place) => {
      expect(found.ranks[one]).toBe(1 + flat.filter(value => value > flat[one]).length);
      if (place > 0) {
        const before = found.order[place - 1];
        expect(flat[before] > flat[one] || (flat[before] === flat[one] && before < one)).toBe(true);
      }
    });
  });

  it('reads rows of single precision', () => {
    const rows = [Float32Array.from([0.7, NaN])] as unknown as number[][];
    const found = headTable(valuesOf(rows, {}, { control: 0.7 }));
    expect(found.nRanked).toBe(1);
    expect(aboveControl(found, found.values[0])).toBe(false);
    expect(Array.from(matches(parseFilter('>= .7', found), found, null)!)).toEqual([1, 0]);
  });

  it('walks in rank and stops at the ends', () => {
    expect(headName(nextInRank(table, at(1, 2), 1))).toBe('L0H1');
    expect(headName(nextInRank(table, at(0, 1), 1))).toBe('L1H0');
    expect(headName(nextInRank(table, at(1, 2), -1))).toBe('L1H2');
    expect(headName(nextInRank(table, at(1, 1), 1))).toBe('L1H1');
  });

  it('lists states by what people decided, without ranks', () => {
    const found = headTable(TINY_STATES);
    expect(Array.from(found.order)).toEqual([5, 1, 3, 0, 2, 4]);
    expect(Array.from(found.ranks)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('holds no heads of an empty model', () => {
    expect(headTable(valuesOf([])).order).toHaveLength(0);
  });
});

describe('a head in words', () => {
  it('says name, value, rank and state', () => {
    expect(headSentence(table, states, at(1, 2))).toBe(
      'Layer 1, head 2, relation score 0.900, rank 1 of 5, accepted'
    );
  });

  it('says that a value is missing and leaves out what is not known', () => {
    expect(headSentence(table, null, at(1, 1))).toBe('Layer 1, head 1, no relation score');
  });

  it('says the state alone on the state measure', () => {
    expect(headSentence(headTable(TINY_STATES), states, at(0, 1))).toBe('Layer 0, head 1, drafted');
  });

  it('signs changes and names their unit', () => {
    const loss = headTable(
      valuesOf([[-0.25]], {
        group: 'ablation',
        title: 'Loss change without the head',
        unit: 'nats',
        scale: 'diverging'
      })
    );
    expect(headText(loss, null, at(0, 0)).value).toBe(
      'loss change without the head \u22120.250 nats'
    );
  });

  it('takes a label it does not know for no state', () => {
    const odd = stateGrid(valuesOf([[0]], STATE_MEASURE, { labels: ['<b>bold</b>'] }));
    expect(stateOf(odd, at(0, 0))).toBeNull();
    expect(stateWord(null)).toBe('not described');
  });
});

describe('the filter', () => {
  const kept = (text: string) => {
    const found = matches(parseFilter(text, table), table, states);
    return found && Array.from(found);
  };

  it.each([
    ['≥ .4', [0, 1, 0, 1, 0, 1]],
    ['>= 0.4', [0, 1, 0, 1, 0, 1]],
    ['> .4', [0, 0, 0, 0, 0, 1]],
    ['<0.1', [0, 0, 1, 0, 0, 0]],
    ['≤ .1', [1, 0, 1, 0, 0, 0]],
    ['> −1', [1, 1, 1, 1, 0, 1]],
    ['L1H0', [0, 0, 0, 1, 0, 0]],
    ['1.1', [0, 0, 0, 0, 1, 0]],
    ['accepted', [0, 0, 0, 0, 0, 1]],
    ['not described', [1, 0, 1, 0, 1, 0]]
  ])('%s keeps %j', (text, expected) => expect(kept(text)).toEqual(expected));

  it.each(['', '  ', 'capital', 'L2H0', '> x', '0.4'])('%j keeps all', text =>
    expect(kept(text)).toBeNull()
  );

  it('says what it kept or why it kept all', () => {
    const outcome = (text: string) => {
      const filter = parseFilter(text, table);
      return filterText(filter, matches(filter, table, states), 6);
    };
    expect(outcome('')).toBe('6 heads');
    expect(outcome('≥ .4')).toBe('3 of 6 heads');
    expect(outcome('L7H0')).toContain('layers go to 1, heads to 2');
    expect(outcome('capital')).toContain('≥ .15');
    expect(parseFilter('> 1', headTable(TINY_STATES))).toMatchObject({ kind: 'ignored' });
  });
});
