import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { CatalogueFilterBar } from '../views/catalogue_filters';
import { CatalogueList } from '../views/catalogue_list';
import type { RowAction } from '../views/catalogue_row';
import { FreeText } from '../views/free_text';
import { headName } from '../views/heads';
import { formatCount } from '../views/numbers';
import { PoliteRegion } from '../views/polite_region';
import { useDelayed } from '../views/use_delayed';
import type { CatalogueModel } from './catalogue_model';
import { rowAt } from './catalogue_rows';
import { FirstUse, NoMatch } from './no_entries';
import type { RowEdits } from './row_edits';

export interface CataloguePanelProps {
  model: CatalogueModel;
  edits: RowEdits;
  /** Where the first list starts. */
  scrolledTo: number;
  onScroll: (top: number) => void;
  onOpen: (row: EntrySummary) => void;
  /** A person went to this row. */
  onSelect: (row: EntrySummary) => void;
  onHelp: () => void;
  onWorkbench: () => void;
}

/** The catalogue as a sidebar: search, filters, entries and decisions about them. */
export function CataloguePanel(props: CataloguePanelProps): React.JSX.Element {
  const { model, edits } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const search = React.useRef<HTMLInputElement>(null);
  const root = React.useRef<HTMLDivElement>(null);
  const waiting = useDelayed(view.total === null && view.loading);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const inText = event.target instanceof HTMLInputElement;
    if (inText || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
      return;
    }
    if (event.key === '/') {
      search.current?.focus();
      search.current?.select();
    } else if (event.key === '?') {
      props.onHelp();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="hl-CataloguePanel" ref={root} onKeyDown={onKeyDown}>
      <div className="hl-CataloguePanel-header">
        <h2 className="hl-CataloguePanel-title">Catalogue</h2>
        <button className="hl-Button" onClick={props.onWorkbench} title="Open a workbench">
          Workbench
        </button>
        <button
          className="hl-Button hl-CataloguePanel-help"
          aria-label="Help"
          aria-keyshortcuts="?"
          title="Help (?)"
          onClick={props.onHelp}
        >
          ?
        </button>
      </div>
      <CatalogueFilterBar
        ref={search}
        filters={view.filters}
        overview={view.overview}
        onChange={change => model.setFilters(change)}
        onDone={() =>
          root.current?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus()
        }
      />
      {view.problem !== null && (
        <div className="hl-Note hl-CataloguePanel-problem" data-kind="error" role="alert">
          <p>{view.problem}</p>
          <button className="hl-Button" disabled={view.loading} onClick={() => model.retry()}>
            Retry
          </button>
        </div>
      )}
      {view.overview?.warnings.map(warning => (
        <p className="hl-Note" data-kind="warning" key={warning}>
          <FreeText text={warning} />
        </p>
      ))}
      <div className="hl-CataloguePanel-body" aria-busy={view.loading}>
        {waiting && <p className="hl-dim hl-CataloguePanel-waiting">Reading the catalogue…</p>}
        <Entries {...props} />
      </div>
      <EditOutcome edits={edits} />
      <p className="hl-CataloguePanel-total hl-dim" role="status">
        {view.total !== null && countWords(view.total, view.overview?.total ?? view.total)}
      </p>
    </div>
  );
}

function Entries(props: CataloguePanelProps): React.JSX.Element | null {
  const { model, edits, onSelect, onOpen } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const { busy } = React.useSyncExternalStore(edits.subscribe, edits.get);
  const onRange = React.useCallback(
    (first: number, last: number) => model.need(first, last),
    [model]
  );
  const onActive = React.useCallback(
    (index: number, chosen = false) => {
      const row = rowAt(model.get().pages, index);
      const moved = index !== model.get().active.index || model.get().active.id === null;
      if (moved || chosen) {
        model.setActive(index);
        edits.forgetProblem();
        if (row) {
          onSelect(row);
        }
      }
    },
    [model, edits, onSelect]
  );
  const onAction = React.useCallback(
    (row: EntrySummary, action: RowAction) => {
      if (action === 'open') {
        onOpen(row);
      } else if (action === 'undo') {
        void edits.undo(row);
      } else {
        void edits.decide(row, action);
      }
    },
    [edits, onOpen]
  );

  if (view.total === null) {
    return null;
  }
  if (view.total === 0) {
    return view.overview?.total === 0 ? (
      <FirstUse place={view.overview.place} onWorkbench={props.onWorkbench} />
    ) : (
      <NoMatch
        filters={view.filters}
        loosenings={view.loosenings}
        onChange={change => model.setFilters(change)}
      />
    );
  }
  return (
    <CatalogueList
      key={view.listing}
      total={view.total}
      row={index => rowAt(view.pages, index)}
      active={view.active.index}
      busy={busy}
      scrolledTo={view.listing === 0 ? props.scrolledTo : 0}
      onScroll={props.onScroll}
      onRange={onRange}
      onActive={onActive}
      onAction={onAction}
      onUndo={row => void (edits.get().last ? edits.undoLast() : edits.undoDecision(row))}
    />
  );
}

/** What the last decision did, with the way back. */
function EditOutcome({ edits }: { edits: RowEdits }): React.JSX.Element | null {
  const { said, problem, last, busy } = React.useSyncExternalStore(edits.subscribe, edits.get);
  return (
    <>
      {problem !== null && (
        <p className="hl-Note" data-kind="error" role="alert">
          {problem}
        </p>
      )}
      {said && (
        <div className="hl-CataloguePanel-outcome">
          <span>{said}</span>
          {last && (
            <button
              className="hl-Button"
              aria-keyshortcuts="z"
              aria-label={`Undo the decision about ${headName(last.head)}`}
              disabled={busy !== null}
              onClick={() => void edits.undoLast()}
            >
              Undo <kbd>z</kbd>
            </button>
          )}
        </div>
      )}
      <PoliteRegion text={said} />
    </>
  );
}

function countWords(total: number, all: number): string {
  const entries = all === 1 ? 'entry' : 'entries';
  return total === all
    ? `${formatCount(total)} ${entries}`
    : `${formatCount(total)} of ${formatCount(all)} ${entries}`;
}
