import * as React from 'react';
import type { DescriptionTestPlan, Entry } from '../../contract/records';
import type { TestApi } from '../api';
import { FreeText } from '../free_text';
import { useDelayed } from '../use_delayed';
import { TestChoices } from './test_choices';
import { askingText, costsOf, machineText } from './test_costs';
import { countTests, type TestKind } from './test_words';
import { useTestPlan } from './use_test_plan';
import type { RunningTests } from './use_testing';

/** Choose tests, see what they need and may cost, and run them. */
export function TestForm(props: {
  entry: Entry;
  api: TestApi;
  testing: RunningTests;
  /** The kinds that a person chose; null for all that are possible. */
  chosen: ReadonlySet<TestKind> | null;
  onChoose: (chosen: ReadonlySet<TestKind> | null) => void;
  box: React.RefObject<HTMLDivElement>;
}): React.JSX.Element {
  const { entry, api, testing, onChoose, box } = props;
  const [seed, setSeed] = React.useState(0);
  const [cap, setCap] = React.useState('');
  const { plan, problem, stale, reload } = useTestPlan(
    api,
    entry,
    seed,
    !testing.running,
    testing.runs
  );
  const waiting = useDelayed(!plan && !problem);
  if (!plan) {
    return (
      <div className="hl-TestForm" ref={box} tabIndex={-1} aria-busy={!problem}>
        {problem ? <Problem text={problem} onRetry={reload} /> : null}
        {waiting && <p className="hl-dim">Choosing what the text would be tested on.</p>}
      </div>
    );
  }
  const possible = plan.tests.filter(test => test.reason === '').map(test => test.kind);
  const kinds = possible.filter(kind => props.chosen?.has(kind) ?? true);
  const most = cap.trim() === '' ? null : Number(cap);
  const capWrong = most !== null && !(most > 0);
  const run = () => testing.start({ kinds, seed, cap: most });
  return (
    <div
      className="hl-TestForm"
      ref={box}
      tabIndex={-1}
      role="group"
      aria-label="Tests of this description"
    >
      <JudgeLine plan={plan} />
      {plan.warnings
        .filter(one => !testing.warnings.includes(one))
        .map(warning => (
          <p key={warning} className="hl-Note" data-kind="warning">
            <FreeText text={warning} />
          </p>
        ))}
      {problem && <Problem text={problem} onRetry={reload} />}
      <TestChoices
        plan={plan}
        chosen={new Set(kinds)}
        disabled={testing.running}
        onChoose={onChoose}
      />
      <div className="hl-TestForm-options">
        <label title="Of every draw: the same seed gives the same questions.">
          Seed
          <input
            className="hl-Input"
            type="number"
            min={0}
            step={1}
            value={seed}
            disabled={testing.running}
            onChange={event => setSeed(Math.max(0, Math.floor(Number(event.target.value) || 0)))}
          />
        </label>
        {plan.judge !== null && plan.priced && (
          <label>
            Cost at most
            <input
              className="hl-Input"
              inputMode="decimal"
              placeholder="no cap"
              value={cap}
              aria-invalid={capWrong || undefined}
              disabled={testing.running}
              onChange={event => setCap(event.target.value)}
            />
          </label>
        )}
      </div>
      <div className="hl-TestPanel-bar">
        <button
          className="hl-Button"
          data-main
          disabled={kinds.length === 0 || testing.running || stale || capWrong}
          onClick={run}
        >
          {`Run ${countTests(kinds.length)}`}
        </button>
        {props.chosen !== null && kinds.length < possible.length && (
          <button
            className="hl-TextButton"
            disabled={testing.running}
            onClick={() => onChoose(null)}
          >
            Choose all
          </button>
        )}
        <span className="hl-dim hl-TestChoice-needs">{wholeText(plan, kinds, capWrong)}</span>
      </div>
    </div>
  );
}

function wholeText(
  plan: DescriptionTestPlan,
  kinds: readonly TestKind[],
  capWrong: boolean
): string {
  if (capWrong) {
    return 'A cap is an amount above 0, or empty.';
  }
  if (kinds.length === 0) {
    return 'Choose at least one test.';
  }
  const costs = costsOf(plan, new Set(kinds));
  return [plan.judge === null ? '' : askingText(costs), machineText(costs.seconds)]
    .filter(Boolean)
    .join('; ');
}

function JudgeLine({ plan }: { plan: DescriptionTestPlan }): React.JSX.Element {
  if (plan.judge === null) {
    return (
      <p className="hl-dim">
        No language model is set, so nothing is sent. S1 to S3 need one as judge: name one in
        Settings &gt; HeadLab.
      </p>
    );
  }
  return (
    <p className="hl-dim">
      {'Judge and writer: '}
      <FreeText text={plan.judge} />
      {plan.is_local ? ' at ' : '. The text and tokens of the head’s rows are sent to '}
      <FreeText text={plan.host} />
      {'. Answers are kept in the ledger of jobs and never paid twice.'}
    </p>
  );
}

function Problem(props: { text: string; onRetry: () => void }): React.JSX.Element {
  return (
    <p className="hl-Note" data-kind="error" role="alert">
      <FreeText text={props.text} />{' '}
      <button className="hl-Button" onClick={props.onRetry}>
        Retry
      </button>
    </p>
  );
}
