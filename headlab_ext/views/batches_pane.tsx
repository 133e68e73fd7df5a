import * as React from 'react';
import type { Head, Measure, ModelFacts } from '../contract/records';
import type { BenchApi } from './api';
import { BatchDetail } from './batch_detail';
import { BatchHeadsForm } from './batch_heads_form';
import { BatchList } from './batch_list';
import { isOfDrafts, LiveBatches } from './batch_live';
import { FreeText } from './free_text';
import { firstMeasure } from './measure_list';
import { useDelayed } from './use_delayed';
import { useVisible } from './use_visible';

/** Drafting several heads of the model in hand, and the batches of this model. */
export function BatchesPane(props: {
  api: BenchApi;
  model: ModelFacts;
  /** Key of the measure that the map shows; empty for the first that can be had. */
  measure: string;
  onHead: (head: Head) => void;
}): React.JSX.Element {
  const { api, model, measure, onHead } = props;
  const root = React.useRef<HTMLDivElement>(null);
  const live = useLive(api, model.fingerprint, root);
  const state = React.useSyncExternalStore(live.subscribe, live.get);
  const { views, chosen, problem } = state;
  const shown = views?.find(({ batch }) => batch.id === chosen);
  const waiting = useDelayed(views === null && problem === null);
  return (
    <div className="hl-BatchesPane" ref={root}>
      <BatchHeadsForm
        api={api}
        measure={useMeasure(api, measure)}
        onStarted={view => live.add(view)}
      />
      <div className="hl-BatchesPane-batches" aria-busy={views === null}>
        <h3 className="hl-Batch-title">Batches of this model</h3>
        {waiting && <p className="hl-dim">Reading the batches…</p>}
        {problem !== null && (
          <div className="hl-Note" data-kind="error" role="alert">
            <p>
              <FreeText text={problem} />
            </p>
            <button className="hl-Button" onClick={() => live.retry()}>
              Retry
            </button>
          </div>
        )}
        {views?.length === 0 && (
          <p className="hl-dim">None yet. A batch by a language model is listed here.</p>
        )}
        {views && views.length > 0 && (
          <BatchList views={views} chosen={chosen} onChoose={id => live.choose(id)} />
        )}
      </div>
      {shown && (
        <BatchDetail
          key={shown.batch.id}
          view={shown}
          jobs={state.jobs}
          texts={state.texts}
          turning={state.turning}
          turnProblem={state.turnProblem}
          onTurn={(turn, cap) => void live.turn(turn, cap)}
          onOpen={onHead}
        />
      )}
    </div>
  );
}

/** The batches of one model, asked for only while they are on the screen. */
function useLive(
  api: BenchApi,
  fingerprint: string,
  root: React.RefObject<HTMLElement | null>
): LiveBatches {
  const live = React.useMemo(
    () =>
      new LiveBatches(
        api,
        view => isOfDrafts(view) && view.batch.model_fingerprint === fingerprint
      ),
    [api, fingerprint]
  );
  const onScreen = useVisible(root);
  React.useEffect(() => {
    const look = () => live.setVisible(onScreen && document.visibilityState === 'visible');
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      live.dispose();
    };
  }, [live, onScreen]);
  React.useEffect(() => api.onCatalogueChange(() => live.changed()), [api, live]);
  return live;
}

/** The measure that the map shows. */
function useMeasure(api: BenchApi, key: string): Measure | null {
  const [measures, setMeasures] = React.useState<Measure[]>([]);
  React.useEffect(() => {
    let current = true;
    api.measures().then(
      found => current && setMeasures(found),
      () => undefined // the map says why
    );
    return () => {
      current = false;
    };
  }, [api]);
  return measures.find(measure => measure.key === key) ?? firstMeasure(measures);
}
