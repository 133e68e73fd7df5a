import * as React from 'react';
import type { BatchView, BatchWish, CatalogueOverview, Facets } from '../contract/records';
import type { BatchPlanner } from './batch_api';
import { BatchMeasure, type RankingMeasures } from './batch_measure';
import { BatchPlanCard } from './batch_plan';
import { TopHeads } from './batch_top';
import { CatalogueFilterBar } from './catalogue_filters';
import { NO_FILTERS, toSearch, type CatalogueFilters } from './catalogue_query';
import { FreeText } from './free_text';
import { firstMeasure } from './measure_list';
import { formatCount } from './numbers';
import { useBatchPlan } from './use_batch_plan';
import { useDelayed } from './use_delayed';

export interface BatchWishFormProps {
  planner: BatchPlanner<BatchWish>;
  /** Entries that were chosen elsewhere, such as in the table; none: the filters choose. */
  entryIds: readonly number[];
  /** Let the filters choose. */
  onForgetEntries: () => void;
  /** What the filters can choose from; null while that is not known. */
  overview: CatalogueOverview | null;
  facets: Facets | null;
  /** Further filters are shown, or not any more. */
  onMoreFilters: (shown: boolean) => void;
  /** What heads can be ranked by, known some time after it was asked for. */
  ranking: RankingMeasures;
  onRankingWanted: () => void;
  onRankingRetry: () => void;
  onStarted: (view: BatchView) => void;
}

/** A new batch: which entries, then what it would send and cost, then one button. */
export function BatchWishForm(props: BatchWishFormProps): React.JSX.Element {
  const { planner, entryIds, overview, ranking, onStarted } = props;
  const chosen = entryIds.length > 0;
  const [filters, setFilters] = React.useState<CatalogueFilters>(NO_FILTERS);
  const [undescribed, setUndescribed] = React.useState(!chosen);
  const [top, setTop] = React.useState<number | null>(null);
  const [measureKey, setMeasureKey] = React.useState<string | null>(null);
  const ranked = !chosen && top !== null;
  const measure =
    ranking.measures?.find(one => one.key === measureKey) ?? firstMeasure(ranking.measures ?? []);
  const planning = useBatchPlan(planner, onStarted);
  const ask = React.useRef<HTMLButtonElement>(null);
  const search = React.useRef<HTMLInputElement>(null);
  const waiting = useDelayed(planning.planning);

  const wish = (): BatchWish => ({
    entry_ids: [...entryIds],
    ...(chosen ? { text: '', filters: {} } : toSearch(filters)),
    undescribed,
    top: ranked ? top : null,
    measure: ranked ? measure!.key : null,
    cap: null
  });
  const onKeyDown = (event: React.KeyboardEvent) => {
    const inText = event.target instanceof HTMLInputElement;
    if (event.key === '/' && !inText && !event.ctrlKey && !event.metaKey && !event.altKey) {
      search.current?.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <section className="hl-BatchForm" aria-label="New batch" onKeyDown={onKeyDown}>
      <h3 className="hl-Batch-title">New batch</h3>
      <p className="hl-dim hl-BatchForm-about">
        A language model drafts a description of each head from the evidence in the catalogue.
        Nothing is sent before you have seen what and at which cost.
      </p>
      {chosen ? (
        <p className="hl-BatchForm-entries">
          {entryIds.length === 1
            ? 'The entry that you chose'
            : `The ${formatCount(entryIds.length)} entries that you chose`}
          <button
            className="hl-Button"
            onClick={() => {
              planning.forget();
              setUndescribed(true);
              props.onForgetEntries();
            }}
          >
            Choose by filters
          </button>
        </p>
      ) : (
        <CatalogueFilterBar
          ref={search}
          filters={filters}
          overview={overview}
          facets={props.facets}
          onChange={change => {
            planning.forget();
            setFilters({ ...filters, ...change });
          }}
          onMore={props.onMoreFilters}
          onDone={() => ask.current?.focus()}
        />
      )}
      <label className="hl-BatchForm-check">
        <input
          type="checkbox"
          checked={undescribed}
          onChange={event => {
            planning.forget();
            setUndescribed(event.target.checked);
          }}
        />
        Only heads without a description
      </label>
      {!chosen && (
        <fieldset className="hl-BatchForm-which">
          <legend>How many of them</legend>
          <TopHeads
            top={top}
            all="All of them"
            onTop={next => {
              planning.forget();
              setTop(next);
              if (next !== null) {
                props.onRankingWanted();
              }
            }}
          >
            <BatchMeasure
              {...ranking}
              chosen={measure}
              wanted={ranked}
              onChoose={key => {
                planning.forget();
                setMeasureKey(key);
              }}
              onRetry={props.onRankingRetry}
            />
          </TopHeads>
        </fieldset>
      )}
      <div className="hl-BatchForm-bar">
        <button
          className="hl-Button"
          ref={ask}
          data-main={planning.plan ? undefined : true}
          disabled={planning.planning || planning.starting || (ranked && measure === null)}
          title={
            ranked && measure === null ? 'There is no measure to rank the heads by' : undefined
          }
          onClick={() => planning.ask(wish())}
        >
          {planning.plan ? 'Plan again' : 'Plan'}
        </button>
        <span role="status" className="hl-dim">
          {waiting ? 'Reading the evidence of the entries…' : ''}
        </span>
      </div>
      {planning.problem && (
        <div className="hl-Note" data-kind="error" role="alert">
          <p>
            <FreeText text={planning.problem} />
          </p>
          <button className="hl-Button" onClick={() => planning.ask(wish())}>
            Retry
          </button>
        </div>
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
