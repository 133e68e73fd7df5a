// The measures on offer and the values of the one shown, fetched as they are asked for.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Measure, MeasureValues } from '../contract/records';
import type { BenchApi } from './api';
import { messageOf, isCancelled } from './problems';

export interface Fetched<T> {
  value: T | null;
  /** Why the last request gave nothing; empty while all is well. */
  problem: string;
  /** Whether a request is under way. */
  waiting: boolean;
  reload: () => void;
}

/** The list of measures; asked for once, then by `reload`. */
export function useMeasures(api: BenchApi, active: boolean): Fetched<Measure[]> {
  const ask = useCallback(() => api.measures(), [api]);
  return useFetched(ask, active);
}

/** The values of a measure; `key` null asks for nothing. */
export function useValues(
  api: BenchApi,
  key: string | null,
  active: boolean
): Fetched<MeasureValues> {
  const ask = useCallback((signal: AbortSignal) => api.values(key!, { signal }), [api, key]);
  return useFetched(key === null ? null : ask, active);
}

interface Answer<T> {
  ask: unknown;
  value: T | null;
  problem: string;
  waiting: boolean;
}

interface Request {
  ask: unknown;
  turn: number;
  controller: AbortController;
}

/**
 * The newest answer to `ask`; a newer question cancels the older one, whose late answer is dropped.
 * The value before stays until the next one is there. Nothing is asked while not `active`, but
 * what was asked goes on. Null asks for nothing.
 */
function useFetched<T>(
  ask: ((signal: AbortSignal) => Promise<T>) | null,
  active: boolean
): Fetched<T> {
  const [state, setState] = useState<Answer<T>>({
    ask: null,
    value: null,
    problem: '',
    waiting: false
  });
  const [turn, setTurn] = useState(0);
  const request = useRef<Request | null>(null);

  useEffect(() => {
    const last = request.current;
    if (last && (last.ask !== ask || last.turn !== turn)) {
      last.controller.abort();
      request.current = null;
    }
    if (!ask || !active || request.current) {
      return;
    }
    const controller = new AbortController();
    request.current = { ask, turn, controller };
    setState(old => ({ ...old, ask, problem: '', waiting: true }));
    ask(controller.signal).then(
      value => {
        if (!controller.signal.aborted) {
          setState({ ask, value, problem: '', waiting: false });
        }
      },
      (error: unknown) => {
        if (!controller.signal.aborted) {
          const problem = isCancelled(error)
            ? 'Cancelled before it was computed.'
            : messageOf(error);
          setState(old => ({ ...old, problem, waiting: false }));
        }
      }
    );
  }, [ask, turn, active]);

  useEffect(
    () => () => {
      request.current?.controller.abort();
      request.current = null;
    },
    []
  );

  const reload = useCallback(() => setTurn(old => old + 1), []);
  const current = state.ask === ask;
  return {
    value: state.value,
    problem: current ? state.problem : '',
    waiting: ask !== null && (!current || state.waiting),
    reload
  };
}
