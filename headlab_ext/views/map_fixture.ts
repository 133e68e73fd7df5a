// Small known maps for the specs.
import {
  STATES,
  type Head,
  type Measure,
  type MeasureValues,
  type ModelFacts
} from '../contract/records';
import type { BenchApi, Selection } from './api';

export function measureOf(parts: Partial<Measure> = {}): Measure {
  return {
    key: 'relation/country_to_capital',
    group: 'relation',
    category: 'knowledge',
    title: 'country to capital',
    explanation: 'Share of the pairs whose target is among the 10 highest logits.',
    unit: 'share of pairs',
    scale: 'sequential',
    computed: true,
    estimate_seconds: null,
    reason: '',
    ...parts
  };
}

export function valuesOf(
  values: (number | null)[][],
  measure: Partial<Measure> = {},
  rest: Partial<MeasureValues> = {}
): MeasureValues {
  return {
    measure: measureOf(measure),
    values,
    labels: [],
    control: null,
    control_is: 'shuffled control',
    n_pairs: 58,
    k: 10,
    best: null,
    provenance: null,
    ...rest
  };
}

export const STATE_MEASURE = measureOf({
  key: 'state',
  group: 'catalogue',
  category: '',
  title: 'State in the catalogue',
  explanation: 'Where the description of each head stands.',
  unit: '',
  scale: 'state'
});

export function statesOf(states: (typeof STATES)[number][][]): MeasureValues {
  const values = states.map(row => row.map(state => STATES.indexOf(state)));
  return valuesOf(values, STATE_MEASURE, { labels: [...STATES] });
}

/** Two layers of three heads: the best is L1H2, L0H1 and L1H0 share a rank, L1H1 has no value. */
export const TINY = valuesOf(
  [
    [0.1, 0.4, 0],
    [0.4, null, 0.9]
  ],
  {},
  { control: 0.12 }
);

export const TINY_STATES = statesOf([
  ['undescribed', 'drafted', 'undescribed'],
  ['rejected', 'undescribed', 'accepted']
]);

export const TINY_MODEL = { n_layers: 2, n_heads: 3, n_kv_heads: 3 } as ModelFacts;

export function selectionOf(head: Head | null = null): Selection {
  const listeners = new Set<(head: Head | null) => void>();
  let selected = head;
  return {
    get: () => selected && { ...selected },
    set: next => {
      selected = next;
      listeners.forEach(listener => listener(next));
    },
    onChange: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
}

/** A kernel that answers from `answers`; only what the map asks for. */
export function apiOf(
  measures: Measure[],
  answers: (key: string, signal?: AbortSignal) => Promise<MeasureValues>
): { api: BenchApi; change: () => void; asked: string[] } {
  const listeners = new Set<() => void>();
  const asked: string[] = [];
  const api: Partial<BenchApi> = {
    measures: () => {
      asked.push('measures');
      return Promise.resolve(measures);
    },
    values: (key, options) => {
      asked.push(key);
      return answers(key, options?.signal);
    },
    onCatalogueChange: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
  return {
    api: api as BenchApi,
    change: () => listeners.forEach(listener => listener()),
    asked
  };
}
