// Filters that are typed among the words of a search, such as `layer:1 state:drafted score>.4`.
import type { CatalogueFilters } from './catalogue_query';
import { isState } from './head_states';

/** A value of `state`: entries that people are judging, whatever their stored state. */
export const IN_REVIEW = 'in_review';

type Change = Partial<CatalogueFilters>;

export interface TypedFilters {
  /** What is left to search for. */
  words: string;
  /** The fields that the parts stand for; a later part replaces an earlier one. */
  change: Change;
  /** Parts that say nothing the catalogue knows, as they were typed, each with the reason. */
  wrong: readonly { part: string; why: string }[];
}

const PART = /(?<=^|\s)([a-z_]+)(:|>=?|<=?)("[^"]*"|[^\s"]+)(?=\s|$)/giu;

const LAYER = 'a layer is a number from 0, or a range such as 3-5';
const SCORE = 'a score is a number, such as score>0.4';
const ONE = 'it takes a colon, such as tag:"to check"';

/** The fields of a part, or why it has none. */
type Reader = (sign: string, value: string) => Change | string;

const text =
  (name: keyof CatalogueFilters): Reader =>
  (sign, value) =>
    sign === ':' && value !== '' ? { [name]: value } : ONE;

const READERS: Record<string, Reader> = {
  layer: (sign, value) => {
    const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(value);
    if (!range || (range[2] !== undefined && sign !== ':')) {
      return LAYER;
    }
    const layer = Number(range[1]);
    return sign === ':'
      ? { layer_from: range[1], layer_to: range[2] ?? range[1] }
      : sign.startsWith('>')
        ? { layer_from: String(sign === '>' ? layer + 1 : layer) }
        : sign === '<' && layer === 0
          ? LAYER
          : { layer_to: String(sign === '<' ? layer - 1 : layer) };
  },
  score: (sign, value) => {
    if (value === '' || !Number.isFinite(Number(value))) {
      return SCORE;
    }
    return {
      ...(sign.startsWith('<') ? {} : { score_from: value }),
      ...(sign.startsWith('>') ? {} : { score_to: value })
    };
  },
  state: (sign, value) => {
    const state = value.trim().toLowerCase().replace(/\s+/g, '_');
    const known = sign === ':' && (isState(state) || state === IN_REVIEW);
    return known ? { state } : 'it takes a state, such as state:drafted or state:in_review';
  },
  tag: text('tag'),
  category: text('category'),
  stage: text('stage'),
  name: text('head_name'),
  reviewer: text('reviewer'),
  operation: text('operation')
};

/** The parts of a search; one that starts like no field is words. */
export function typedFilters(typed: string): TypedFilters {
  const change: Change = {};
  const wrong: { part: string; why: string }[] = [];
  const words = typed.replace(PART, (part: string, name: string, sign: string, value: string) => {
    const field = name.toLowerCase();
    if (!Object.hasOwn(READERS, field)) {
      return part;
    }
    const read = READERS[field](sign, value.replace(/^"|"$/g, '').trim());
    if (typeof read === 'string') {
      wrong.push({ part, why: read });
    } else {
      Object.assign(change, read);
    }
    return ' ';
  });
  return { words: words.trim().replace(/\s+/g, ' '), change, wrong };
}

/** The change that puts what was typed into its fields; wrong parts stay where they can be mended. */
export function intoFields(typed: string): Change | null {
  const { words, change, wrong } = typedFilters(typed);
  if (Object.keys(change).length === 0) {
    return null;
  }
  return { ...change, text: [words, ...wrong.map(one => one.part)].filter(Boolean).join(' ') };
}
