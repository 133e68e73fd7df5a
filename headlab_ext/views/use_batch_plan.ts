import * as React from 'react';
import type { BatchPlan, BatchView } from '../contract/records';
import type { BatchPlanner } from './batch_api';
import { isCancelled, messageOf } from './problems';

export interface BatchPlanning<W> {
  planning: boolean;
  starting: boolean;
  /** The plan of the wish that was asked last; null once the wish has changed. */
  plan: BatchPlan | null;
  /** Counts the plans, so that a new one is a new form. */
  number: number;
  problem: string | null;
  startProblem: string | null;
  ask(wish: W): void;
  /** Start what is shown, with this cap. */
  start(cap: number | null): void;
  /** The plan is no longer that of the wish. */
  forget(): void;
}

interface State<W> {
  wish: W | null;
  plan: BatchPlan | null;
  number: number;
  planning: boolean;
  starting: boolean;
  problem: string | null;
  startProblem: string | null;
}

/** A plan on demand, and its start; what starts is the wish whose plan is shown. */
export function useBatchPlan<W>(
  planner: BatchPlanner<W>,
  onStarted: (view: BatchView) => void
): BatchPlanning<W> {
  const [state, setState] = React.useState<State<W>>({
    wish: null,
    plan: null,
    number: 0,
    planning: false,
    starting: false,
    problem: null,
    startProblem: null
  });
  const control = React.useRef<AbortController | null>(null);
  React.useEffect(() => () => control.current?.abort(), []);
  const change = (part: Partial<State<W>>) => setState(before => ({ ...before, ...part }));

  const ask = async (wish: W) => {
    control.current?.abort();
    const own = new AbortController();
    control.current = own;
    change({ wish, plan: null, planning: true, problem: null, startProblem: null });
    try {
      const plan = await planner.plan(wish, { signal: own.signal });
      if (control.current === own) {
        setState(before => ({ ...before, plan, number: before.number + 1, planning: false }));
      }
    } catch (error) {
      if (control.current === own) {
        change({ planning: false, problem: isCancelled(error) ? null : messageOf(error) });
      }
    }
  };

  const start = async (cap: number | null) => {
    const { wish, starting } = state;
    if (wish === null || starting) {
      return;
    }
    change({ starting: true, startProblem: null });
    try {
      const view = await planner.start(wish, cap);
      change({ starting: false, plan: null, wish: null });
      onStarted(view);
    } catch (error) {
      change({ starting: false, startProblem: messageOf(error) });
    }
  };

  const forget = () => {
    if (control.current) {
      control.current.abort();
      control.current = null;
    }
    change({ wish: null, plan: null, planning: false, problem: null, startProblem: null });
  };

  return {
    ...state,
    ask: wish => void ask(wish),
    start: cap => void start(cap),
    forget
  };
}
