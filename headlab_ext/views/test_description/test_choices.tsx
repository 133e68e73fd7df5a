import * as React from 'react';
import { TESTS, type DescriptionTestPlan, type PlannedTest } from '../../contract/records';
import { FreeText } from '../free_text';
import { askingText, costsOf, machineText } from './test_costs';
import { TEST_WORDS, type TestKind } from './test_words';
import { useElementId } from '../use_element_id';

/** The five tests: what each asks, what it needs, what it may cost and what it stands beside. */
export function TestChoices(props: {
  plan: DescriptionTestPlan;
  chosen: ReadonlySet<TestKind>;
  disabled: boolean;
  onChoose: (chosen: ReadonlySet<TestKind>) => void;
}): React.JSX.Element {
  const { plan, chosen, disabled, onChoose } = props;
  const turn = (kind: TestKind) => {
    const next = new Set(chosen);
    if (!next.delete(kind)) {
      next.add(kind);
    }
    onChoose(next);
  };
  return (
    <fieldset className="hl-TestChoices" disabled={disabled}>
      <legend className="hl-visually-hidden">Tests</legend>
      {plan.tests.map(test => (
        <Choice
          key={test.kind}
          plan={plan}
          test={test}
          checked={chosen.has(test.kind)}
          onTurn={() => turn(test.kind)}
        />
      ))}
    </fieldset>
  );
}

function Choice(props: {
  plan: DescriptionTestPlan;
  test: PlannedTest;
  checked: boolean;
  onTurn: () => void;
}): React.JSX.Element {
  const { plan, test, checked, onTurn } = props;
  const words = TEST_WORDS[test.kind];
  const details = useElementId();
  return (
    <div className="hl-TestChoice" data-off={test.reason !== '' || undefined}>
      <label className="hl-TestChoice-line">
        <input
          type="checkbox"
          checked={checked && test.reason === ''}
          disabled={test.reason !== ''}
          aria-describedby={details}
          onChange={onTurn}
        />
        <span>
          <b>{test.kind}</b> {TESTS[test.kind]}
        </span>
        <span className="hl-TestChoice-where">{where(plan, test)}</span>
      </label>
      <div className="hl-TestChoice-details" id={details}>
        <p>{words.asks}</p>
        <p className="hl-dim">{`Beside: ${words.beside}.`}</p>
        {test.reason === '' ? (
          <p className="hl-dim hl-TestChoice-needs">{`${needs(plan, test)}.`}</p>
        ) : (
          <p className="hl-TestChoice-reason">
            {plan.judge === null && test.judged ? (
              'Needs a language model as judge.'
            ) : (
              <>
                {'Not possible: '}
                <FreeText text={test.reason} />.
              </>
            )}
          </p>
        )}
      </div>
    </div>
  );
}

function where(plan: DescriptionTestPlan, test: PlannedTest): string {
  if (test.judged) {
    return 'Judge';
  }
  return plan.judge === null ? 'This machine' : 'Writer, this machine';
}

function needs(plan: DescriptionTestPlan, test: PlannedTest): string {
  const costs = costsOf(plan, new Set([test.kind]));
  const parts = [
    plan.judge === null ? 'Pairs by rules, from held-out pairs of the operations' : '',
    plan.judge === null ? '' : askingText(costs),
    machineText(costs.seconds)
  ].filter(Boolean);
  const text = parts.join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
