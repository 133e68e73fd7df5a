import * as React from 'react';
import type { AffectedToken } from '../contract/records';
import { RowLabel, useRowProps, useShown } from './evidence_links';
import { rowId, type RowPrefix } from './evidence_rows';
import { formatCount } from './numbers';
import { Token } from './token';
import { TokenContext } from './token_context';
import { Value } from './value';
import { useElementId } from './use_element_id';

const FIRST = 5;

/** Vocabulary tokens that lose, or gain, probability over all positions. */
export function AffectedTokens(props: {
  tokens: readonly AffectedToken[];
  prefix: RowPrefix;
}): React.JSX.Element {
  const { tokens, prefix } = props;
  const { shown, more } = useShown(tokens, FIRST, prefix);
  if (tokens.length === 0) {
    return <p className="hl-dim">None.</p>;
  }
  const way = prefix === 'T' ? 'fell' : 'rose';
  return (
    <>
      <ol className="hl-Affected">
        {shown.map((token, index) => (
          <TokenRow key={index} row={rowId(prefix, index)} token={token} way={way} />
        ))}
      </ol>
      {more}
    </>
  );
}

function TokenRow(props: { row: string; token: AffectedToken; way: string }): React.JSX.Element {
  const { row, token, way } = props;
  const [open, setOpen] = React.useState(false);
  const places = useElementId();
  const count = `${formatCount(token.count)} ${token.count === 1 ? 'position' : 'positions'}`;
  return (
    <li className="hl-Affected-row" {...useRowProps(row)}>
      <RowLabel row={row} />
      <div className="hl-Affected-token">
        <Token text={token.text} id={token.token_id} kind="chip" />
        <Change clean={token.p_clean} ablated={token.p_ablated} where="at the strongest place" />
        <button
          type="button"
          className="hl-TextButton"
          aria-expanded={open}
          aria-controls={places}
          disabled={token.contexts.length === 0}
          title={`positions where its probability ${way} by at least .01; shows the strongest places`}
          onClick={() => setOpen(!open)}
        >
          {count}
        </button>
      </div>
      <span className="hl-Affected-value">
        <Value
          value={token.effect}
          tip="probability-weighted change of its log-probability, summed over positions, in nats"
        />
      </span>
      <ul className="hl-Affected-places" id={places} hidden={!open}>
        {open &&
          token.contexts.map((place, index) => (
            <li key={index}>
              <TokenContext
                context={place.context}
                target={{ text: token.text, id: token.token_id }}
              />{' '}
              <Change clean={place.p_clean} ablated={place.p_ablated} where="here" />
            </li>
          ))}
      </ul>
    </li>
  );
}

function Change(props: { clean: number; ablated: number; where: string }): React.JSX.Element {
  return (
    <span className="hl-dim hl-Affected-change">
      {'p '}
      <Value value={props.clean} tip={`probability with the head, ${props.where}`} />
      {' → '}
      <Value value={props.ablated} tip={`probability without the head, ${props.where}`} />
    </span>
  );
}
