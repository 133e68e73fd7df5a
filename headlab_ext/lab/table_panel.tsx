import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { ColumnChooser } from '../views/table/column_chooser';
import type { Layout } from '../views/table/columns';
import { EntryTable } from '../views/table/entry_table';
import { News } from '../views/table/news';
import { SelectionBar, whyNotCompared } from '../views/table/selection_bar';
import type { Press } from '../views/table/table_row';
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
import type { TableSelection } from './table_selection';
import type { TableTags } from './table_tags';
import { useElementId } from '../views/use_element_id';

export interface TableParts {
  model: CatalogueModel;
  counts: CatalogueCounts;
  saved: SavedFilters;
  imports: CatalogueImport;
  selection: TableSelection;
  tags: TableTags;
}

export interface TablePanelProps extends TableParts {
  exportUrl: RestApi['exportUrl'];
  layout: Layout;
  /** Where the first list starts. */
  scrolledTo: number;
  onScroll: (top: number) => void;
  onLayout: (layout: Layout) => void;
  onOpen: (row: EntrySummary) => void;
  onDraft: (ids: number[]) => void;
  onCompare: (ids: number[]) => void;
  onHelp: () => void;
  onWorkbench: () => void;
}

/** The catalogue as a table: filters, order and columns of one's own, and steps for many entries. */
export function TablePanel(props: TablePanelProps): React.JSX.Element {
  const { model, counts, selection } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const [choosing, setChoosing] = React.useState(false);
  const search = React.useRef<HTMLInputElement>(null);
  const root = React.useRef<HTMLDivElement>(null);
  const waiting = useDelayed(view.total === null && view.loading);
  const id = useElementId();
  const toGrid = () =>
    root.current?.querySelector<HTMLElement>('[role="grid"] [tabindex="0"]')?.focus();

  const keys: Record<string, () => void> = {
    '/': () => search.current?.select(),
    '?': props.onHelp,
    t: () => root.current?.querySelector<HTMLElement>('[data-tag-field]')?.focus(),
    c: () => {
      const ids = [...selection.get().ids];
      if (whyNotCompared(ids.length) === '') {
        props.onCompare(ids);
      }
    },
    d: () => {
      const ids = [...selection.get().ids];
      if (ids.length > 0 && !selection.severalModels) {
        props.onDraft(ids);
      }
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const act = keys[event.key];
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
    if (act && plain && !takesText(event.target)) {
      act();
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div className="hl-TablePanel" ref={root} onKeyDown={onKeyDown}>
      <h2 className="hl-visually-hidden">Catalogue</h2>
      <div className="hl-TablePanel-fields">
        <CatalogueFields ref={search} {...props} onDone={toGrid} />
      </div>
      <div className="hl-TablePanel-line">
        <CatalogueFiles {...props} />
        <button
          type="button"
          className="hl-Button hl-Fold"
          aria-expanded={choosing}
          aria-controls={id}
          onClick={() => setChoosing(!choosing)}
        >
          Columns
        </button>
      </div>
      <div id={id} hidden={!choosing}>
        {choosing && <ColumnChooser layout={props.layout} onLayout={props.onLayout} />}
      </div>
      <CatalogueProblems model={model} counts={counts} />
      <div className="hl-TablePanel-body" aria-busy={view.loading}>
        {waiting && <p className="hl-dim hl-TablePanel-waiting">Reading the catalogue…</p>}
        {view.news && (
          <News
            arrived={view.news.arrived}
            onShow={() => {
              toGrid(); // the button goes away
              model.show();
            }}
          />
        )}
        <Entries {...props} />
      </div>
      <Selected {...props} />
    </div>
  );
}

function Entries(props: TablePanelProps): React.JSX.Element | null {
  const { model, counts, selection, onOpen } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const { overview } = React.useSyncExternalStore(counts.subscribe, counts.get);
  const { ids } = React.useSyncExternalStore(selection.subscribe, selection.get);
  const onRange = React.useCallback(
    (first: number, last: number) => model.need(first, last),
    [model]
  );
  const onActive = React.useCallback(
    (index: number) => {
      const { active } = model.get();
      if (active.index !== index || active.id === null) {
        model.setActive(index);
      }
    },
    [model]
  );
  const onPress = React.useCallback(
    (index: number, press: Press) => {
      const row = rowAt(model.get().pages, index);
      if (press === 'extend') {
        void selection.extend(model.get().active.index, index);
      } else if (press === 'toggle') {
        selection.toggle(index);
      } else if (row) {
        onOpen(row);
      }
    },
    [model, selection, onOpen]
  );

  if (view.total === null) {
    return null;
  }
  if (view.total === 0) {
    return <NoEntries model={model} overview={overview} onWorkbench={props.onWorkbench} />;
  }
  return (
    <EntryTable
      key={view.listing}
      total={view.total}
      row={index => rowAt(view.pages, index)}
      active={view.active.index}
      selected={ids}
      changed={view.changed}
      layout={props.layout}
      order={view.order}
      scrolledTo={view.listing === 0 ? props.scrolledTo : 0}
      onScroll={props.onScroll}
      onRange={onRange}
      onActive={onActive}
      onPress={onPress}
      onSelectAll={() => void selection.all()}
      onClear={() => selection.clear()}
      onOrder={order => model.setOrder(order)}
      onLayout={props.onLayout}
    />
  );
}

function Selected(props: TablePanelProps): React.JSX.Element {
  const { selection, tags, counts } = props;
  const chosen = React.useSyncExternalStore(selection.subscribe, selection.get);
  const run = React.useSyncExternalStore(tags.subscribe, tags.get);
  const { facets } = React.useSyncExternalStore(counts.subscribe, counts.get);
  const ids = [...chosen.ids];
  return (
    <SelectionBar
      count={ids.length}
      heads={ids.slice(0, 10).flatMap(id => selection.row(id)?.head ?? [])}
      severalModels={selection.severalModels}
      busy={chosen.busy}
      running={run.running}
      said={run.said}
      problem={chosen.problem ?? run.problem}
      tags={Object.keys(facets?.tags ?? {})}
      onTag={(step, tag) => void tags.run(step, tag, ids, id => selection.row(id))}
      onTagFocus={() => counts.wantFacets()}
      onCancel={() => tags.cancel()}
      onDraft={() => props.onDraft(ids)}
      onCompare={() => props.onCompare(ids)}
      onClear={() => selection.clear()}
    />
  );
}

function takesText(target: EventTarget): boolean {
  return (
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && target.type !== 'checkbox')
  );
}
