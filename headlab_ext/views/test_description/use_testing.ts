import * as React from 'react';
import type { DescriptionTest, Entry, Job } from '../../contract/records';
import type { TestApi, TestWish } from '../api';
import { headName } from '../heads';
import { isCancelled, messageOf } from '../problems';
import { countTests, type TestKind } from './test_words';

export interface RunningTests {
  running: boolean;
  /** How far the step in hand is: answers of the judge, or work of this machine. */
  job: Job | null;
  problem: string | null;
  said: string;
  /** What a reader of the last results should know besides. */
  warnings: readonly string[];
  /** How many runs have ended. */
  runs: number;
  start(wish: TestWish): void;
  cancel(): void;
}

/** One run of tests at a time. */
export function useTesting(
  api: TestApi,
  entry: Entry,
  onEntry: (entry: Entry) => void
): RunningTests {
  const [running, setRunning] = React.useState(false);
  const [answers, setAnswers] = React.useState<Job | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [said, setSaid] = React.useState('');
  const [warnings, setWarnings] = React.useState<readonly string[]>([]);
  const [runs, setRuns] = React.useState(0);
  const control = React.useRef<AbortController | null>(null);
  const machine = useMachineJob(api, entry, running);

  const start = async (wish: TestWish) => {
    if (control.current) {
      return;
    }
    const own = new AbortController();
    control.current = own;
    setRunning(true);
    setProblem(null);
    setWarnings([]);
    setSaid(`Making ${countTests(wish.kinds.length)}.`);
    try {
      const run = await api.testDescription(entry, wish, setAnswers, { signal: own.signal });
      setSaid([outcome(run.entry, wish.kinds), run.cost && `Cost: ${run.cost}.`].join(' ').trim());
      setWarnings(run.warnings);
      onEntry(run.entry);
    } catch (error) {
      const cancelled = own.signal.aborted || isCancelled(error);
      setSaid(cancelled ? 'The tests were cancelled; no result was kept.' : '');
      setProblem(cancelled ? null : messageOf(error));
    } finally {
      control.current = null;
      setRunning(false);
      setAnswers(null);
      setRuns(count => count + 1);
    }
  };

  return {
    running,
    job: machine ?? answers,
    problem,
    said,
    warnings,
    runs,
    start: wish => void start(wish),
    cancel: () => control.current?.abort()
  };
}

/** The workbench's job where it is a step of these tests. */
function useMachineJob(api: TestApi, entry: Entry, running: boolean): Job | null {
  const job = React.useSyncExternalStore(
    React.useCallback(listener => api.onStatus(listener), [api]),
    () => api.status().job
  );
  const ours = job?.state === 'running' && job.title.endsWith(`of ${headName(entry.head)}`);
  return running && ours ? job : null;
}

/** "2 tests made: S4 passes, S5 fails." */
function outcome(entry: Entry, kinds: readonly TestKind[]): string {
  const verdicts = kinds.map(kind => {
    const found = entry.tests?.find(test => test.result.kind === kind);
    return `${kind} ${verdictWord(found?.result)}`;
  });
  return `${countTests(kinds.length)} made: ${verdicts.join(', ')}.`;
}

function verdictWord(result: DescriptionTest | undefined): string {
  return result?.verdict === 'not testable' ? 'is not testable' : (result?.verdict ?? 'is missing');
}
