import * as React from 'react';
import type { BatchView, DrafterChoice, HeadsWish, Measure } from '../contract/records';
import type { BenchApi } from './api';
import type { BatchPlanner } from './batch_api';
import { BatchPlanCard } from './batch_plan';
import { TOP, TopHeads } from './batch_top';
import { countHeads } from './batch_words';
import { DrafterPicker, useDrafters } from './draft_pane';
import { firstDrafter } from './drafters';
import { FreeText } from './free_text';
import { fullTitle } from './measure_list';
import { useBatchPlan } from './use_batch_plan';
import { useRuleDrafts } from './use_rule_drafts';

/** Several heads of the model in hand: which, and by which drafter. */
export function BatchHeadsForm(props: {
  api: BenchApi;
  /** The measure that the map shows; null while that is not known. */
  measure: Measure | null;
  onStarted: (view: BatchView) => void;
}): React.JSX.Element {
  const { api, measure, onStarted } = props;
  const { choices, problem, reload } = useDrafters(api);
  const [key, setKey] = React.useState<DrafterChoice['key'] | null>(null);
  const chosen =
    choices.find(choice => choice.key === key && choice.ready) ?? firstDrafter(choices);
  const [wish, setWish] = React.useState<HeadsWish>({
    top: TOP,
    measure: null,
    layers: null,
    undescribed: true
  });
  const planner = React.useMemo<BatchPlanner<HeadsWish>>(
    () => ({
      plan: (wanted, options) => api.planHeads(wanted, options),
      start: (wanted, cap) => api.startHeads(wanted, cap)
    }),
    [api]
  );
  const planning = useBatchPlan(planner, onStarted);
  const rules = useRuleDrafts(api);

  const ranked = measure !== null && measure.scale !== 'state' && !measure.reason;
  const top = ranked ? wish.top : null;
  const wanted: HeadsWish = { ...wish, top, measure: top === null ? null : measure!.key };
  const busy = planning.planning || planning.starting || rules.running;
  const change = (part: Partial<HeadsWish>) => {
    planning.forget();
    setWish({ ...wish, ...part });
  };
  const forget = planning.forget;
  const measureKey = measure?.key;
  React.useEffect(() => forget(), [measureKey]); // eslint-disable-line react-hooks/exhaustive-deps -- a plan is of one measure

  return (
    <section className="hl-BatchForm" aria-label="Draft several heads">
      <WhichHeads wish={{ ...wish, top }} measure={measure} ranked={ranked} onChange={change} />
      <DrafterPicker
        choices={choices}
        chosen={chosen}
        disabled={busy}
        onChoose={next => {
          planning.forget();
          setKey(next);
        }}
      />
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />{' '}
          <button className="hl-Button" onClick={reload}>
            Retry
          </button>
        </p>
      )}
      <div className="hl-BatchForm-bar">
        {chosen?.key === 'endpoint' ? (
          <button
            className="hl-Button"
            data-main={planning.plan ? undefined : true}
            disabled={busy}
            onClick={() => planning.ask(wanted)}
          >
            {planning.plan ? 'Plan again' : 'Gather evidence and plan'}
          </button>
        ) : (
          <button
            className="hl-Button"
            data-main
            disabled={busy || !chosen}
            onClick={() => rules.start(wanted)}
          >
            {top === null ? 'Draft these heads by rules' : `Draft ${countHeads(top)} by rules`}
          </button>
        )}
        {(planning.planning || rules.running) && (
          <button className="hl-Button" onClick={rules.running ? rules.cancel : planning.forget}>
            Cancel
          </button>
        )}
        <span role="status" className="hl-dim">
          {planning.planning
            ? 'Gathering evidence; nothing is sent.'
            : (chosen?.key !== 'endpoint' && rules.said) || ''}
        </span>
      </div>
      {(planning.problem ?? rules.problem) !== null && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={planning.problem ?? rules.problem ?? ''} />
        </p>
      )}
      {planning.plan && (
        <BatchPlanCard
          key={planning.number}
          plan={planning.plan}
          starting={planning.starting}
          problem={planning.startProblem}
          onStart={planning.start}
        />
      )}
    </section>
  );
}

function WhichHeads(props: {
  wish: HeadsWish;
  measure: Measure | null;
  ranked: boolean;
  onChange: (part: Partial<HeadsWish>) => void;
}): React.JSX.Element {
  const { wish, measure, ranked, onChange } = props;
  return (
    <fieldset className="hl-BatchForm-which">
      <legend>Which heads</legend>
      <TopHeads top={wish.top} all="All heads" disabled={!ranked} onTop={top => onChange({ top })}>
        {measure && ranked ? <b>{fullTitle(measure)}</b> : 'the measure of the map'}
        {!ranked && (
          <span className="hl-dim hl-BatchForm-why">
            Show a measure of numbers on the map to rank heads by it.
          </span>
        )}
      </TopHeads>
      <label className="hl-BatchForm-layers">
        Layers
        <input
          className="hl-Input"
          value={wish.layers ?? ''}
          placeholder="all, or such as 3-5"
          maxLength={40}
          spellCheck={false}
          onChange={event => onChange({ layers: event.target.value || null })}
        />
      </label>
      <label className="hl-BatchForm-check">
        <input
          type="checkbox"
          checked={wish.undescribed}
          onChange={event => onChange({ undescribed: event.target.checked })}
        />
        Only heads without a description
      </label>
    </fieldset>
  );
}
