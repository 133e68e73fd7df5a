import * as React from 'react';
import { TESTS, type DescriptionTest, type StoredTest } from '../contract/records';
import { FreeText } from './free_text';
import { formatCount, formatNumber, formatSigned } from './numbers';

const MARKS: Record<DescriptionTest['verdict'], string> = {
  passes: '✓',
  fails: '✗',
  'not testable': '–'
};

/** What tests of the description found on the head itself, each beside its best control. */
export function TestsList(props: {
  tests: readonly StoredTest[];
  /** The description in force. */
  description: string;
}): React.JSX.Element {
  const { tests, description } = props;
  return (
    <ul className="hl-Tests" aria-label="Tests of the description">
      {tests.map(({ result, description: tested }) => (
        <TestItem
          key={result.kind}
          result={result}
          other={tested !== description ? tested : null}
        />
      ))}
    </ul>
  );
}

function TestItem(props: { result: DescriptionTest; other: string | null }): React.JSX.Element {
  const { result, other } = props;
  return (
    <li className="hl-Test" data-verdict={result.verdict} data-old={other !== null || undefined}>
      <div className="hl-Test-line">
        <b>{`${result.kind} ${TESTS[result.kind]}`}</b>
        <span className="hl-Test-verdict">
          <span aria-hidden="true">{MARKS[result.verdict]}</span>
          {` ${result.verdict}`}
        </span>
      </div>
      {result.score !== null && (
        <p className="hl-Test-numbers">
          <FreeText text={result.measure} /> <b>{formatNumber(result.score)}</b>
          {interval(result.interval)}
          <Control result={result} />
        </p>
      )}
      <p className="hl-Test-rows hl-dim">
        {`${counted(result.n_rows, 'usable row')}, ${counted(result.n_invalid, 'invalid answer')}`}
      </p>
      {result.reason && (
        <p className="hl-Test-reason">
          <FreeText text={result.reason} />
        </p>
      )}
      {other !== null && (
        <p className="hl-Test-other hl-dim">
          {'Of another text: '}
          <FreeText text={other} />
        </p>
      )}
    </li>
  );
}

function Control({ result }: { result: DescriptionTest }): React.JSX.Element | null {
  const best = result.controls.find(control => control.name === result.best_control);
  if (!best) {
    return null;
  }
  return (
    <>
      {'; best control '}
      <FreeText text={best.name} /> {formatNumber(best.score)}
      {`; difference ${formatSigned(result.difference)}`}
      {interval(result.difference_interval)}
    </>
  );
}

function interval(found: DescriptionTest['interval']): string {
  return found ? ` [${formatNumber(found.low)}, ${formatNumber(found.high)}]` : '';
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
