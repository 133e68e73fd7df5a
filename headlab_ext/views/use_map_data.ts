// What the map pane shows, from what the kernel has: the list, one measure's values, the states.
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Measure } from '../contract/records';
import type { BenchApi } from './api';
import { stateGrid, type StateGrid } from './head_states';
import { headTable, type HeadTable } from './head_table';
import { firstMeasure } from './measure_list';
import { useDelayed } from './use_delayed';
import { useMeasures, useValues } from './use_measures';

/** Up to this cost a measure that nobody chose here is computed without asking. */
const UNASKED_SECONDS = 2;
const NO_MEASURES: Measure[] = [];

export interface MapData {
  measures: readonly Measure[];
  /** The measure in question; null while the list is not there, or empty. */
  measure: Measure | null;
  /** Its values, or for a moment those of the measure before. */
  table: HeadTable | null;
  states: StateGrid | null;
  status: 'ready' | 'waiting' | 'asking' | 'empty';
  problem: string;
  /** Why the states are not there, empty otherwise. */
  statesProblem: string;
  retry: () => void;
  /** Have a measure computed, whatever it costs. */
  ask: (key: string) => void;
}

export function useMapData(api: BenchApi, key: string, visible: boolean): MapData {
  const measures = useMeasures(api, visible);
  const list = measures.value ?? NO_MEASURES;
  const measure = list.find(one => one.key === key) ?? firstMeasure(list);
  const [asked, ask] = useState<string | null>(null);
  const wanted = measure !== null && (asked === measure.key || isCheap(measure));
  const stateMeasure = list.find(one => one.scale === 'state' && !one.reason) ?? null;
  const isState = measure !== null && measure.key === stateMeasure?.key;

  const states = useValues(api, stateMeasure?.key ?? null, visible);
  const numbers = useValues(api, wanted && !isState ? measure.key : null, visible);
  const values = isState ? states : numbers;
  const { reload: reloadStates } = states;
  const { reload: reloadMeasures } = measures;
  useEffect(() => api.onCatalogueChange(reloadStates), [api, reloadStates]);

  const { value } = values;
  const own = value !== null && value.measure.key === measure?.key;
  const justComputed = own && !values.waiting && measure?.computed === false;
  useEffect(() => {
    // One run can compute several measures: the list says which.
    if (justComputed) {
      reloadMeasures();
    }
  }, [justComputed, reloadMeasures]);

  const late = useDelayed(values.waiting && !own);
  const shown = own || (values.waiting && !late) ? value : null;
  const table = useMemo(() => (shown ? headTable(shown) : null), [shown]);
  const grid = useMemo(() => (states.value ? stateGrid(states.value) : null), [states.value]);
  const { reload: reloadValues } = values;
  const listFailed = measures.problem !== '';
  const retry = useCallback(
    () => (listFailed ? reloadMeasures() : reloadValues()),
    [listFailed, reloadMeasures, reloadValues]
  );

  return {
    measures: list,
    measure,
    table,
    states: grid,
    status: table
      ? 'ready'
      : measure && !wanted
        ? 'asking'
        : measures.value && !measure
          ? 'empty'
          : 'waiting',
    problem: measures.problem || values.problem,
    statesProblem: isState ? '' : states.problem,
    retry,
    ask
  };
}

function isCheap(measure: Measure): boolean {
  return (
    measure.computed ||
    (measure.estimate_seconds !== null && measure.estimate_seconds <= UNASKED_SECONDS)
  );
}
