import * as React from 'react';
import type { HeadAblation } from '../contract/records';
import { AffectedPositions } from './affected_positions';
import { AffectedTokens } from './affected_tokens';

/** What the model loses (hurt) and gains (helped) when the head is ablated, never mixed. */
export function WithoutHead({ effect }: { effect: HeadAblation }): React.JSX.Element {
  return (
    <div className="hl-WithoutHead">
      <div className="hl-WithoutHead-column">
        <h4>Hurt: less probable without the head</h4>
        <h5>Tokens over all positions, effect in nats</h5>
        <AffectedTokens tokens={effect.hurt_tokens} prefix="T" />
        <h5>Positions, change for the boxed token in nats</h5>
        <AffectedPositions positions={effect.hurt_positions} prefix="P" />
      </div>
      <div className="hl-WithoutHead-column">
        <h4>Helped: more probable without the head</h4>
        <h5>Tokens over all positions, effect in nats</h5>
        <AffectedTokens tokens={effect.helped_tokens} prefix="U" />
        <h5>Positions, change for the boxed token in nats</h5>
        <AffectedPositions positions={effect.helped_positions} prefix="Q" />
      </div>
    </div>
  );
}
