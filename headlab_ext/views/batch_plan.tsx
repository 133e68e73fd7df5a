import * as React from 'react';
import type { BatchPlan } from '../contract/records';
import { CapField } from './batch_cap';
import {
  exactMoney,
  formatMoney,
  namedHeads,
  readCap,
  startLabel,
  suggestedCap,
  whereWords
} from './batch_words';
import { FreeText } from './free_text';
import { formatCount } from './numbers';

const NO_PRICES =
  'A cap needs prices. Set them with `headlab config set prices.input` and `prices.output`, per ' +
  'million tokens, then plan again.';

/** What a batch would send and cost, and the one button that starts it. */
export function BatchPlanCard(props: {
  plan: BatchPlan;
  starting: boolean;
  problem: string | null;
  onStart: (cap: number | null) => void;
}): React.JSX.Element {
  const { plan, starting, problem, onStart } = props;
  const suggested = suggestedCap(plan.ceiling);
  const [text, setText] = React.useState(suggested === null ? '' : exactMoney(suggested));
  const free = plan.ceiling === 0;
  const cap = plan.ceiling === null || free ? null : readCap(text);
  const wrong = Number.isNaN(cap);
  return (
    <section className="hl-BatchPlan" aria-label="Plan">
      <Facts plan={plan} />
      {plan.problem ? (
        <p className="hl-Note" data-kind="warning" role="alert">
          <FreeText text={plan.problem} />
        </p>
      ) : (
        <div className="hl-BatchPlan-start">
          {!free && (
            <CapField
              text={text}
              onText={setText}
              reason={plan.ceiling === null ? NO_PRICES : undefined}
              hint={capHint(plan, cap)}
            />
          )}
          <button
            className="hl-Button"
            data-main
            disabled={starting || wrong}
            onClick={() => onStart(cap)}
          >
            {startLabel(plan, wrong ? null : cap)}
          </button>
        </div>
      )}
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />
        </p>
      )}
    </section>
  );
}

function Facts({ plan }: { plan: BatchPlan }): React.JSX.Element {
  const left = Object.entries(plan.left_out);
  const rows: [string, React.ReactNode][] = [
    [
      'Heads',
      <>
        <b>{formatCount(plan.heads.length)}</b>
        {plan.heads.length > 0 && <span className="hl-dim">{` ${namedHeads(plan.heads)}`}</span>}
      </>
    ]
  ];
  if (plan.model_name) {
    rows.push(['Model', <FreeText key="model" text={plan.model_name} />]);
  }
  if (plan.known.length > 0) {
    rows.push([
      'Known before',
      `${namedHeads(plan.known)}: the same question was answered; not sent, not paid again`
    ]);
  }
  if (left.length > 0) {
    rows.push([
      'Left out',
      <ul key="left" className="hl-BatchPlan-left">
        {left.map(([why, count]) => (
          <li key={why}>
            {`${formatCount(count)} `}
            <FreeText text={why} />
          </li>
        ))}
      </ul>
    ]);
  }
  if (plan.host) {
    rows.push([
      'Drafter',
      <span key="drafter">
        <FreeText text={plan.drafter} />, <FreeText text={whereWords(plan.host, plan.is_local)} />
        {plan.prompt_version && (
          <span className="hl-dim">
            {', prompt '}
            <FreeText text={plan.prompt_version} />
          </span>
        )}
      </span>
    ]);
  }
  if (plan.high_tokens > 0) {
    rows.push([
      'Tokens',
      `${formatCount(plan.low_tokens)} to ${formatCount(plan.high_tokens)}, at 4 characters a token`
    ]);
  }
  if (plan.heads.length > 0 && plan.host) {
    rows.push(['Cost', <Cost key="cost" plan={plan} />]);
  }
  return (
    <dl className="hl-BatchFacts">
      {rows.map(([term, words]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

function Cost({ plan }: { plan: BatchPlan }): React.JSX.Element {
  const { low, high, ceiling } = plan;
  if (low === null || high === null || ceiling === null) {
    return <>the cost is unknown, for no prices are set</>;
  }
  if (ceiling === 0) {
    return <>nothing</>;
  }
  return (
    <>
      <b>{`${formatMoney(low)} to ${formatMoney(high)}`}</b>
      {`, at worst ${formatMoney(ceiling)}`}
      <span className="hl-dim"> in the currency of your prices</span>
    </>
  );
}

function capHint(plan: BatchPlan, cap: number | null): string {
  if (cap !== null && plan.low !== null && cap < plan.low) {
    return 'Below the low estimate: the batch will stop before all heads are drafted.';
  }
  return 'Every call counts against it, failed ones too; a call under way with the most it can cost.';
}
