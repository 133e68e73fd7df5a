// Which entries a list shows: the fields of its filters as text, and as the catalogue reads them.
import { STAGES, type FilterFields, type FilterToSave } from '../contract/records';
import { isState, stateWord } from './head_states';
import { IN_REVIEW, typedFilters } from './typed_filters';

export { IN_REVIEW };

const NAMES = [
  'text',
  'state',
  'model',
  'layer_from',
  'layer_to',
  'category',
  'stage',
  'tag',
  'head_name',
  'reviewer',
  'operation',
  'score_from',
  'score_to',
  'has_failed_test'
] as const;

export type FilterName = (typeof NAMES)[number];

/** What the fields hold; an empty one lets all through. `model` is a fingerprint. */
export type CatalogueFilters = Record<FilterName, string>;

export const NO_FILTERS = Object.fromEntries(NAMES.map(name => [name, ''])) as CatalogueFilters;

/** Filters that are typed, so that the list waits for a pause. */
export const TYPED: readonly FilterName[] = [
  'text',
  'layer_from',
  'layer_to',
  'score_from',
  'score_to'
];

/** Fields that narrow together, and are taken away together. */
export type FilterGroup =
  | 'text'
  | 'state'
  | 'model'
  | 'layers'
  | 'category'
  | 'stage'
  | 'tag'
  | 'head_name'
  | 'reviewer'
  | 'score'
  | 'has_failed_test';

const GROUPS: Record<FilterGroup, readonly FilterName[]> = {
  text: ['text'],
  state: ['state'],
  model: ['model'],
  layers: ['layer_from', 'layer_to'],
  category: ['category'],
  stage: ['stage'],
  tag: ['tag'],
  head_name: ['head_name'],
  reviewer: ['reviewer'],
  score: ['operation', 'score_from', 'score_to'],
  has_failed_test: ['has_failed_test']
};

export function isFiltered(filters: CatalogueFilters): boolean {
  return activeGroups(filters).length > 0;
}

export function activeGroups(filters: CatalogueFilters): FilterGroup[] {
  return (Object.keys(GROUPS) as FilterGroup[]).filter(group =>
    GROUPS[group].some(name => filters[name].trim() !== '')
  );
}

/** The change that takes a group of filters away. */
export function without(group: FilterGroup): Partial<CatalogueFilters> {
  return Object.fromEntries(GROUPS[group].map(name => [name, '']));
}

/** A layer, counted from 0; null for anything else. */
export function readLayer(text: string): number | null {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}

/** A bound of a score; null for anything that is no number. */
export function readScore(text: string): number | null {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : null;
}

/**
 * The search as the catalogue reads it; fields that are empty or no number are left out.
 *
 * Filters among the words come before those of the fields.
 */
export function toSearch(given: CatalogueFilters): FilterToSave {
  const { words, change } = typedFilters(given.text);
  const filters = { ...given, ...change };
  const fields: Required<FilterFields> = {
    model: filters.model.trim() || null,
    state: filters.state.trim() || null,
    layer: null,
    layer_from: readLayer(filters.layer_from),
    layer_to: readLayer(filters.layer_to),
    category: filters.category.trim() || null,
    stage: filters.stage.trim() || null,
    tag: filters.tag.trim() || null,
    head_name: filters.head_name.trim() || null,
    reviewer: filters.reviewer.trim() || null,
    operation: filters.operation.trim() || null,
    score_from: readScore(filters.score_from),
    score_to: readScore(filters.score_to),
    has_failed_test: { true: true, false: false }[filters.has_failed_test] ?? null
  };
  const set = Object.entries(fields).filter(([, value]) => value !== null);
  return { text: words, filters: Object.fromEntries(set) };
}

/** The fields of a search that was kept; a single layer becomes a range of one. */
export function fromSearch({ text, filters }: FilterToSave): CatalogueFilters {
  const layer = filters.layer ?? null;
  const fields = { layer_from: layer, layer_to: layer, ...present(filters) };
  return readFilters({ ...fields, text });
}

/** Filters from what may be anything, such as the page's stored state. */
export function readFilters(found: unknown): CatalogueFilters {
  const given = (typeof found === 'object' && found !== null ? found : {}) as Record<
    string,
    unknown
  >;
  const read = (value: unknown) =>
    ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
  return Object.fromEntries(NAMES.map(name => [name, read(given[name])])) as CatalogueFilters;
}

/** The word of a state, or of a review under way, which is a filter and no stored state. */
export function stateWords(state: string): string {
  return state === IN_REVIEW ? 'in review' : isState(state) ? stateWord(state) : state;
}

/** A group of filters in words, such as “layers 3 to 5”. */
export function groupWords(group: FilterGroup, filters: CatalogueFilters): string {
  const { state, stage } = filters;
  switch (group) {
    case 'text':
      return `search “${filters.text.trim().slice(0, 40)}”`;
    case 'state':
      return `state “${stateWords(state)}”`;
    case 'model':
      return 'model';
    case 'layers':
      return rangeWords('layer', filters.layer_from, filters.layer_to);
    case 'stage':
      return `stage ${stage}${stage in STAGES ? ` ${STAGES[stage as keyof typeof STAGES]}` : ''}`;
    case 'head_name':
      return `name “${filters.head_name}”`;
    case 'reviewer':
      return `reviewed by ${filters.reviewer}`;
    case 'score':
      return scoreWords(filters);
    case 'has_failed_test':
      return filters.has_failed_test === 'true' ? 'a test failed' : 'no test failed';
    default:
      return `${group} “${filters[group]}”`;
  }
}

function scoreWords({ operation, score_from, score_to }: CatalogueFilters): string {
  const range = score_from || score_to ? rangeWords('score', score_from, score_to) : '';
  return [operation && `operation ${operation}`, range].filter(Boolean).join(', ');
}

function rangeWords(what: string, from: string, to: string): string {
  if (from && to) {
    return from === to ? `${what} ${from}` : `${what} ${from} to ${to}`;
  }
  return from ? `${what} from ${from}` : `${what} up to ${to}`;
}

function present(filters: FilterFields): FilterFields {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== null));
}
