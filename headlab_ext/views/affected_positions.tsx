import * as React from 'react';
import type { AffectedPosition, TokenScore } from '../contract/records';
import { RowLabel, useRowProps, useShown } from './evidence_links';
import { rowId, type RowPrefix } from './evidence_rows';
import { formatNumber, formatSigned } from './numbers';
import { Token } from './token';
import { TokenContext } from './token_context';
import { Value } from './value';

const FIRST = 4;

/** Positions where the true next token became less, or more, probable. */
export function AffectedPositions(props: {
  positions: readonly AffectedPosition[];
  prefix: RowPrefix;
}): React.JSX.Element {
  const { positions, prefix } = props;
  const { shown, more } = useShown(positions, FIRST, prefix);
  if (positions.length === 0) {
    return <p className="hl-dim">None.</p>;
  }
  return (
    <>
      <ol className="hl-Affected">
        {shown.map((position, index) => (
          <PositionRow key={index} row={rowId(prefix, index)} position={position} />
        ))}
      </ol>
      {more}
    </>
  );
}

function PositionRow(props: { row: string; position: AffectedPosition }): React.JSX.Element {
  const { row, position } = props;
  return (
    <li className="hl-Affected-row" {...useRowProps(row)}>
      <RowLabel row={row} />
      <div className="hl-Affected-context">
        <TokenContext context={position.context} />
      </div>
      <span className="hl-Affected-value">
        <Value
          value={position.change}
          format={formatSigned}
          tip="change of the log-probability of the boxed token without the head, in nats"
        />
      </span>
      <div className="hl-Affected-tops">
        <Top name="with" tokens={position.top_clean} p={position.p_clean} />
        <Top name="without" tokens={position.top_ablated} p={position.p_ablated} />
      </div>
    </li>
  );
}

function Top(props: { name: string; tokens: readonly TokenScore[]; p: number }): React.JSX.Element {
  const words = `${props.name} the head`;
  return (
    <div className="hl-Affected-top">
      <div className="hl-Affected-how hl-dim">
        <span>{props.name}</span>
        <span>
          {'p '}
          <Value value={props.p} tip={`probability of the boxed token ${words}`} />
        </span>
      </div>
      <ol aria-label={`Most probable tokens ${words}`}>
        {props.tokens.slice(0, 3).map((token, index) => (
          <li key={index}>
            <Token
              text={token.text}
              id={token.token_id}
              kind="chip"
              note={`probability ${formatNumber(token.score)} ${words}`}
            />
            <Value value={token.score} tip={`probability ${words}`} />
          </li>
        ))}
      </ol>
    </div>
  );
}
