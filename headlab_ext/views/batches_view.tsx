import * as React from 'react';
import type { BatchView, DraftBatch, Head } from '../contract/records';
import { BatchDetail } from './batch_detail';
import { BatchList } from './batch_list';
import type { LiveBatches } from './batch_live';
import { BatchWishForm, type BatchWishFormProps } from './batch_wish_form';
import { FreeText } from './free_text';
import { useDelayed } from './use_delayed';

export interface BatchesViewProps extends Omit<BatchWishFormProps, 'onStarted'> {
  live: LiveBatches;
  onStarted: (view: BatchView) => void;
  /** A batch goes on, because somebody here asked for it. */
  onWentOn: (batch: DraftBatch) => void;
  onOpen: (batch: DraftBatch, head: Head) => void;
}

/** All batches beside the one that is shown, or beside the form of a new one. */
export function BatchesView(props: BatchesViewProps): React.JSX.Element {
  const { live, onStarted, onWentOn, onOpen, ...form } = props;
  const state = React.useSyncExternalStore(live.subscribe, live.get);
  const { views, chosen } = state;
  const shown = views?.find(({ batch }) => batch.id === chosen);
  const waiting = useDelayed(views === null && state.problem === null);
  const main = React.useRef<HTMLDivElement>(null);
  const show = (id: number | null) => {
    live.choose(id);
    main.current?.focus({ preventScroll: true });
  };

  return (
    <div className="hl-Batches">
      <header className="hl-Batches-header">
        <h2 className="hl-Batches-title">Drafts by a language model</h2>
        <button
          className="hl-Button"
          disabled={chosen === null}
          title={chosen === null ? 'The form of a new batch is shown' : undefined}
          onClick={() => show(null)}
        >
          New batch
        </button>
      </header>
      {state.problem !== null && (
        <div className="hl-Note" data-kind="error" role="alert">
          <p>
            <FreeText text={state.problem} />
          </p>
          <button className="hl-Button" onClick={() => live.retry()}>
            Retry
          </button>
        </div>
      )}
      <div className="hl-Batches-body">
        <nav className="hl-Batches-list" aria-label="Batches" aria-busy={views === null}>
          {waiting && <p className="hl-dim">Reading the batches…</p>}
          {views?.length === 0 && (
            <p className="hl-dim">No batch yet. Choose heads, plan, and start the first one.</p>
          )}
          {views && views.length > 0 && <BatchList views={views} chosen={chosen} onChoose={show} />}
        </nav>
        <div className="hl-Batches-main" ref={main} tabIndex={-1}>
          {chosen === null ? (
            <BatchWishForm
              {...form}
              key={form.entryIds.join(' ')}
              onStarted={view => {
                live.add(view);
                onStarted(view);
              }}
            />
          ) : shown ? (
            <BatchDetail
              key={chosen}
              view={shown}
              jobs={state.jobs}
              texts={state.texts}
              turning={state.turning}
              turnProblem={state.turnProblem}
              onTurn={(turn, cap) => {
                const goesOn = turn === 'resume' || turn === 'retry';
                void live.turn(turn, cap, view => goesOn && onWentOn(view.batch));
              }}
              onOpen={head => onOpen(shown.batch, head)}
            />
          ) : (
            views && (
              <p className="hl-Note">
                {`This catalogue has no batch ${chosen}. It may be in another one: see the setting ` +
                  '“catalogue”.'}
              </p>
            )
          )}
        </div>
      </div>
    </div>
  );
}
