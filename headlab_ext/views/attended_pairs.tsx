import * as React from 'react';
import type { AttendedPair } from '../contract/records';
import { copyTokens } from './copy_tokens';
import { RowLabel, useRowProps, useShown } from './evidence_links';
import { rowId } from './evidence_rows';
import { formatNumber } from './numbers';
import { Token } from './token';
import { Value } from './value';

const FIRST = 4;

/** Tokens that look most at another one, each in its prompt. `from` is the place of the first among
 * the card's attention rows. */
export function AttendedPairs(props: {
  pairs: readonly AttendedPair[];
  from: number;
}): React.JSX.Element {
  const { pairs, from } = props;
  const { shown, more } = useShown(pairs, FIRST, 'A', from);
  if (pairs.length === 0) {
    return (
      <p className="hl-dim">
        None: no token of the prompts puts a tenth of its attention on another one.
      </p>
    );
  }
  return (
    <>
      <ol className="hl-Affected">
        {shown.map((pair, index) => (
          <PairRow key={index} row={rowId('A', from + index)} pair={pair} />
        ))}
      </ol>
      {more}
    </>
  );
}

function PairRow(props: { row: string; pair: AttendedPair }): React.JSX.Element {
  const { row, pair } = props;
  const back = pair.query_position - pair.key_position;
  return (
    <li className="hl-Affected-row" {...useRowProps(row)}>
      <RowLabel row={row} />
      <div className="hl-Affected-token">
        <Token text={pair.query} id={pair.query_id} position={pair.query_position} kind="chip" />
        <span className="hl-dim">looks at</span>
        <Token text={pair.key} id={pair.key_id} position={pair.key_position} kind="chip" />
        <span className="hl-dim">{`${back} back`}</span>
      </div>
      <span className="hl-Affected-value hl-Looks-weight">
        <span className="hl-Bar" aria-hidden="true">
          <span
            className="hl-Bar-fill"
            style={{ width: `${100 * Math.max(0, Math.min(1, pair.weight))}%` }}
          />
        </span>
        <Value
          value={pair.weight}
          tip={`attention probability; equal attention to all tokens so far gives ${formatNumber(pair.uniform)}`}
        />
      </span>
      <div className="hl-Affected-places hl-Looks-context">
        <PairContext pair={pair} />
      </div>
    </li>
  );
}

/** The tokens up to the one that looks, with the one it looks at marked where it is near enough. */
function PairContext({ pair }: { pair: AttendedPair }): React.JSX.Element {
  const start = pair.query_position - pair.before.length;
  return (
    <span className="hl-TokenContext" onCopy={copyTokens}>
      {start > 0 && <span className="hl-dim">… </span>}
      {pair.before.map((text, index) => {
        const position = start + index;
        const isKey = position === pair.key_position;
        return (
          <span key={index} className={isKey ? 'hl-Looks-key' : undefined}>
            <Token text={text} id={isKey ? pair.key_id : undefined} position={position} />
          </span>
        );
      })}
      <Token
        text={pair.query}
        id={pair.query_id}
        position={pair.query_position}
        kind="target"
        note={`in prompt ${pair.prompt}`}
      />
    </span>
  );
}
