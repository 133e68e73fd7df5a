import * as React from 'react';
import { TESTS, type DescriptionTest, type StoredTest } from '../contract/records';
import { FreeText } from './free_text';
import { formatCount, formatNumber, formatSigned } from './numbers';
import { TestRows } from './test_description/test_rows';

export const VERDICT_MARKS: Record<DescriptionTest['verdict'], string> = {
  passes: '✓',
  fails: '✗',
  'not testable': '–'
};

/** What tests of the description found on the head itself, each beside its best control. */
export function TestsList(props: {
  tests: readonly StoredTest[];
  /** The description in force. */
  description: string;
  /** Choose a kind of test to be made again. */
  onAgain?: (kind: DescriptionTest['kind']) => void;
}): React.JSX.Element {
  const { tests, description, onAgain } = props;
  return (
    <ul className="hl-Tests" aria-label="Tests of the description">
      {tests.map(({ result, description: tested }) => (
        <TestItem
          key={result.kind}
          result={result}
          other={tested !== description ? tested : null}
          onAgain={onAgain}
        />
      ))}
    </ul>
  );
}

function TestItem(props: {
  result: DescriptionTest;
  other: string | null;
  onAgain?: (kind: DescriptionTest['kind']) => void;
}): React.JSX.Element {
  const { result, other, onAgain } = props;
  return (
    <li className="hl-Test" data-verdict={result.verdict} data-old={other !== null || undefined}>
      <div className="hl-Test-line">
        <b>{`${result.kind} ${TESTS[result.kind]}`}</b>
        <span className="hl-Test-verdict">
          <span aria-hidden="true">{VERDICT_MARKS[result.verdict]}</span>
          {` ${result.verdict}`}
        </span>
      </div>
      {other !== null && (
        <p className="hl-Test-other">
          {'Of an older text; it says nothing of the one in force: “'}
          <FreeText text={other} />”
        </p>
      )}
      {result.score !== null && (
        <p className="hl-Test-numbers">
          <FreeText text={result.measure} /> <b>{formatNumber(result.score)}</b>
          {interval(result.interval)}
          <Control result={result} />
        </p>
      )}
      <p className="hl-Test-rows hl-dim">
        {`${counted(result.n_rows, 'usable row')}, ${counted(result.n_invalid, 'invalid answer')}`}
        <Origin result={result} />
      </p>
      {result.reason && (
        <p className="hl-Test-reason">
          {'Why: '}
          <FreeText text={result.reason} />
        </p>
      )}
      <div className="hl-Test-more">
        {result.rows.length > 0 && <TestRows result={result} />}
        {onAgain && (
          <button
            className="hl-TextButton"
            aria-label={`Test ${result.kind} again`}
            onClick={() => onAgain(result.kind)}
          >
            Test again
          </button>
        )}
      </div>
    </li>
  );
}

/** Who answered or wrote pairs, and the seed of every draw. */
function Origin({ result }: { result: DescriptionTest }): React.JSX.Element {
  const { parameters, seed } = result.provenance;
  const [what, who] =
    result.pairs === null ? ['judge', parameters.judge] : ['pairs by', parameters.writer];
  return (
    <>
      {typeof who === 'string' && (
        <>
          {`; ${what} `}
          <FreeText text={who} />
        </>
      )}
      {seed !== null && `; seed ${seed}`}
    </>
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
