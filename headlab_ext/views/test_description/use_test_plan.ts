import * as React from 'react';
import type { DescriptionTestPlan, Entry } from '../../contract/records';
import type { TestApi } from '../api';
import { isCancelled, messageOf } from '../problems';

export interface LoadedPlan {
  plan: DescriptionTestPlan | null;
  problem: string | null;
  /** Of another text, seed or set of known answers than those in force. */
  stale: boolean;
  reload(): void;
}

/** What tests would need: asked for once `wanted`, and again when the text or the seed changes. */
export function useTestPlan(
  api: TestApi,
  entry: Entry,
  seed: number,
  wanted: boolean,
  runs: number
): LoadedPlan {
  const [plan, setPlan] = React.useState<DescriptionTestPlan | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [times, setTimes] = React.useState(0);
  const { id, description } = entry;

  React.useEffect(() => {
    if (!wanted) {
      return;
    }
    const control = new AbortController();
    api.planTests(id, seed, { signal: control.signal }).then(
      found => {
        if (!control.signal.aborted) {
          setPlan(found);
          setProblem(null);
        }
      },
      (error: unknown) => {
        if (!control.signal.aborted) {
          setProblem(isCancelled(error) ? 'Estimating was cancelled.' : messageOf(error));
        }
      }
    );
    return () => control.abort();
  }, [api, id, description, seed, wanted, runs, times]);

  return {
    plan,
    problem,
    stale: plan !== null && (plan.description !== description || plan.seed !== seed),
    reload: () => setTimes(times + 1)
  };
}
