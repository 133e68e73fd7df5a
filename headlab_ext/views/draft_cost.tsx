import * as React from 'react';
import type { DraftEstimate, Head } from '../contract/records';
import type { BenchApi } from './api';
import { formatMoney } from './batch_words';
import { FreeText } from './free_text';
import { headName } from './heads';
import { formatCount } from './numbers';
import { messageOf } from './problems';

export interface EstimateState {
  estimate: DraftEstimate | null;
  problem: string | null;
}

const NOTHING: EstimateState = { estimate: null, problem: null };

/** What a draft by the language model would take; read anew whenever one could be asked for again. */
export function useDraftEstimate(api: BenchApi, head: Head, wanted: boolean): EstimateState {
  const { layer, index } = head;
  const name = headName(head);
  const [found, setFound] = React.useState({ name, state: NOTHING });
  React.useEffect(() => {
    if (!wanted) {
      return;
    }
    let current = true;
    const show = (state: EstimateState) => current && setFound({ name, state });
    api.estimateDraft({ layer, index }).then(
      estimate => show({ estimate, problem: null }),
      (error: unknown) => show({ estimate: null, problem: messageOf(error) })
    );
    return () => {
      current = false;
    };
  }, [api, layer, index, name, wanted]);
  return found.name === name ? found.state : NOTHING;
}

/** Tokens and cost, beside the button that spends them. */
export function DraftCost({ estimate, problem }: EstimateState): React.JSX.Element {
  return (
    <p className="hl-DraftCost hl-dim hl-number">
      {problem !== null ? (
        <>
          The cost could not be estimated: <FreeText text={problem} />
        </>
      ) : (
        estimate && costWords(estimate)
      )}
    </p>
  );
}

/** "1,240 to 3,800 tokens, 0.0012 to 0.0034, at worst 0.011" */
export function costWords(estimate: DraftEstimate): string {
  const { low_tokens, high_tokens, low, high, ceiling } = estimate;
  const tokens = `${formatCount(low_tokens)} to ${formatCount(high_tokens)} tokens`;
  const cost =
    low === null || high === null || ceiling === null
      ? 'price unknown'
      : `${formatMoney(low)} to ${formatMoney(high)}, at worst ${formatMoney(ceiling)}`;
  return estimate.known
    ? `Answered before: nothing is sent or paid. Asked again: ${tokens}, ${cost}.`
    : `About ${tokens}, ${cost}.`;
}
