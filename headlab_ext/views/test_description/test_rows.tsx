import * as React from 'react';
import type { DescriptionTest } from '../../contract/records';
import { copyText } from '../clipboard';
import { FreeText } from '../free_text';
import { formatCount, formatNumber } from '../numbers';
import { plainValue, rowTable, shownValue, tabbed } from './row_table';

export const MAX_SHOWN = 200;

const FIGURES: Record<string, string> = {
  balanced_accuracy: 'balanced accuracy at a rating of 50',
  balanced_accuracy_low: 'its lower bound',
  balanced_accuracy_high: 'its upper bound',
  mrr: 'mean reciprocal rank',
  mrr_random_heads: 'the same of random heads',
  percentile: 'share of the other heads below it',
  n_tied_above: 'other heads at least as high',
  n_dropped: 'pairs that the tokenizer cannot serve',
  base_accuracy: 'accuracy of the whole model',
  n_prompts: 'prompts',
  n_others: 'other heads',
  mean_others: 'mean effect of other heads, nats',
  effect_size: 'effect size',
  control_relation_effect: 'effect on the control relation, nats'
};

/** Everything that a test asked and measured, one by one; drawn once it is opened. */
export function TestRows({ result }: { result: DescriptionTest }): React.JSX.Element {
  const [open, setOpen] = React.useState(false);
  const count = result.rows.length;
  return (
    <details className="hl-TestRows" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{count === 1 ? '1 raw row' : `${formatCount(count)} raw rows`}</summary>
      {open && <Opened result={result} />}
    </details>
  );
}

function Opened({ result }: { result: DescriptionTest }): React.JSX.Element {
  const [said, setSaid] = React.useState('');
  const table = React.useMemo(
    () => rowTable(result.rows.slice(0, MAX_SHOWN), shownValue),
    [result.rows]
  );
  const copy = async () => {
    const whole = tabbed(rowTable(result.rows, plainValue));
    setSaid((await copyText(whole)) ? 'Copied.' : 'This page may not use the clipboard.');
  };
  const figures = Object.entries(result.numbers).filter(([, value]) => value !== null);
  return (
    <>
      {figures.length > 0 && (
        <dl className="hl-TestRows-figures">
          {figures.map(([name, value]) => (
            <div key={name}>
              <dt>
                <FreeText text={FIGURES[name] ?? name.replaceAll('_', ' ')} />
              </dt>
              <dd className="hl-number">
                {Number.isInteger(value) && name.startsWith('n_')
                  ? formatCount(value)
                  : formatNumber(value)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <div className="hl-TestRows-bar">
        <span className="hl-dim">
          {result.rows.length > MAX_SHOWN
            ? `The first ${MAX_SHOWN} of ${formatCount(result.rows.length)} rows.`
            : ''}
        </span>
        <button className="hl-Button" onClick={() => void copy()}>
          {`Copy all ${formatCount(result.rows.length)} rows`}
        </button>
        <span role="status" className="hl-dim">
          {said}
        </span>
      </div>
      <div
        className="hl-TestRows-scroll"
        role="region"
        tabIndex={0}
        aria-label={`Raw rows of ${result.kind}`}
      >
        <table>
          <thead>
            <tr>
              {table.columns.map(column => (
                <th key={column} scope="col">
                  <FreeText text={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, number) => (
              <tr key={number}>
                {row.map((cell, place) => (
                  <td key={place} data-number={isFigure(cell) || undefined}>
                    <FreeText text={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function isFigure(cell: string): boolean {
  return /^[\u2212-]?[\d.,]+(e[\u2212-]?\d+)?$/.test(cell);
}
