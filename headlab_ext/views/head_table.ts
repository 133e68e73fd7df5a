// The values of a measure laid out for drawing, ranking and walking.
import type { Head, Measure, MeasureValues } from '../contract/records';
import { flatIndex, headAt } from './heads';
import { formatNumber, formatSigned } from './numbers';

export interface HeadTable {
  measure: Measure;
  nLayers: number;
  nHeads: number;
  /** `[n_layers * n_heads]`, layer after layer; NaN where a head has no value. */
  values: Float64Array;
  /** Ascending, without the missing ones. */
  sorted: Float64Array;
  /** All heads, best first; those without a value last. */
  order: Int32Array;
  /** From 1; equal values share the better rank; 0 where there is no value. */
  ranks: Int32Array;
  /** How many heads have a value. */
  nRanked: number;
  /** What a state measure's values index. */
  labels: readonly string[];
  control: number | null;
  /** What the control is called. */
  controlIs: string;
  source: MeasureValues;
}

// The order in which states are listed: what people decided, then drafts, then the rest.
const STATE_ORDER = ['accepted', 'edited', 'drafted', 'unclear', 'rejected', 'undescribed'];

export function headTable(source: MeasureValues): HeadTable {
  const nLayers = source.values.length;
  const nHeads = source.values[0]?.length ?? 0;
  const values = new Float64Array(nLayers * nHeads).fill(NaN);
  source.values.forEach((row, layer) =>
    row.forEach((value, index) => {
      if (typeof value === 'number' && Number.isFinite(value)) {
        values[layer * nHeads + index] = value;
      }
    })
  );
  const sorted = values.filter(value => !Number.isNaN(value)).sort();
  const isState = source.measure.scale === 'state';
  const keys = isState ? values.map(value => stateKey(source.labels, value)) : values;
  const { order, ranks } = ranking(keys, isState ? keys.slice().sort() : sorted);
  return {
    measure: source.measure,
    nLayers,
    nHeads,
    values,
    sorted,
    order,
    ranks: isState ? ranks.fill(0) : ranks,
    nRanked: sorted.length,
    labels: source.labels,
    control: source.control,
    controlIs: source.control_is || 'control',
    source
  };
}

export function valueOf(table: HeadTable, head: Head): number {
  return table.values[flatIndex(head, table.nHeads)] ?? NaN;
}

export function rankOf(table: HeadTable, head: Head): number | null {
  return table.ranks[flatIndex(head, table.nHeads)] || null;
}

export function bestHead(table: HeadTable): Head | null {
  return table.sorted.length > 0 ? headAt(table.order[0], table.nHeads) : null;
}

/** Whether a value lies above the control; values may have been rounded on their way. */
export function aboveControl(table: HeadTable, value: number): boolean {
  return table.control !== null && value > table.control + slack(table.control);
}

/** How far a value of single precision can be from the number that it stands for. */
export function slack(value: number): number {
  return 1e-6 * Math.abs(value);
}

/** The head `step` places further down the order, within its ends. */
export function nextInRank(table: HeadTable, from: Head, step: number): Head {
  const at = table.order.indexOf(flatIndex(from, table.nHeads));
  const next = Math.min(table.order.length - 1, Math.max(0, at + step));
  return headAt(table.order[next], table.nHeads);
}

/** The value as the measure writes it: a state's word, a signed change, or a plain number. */
export function valueText(table: HeadTable, value: number): string {
  if (table.measure.scale === 'state') {
    return Number.isNaN(value) ? 'not in the catalogue' : (table.labels[value] ?? '');
  }
  return table.measure.scale === 'diverging' ? formatSigned(value) : formatNumber(value);
}

/** What the number is called in a sentence: "relation score 0.41". */
export function valueName(measure: Measure): string {
  if (measure.group === 'relation' || measure.group === 'suppression') {
    return `${measure.group} score`;
  }
  return measure.title.replace(/^\p{Lu}(?=\p{Ll})/u, letter => letter.toLowerCase());
}

/** The same as the title of a column or a legend. */
export function valueTitle(measure: Measure): string {
  const name = valueName(measure);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function stateKey(labels: readonly string[], value: number): number {
  const place = STATE_ORDER.indexOf(labels[value]);
  return Number.isNaN(value) ? NaN : -(place < 0 ? STATE_ORDER.length : place);
}

/** Order and ranks from ascending values; a comparing sort of all heads would cost the frame. */
function ranking(keys: Float64Array, ascending: Float64Array) {
  const order = new Int32Array(keys.length);
  const ranks = new Int32Array(keys.length);
  const taken = new Int32Array(keys.length + 1);
  let last = keys.length - 1;
  for (let flat = keys.length - 1; flat >= 0; flat--) {
    if (Number.isNaN(keys[flat])) {
      order[last--] = flat;
    }
  }
  const ranked = last + 1;
  for (let flat = 0; flat < keys.length; flat++) {
    if (!Number.isNaN(keys[flat])) {
      const better = ranked - notAbove(ascending, ranked, keys[flat]);
      order[better + taken[better]++] = flat;
      ranks[flat] = better + 1;
    }
  }
  return { order, ranks };
}

/** How many of the first `count` ascending values are not above `value`. */
function notAbove(ascending: Float64Array, count: number, value: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
