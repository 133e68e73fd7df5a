import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { CatalogueList } from '../views/catalogue_list';
import type { RowAction } from '../views/catalogue_row';
import { headName } from '../views/heads';
import { PoliteRegion } from '../views/polite_region';
import { REVIEW_KEYS } from '../views/review_keys';
import { useDelayed } from '../views/use_delayed';
import type { CatalogueCounts } from './catalogue_counts';
import { CatalogueFields } from './catalogue_fields';
import { CatalogueFiles } from './catalogue_files';
import type { CatalogueImport } from './catalogue_import';
import type { CatalogueModel } from './catalogue_model';
import { CatalogueProblems } from './catalogue_problems';
import { rowAt } from './catalogue_rows';
import type { SavedFilters } from './catalogue_saved';
import { NoEntries } from './no_entries';
import type { RestApi } from './rest';
import type { RowEdits } from './row_edits';

/** Where the buttons of the header lead. */
export interface CatalogueWays {
  onWorkbench: () => void;
  onReview: () => void;
  onBatches: () => void;
  onTable: () => void;
  onHelp: () => void;
}

export interface CataloguePanelProps extends CatalogueWays {
  model: CatalogueModel;
  counts: CatalogueCounts;
  saved: SavedFilters;
  imports: CatalogueImport;
  edits: RowEdits;
  exportUrl: RestApi['exportUrl'];
  /** Where the first list starts. */
  scrolledTo: number;
  onScroll: (top: number) => void;
  onOpen: (row: EntrySummary) => void;
  /** A person went to this row. */
  onSelect: (row: EntrySummary) => void;
}

/** The catalogue as a sidebar: search, filters, entries and decisions about them. */
export function CataloguePanel(props: CataloguePanelProps): React.JSX.Element {
  const { model, counts, edits } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const search = React.useRef<HTMLInputElement>(null);
  const root = React.useRef<HTMLDivElement>(null);
  const waiting = useDelayed(view.total === null && view.loading);

  const toRow = () =>
    root.current?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus();

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
      <Header {...props} />
      <CatalogueFields ref={search} {...props} onDone={toRow} />
      <CatalogueProblems model={model} counts={counts} />
      <div className="hl-CataloguePanel-body" aria-busy={view.loading}>
        {waiting && <p className="hl-dim hl-CataloguePanel-waiting">Reading the catalogue…</p>}
        <Entries {...props} />
      </div>
      <EditOutcome edits={edits} onLeave={toRow} />
      <CatalogueFiles {...props} />
    </div>
  );
}

function Header(props: CatalogueWays): React.JSX.Element {
  return (
    <div className="hl-CataloguePanel-header">
      <h2 className="hl-CataloguePanel-title">Catalogue</h2>
      <button
        className="hl-Button hl-CataloguePanel-help"
        aria-label="Help"
        aria-keyshortcuts="?"
        title="Help (?)"
        onClick={props.onHelp}
      >
        ?
      </button>
      <div className="hl-CataloguePanel-ways">
        <button className="hl-Button" onClick={props.onWorkbench} title="Open a workbench">
          Workbench
        </button>
        <button
          className="hl-Button"
          onClick={props.onReview}
          title="Review drafts one after another"
        >
          Review
        </button>
        <button className="hl-Button" onClick={props.onBatches} title="Draft many heads at once">
          Batches
        </button>
        <button
          className="hl-Button"
          onClick={props.onTable}
          title="These entries as a table in the main area"
        >
          Table
        </button>
      </div>
    </div>
  );
}

function Entries(props: CataloguePanelProps): React.JSX.Element | null {
  const { model, counts, edits, onSelect, onOpen } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const { overview } = React.useSyncExternalStore(counts.subscribe, counts.get);
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
    return <NoEntries model={model} overview={overview} onWorkbench={props.onWorkbench} />;
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
      onRedo={row => void edits.redo(row)}
    />
  );
}

/** What the last decision did, with the way back; its buttons go away with a press. */
function EditOutcome(props: { edits: RowEdits; onLeave: () => void }): React.JSX.Element | null {
  const { edits, onLeave } = props;
  const { said, problem, last, undone, busy } = React.useSyncExternalStore(
    edits.subscribe,
    edits.get
  );
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
              onClick={() => {
                onLeave();
                void edits.undoLast();
              }}
            >
              Undo <kbd>z</kbd>
            </button>
          )}
          {undone && (
            <button
              className="hl-Button"
              aria-keyshortcuts={REVIEW_KEYS.redo}
              aria-label={`Redo the decision about ${headName(undone.head)}`}
              disabled={busy !== null}
              onClick={() => {
                onLeave();
                void edits.redo(undone);
              }}
            >
              Redo <kbd>{REVIEW_KEYS.redo}</kbd>
            </button>
          )}
        </div>
      )}
      <PoliteRegion text={said} />
    </>
  );
}
