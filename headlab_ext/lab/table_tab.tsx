import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { EntrySummary, FilterToSave } from '../contract/records';
import { fromSearch, readFilters, type CatalogueFilters } from '../views/catalogue_query';
import { FIRST_LAYOUT, readLayout, type Layout } from '../views/table/columns';
import { CatalogueCounts } from './catalogue_counts';
import { CatalogueImport } from './catalogue_import';
import { CatalogueModel, readOrder, type Order } from './catalogue_model';
import { rowAt } from './catalogue_rows';
import { SavedFilters } from './catalogue_saved';
import type { Changes } from './changes';
import { headlabIcon } from './icon';
import { readNumber, type KeptView } from './kept_view';
import type { RestApi } from './rest';
import { ShownWidget } from './shown_widget';
import { TablePanel, type TableParts } from './table_panel';
import { TableSelection } from './table_selection';
import { TableTags } from './table_tags';

/** What of the table outlives a reload. */
export interface TableView {
  filters: CatalogueFilters;
  order: Order;
  layout: Layout;
  scroll: number;
  selected: number[];
  /** Where the catalogue is that they were selected in: their numbers mean nothing elsewhere. */
  place: string;
}

export function readTable(found: Record<string, unknown>): TableView {
  const selected = Array.isArray(found.selected) ? found.selected : [];
  return {
    filters: readFilters(found.filters),
    order: readOrder(found.order),
    layout: readLayout(found.layout),
    scroll: readNumber(found.scroll),
    selected: selected.filter(id => Number.isInteger(id)),
    place: typeof found.place === 'string' ? found.place : ''
  };
}

export interface TableTabOptions {
  rest: RestApi;
  changes: Changes;
  view: KeptView<TableView>;
  onOpen: (row: EntrySummary) => void;
  onDraft: (ids: number[]) => void;
  onCompare: (ids: number[]) => void;
  onHelp: () => void;
  onWorkbench: () => void;
}

/** The catalogue as a table in the main area. */
export class TableTab extends MainAreaWidget<TablePage> {
  constructor(options: TableTabOptions) {
    super({ content: new TablePage(options) });
    this.id = 'headlab-table';
    this.title.icon = headlabIcon;
    this.title.label = 'Head catalogue';
    this.title.caption = 'The head catalogue as a table';
    this.title.closable = true;
  }
}

class TablePage extends ShownWidget {
  private readonly parts: TableParts;
  private readonly stopKeeping: () => void;
  /** As it was when the page was left; null until that is known. */
  private kept: TableView | null = null;
  /** A search that is asked for before that is known. */
  private wanted: FilterToSave | null = null;
  private columns: Layout = FIRST_LAYOUT;
  private scroll = 0;
  private listing = 0;

  constructor(private readonly options: TableTabOptions) {
    super();
    const { rest, changes, view } = options;
    this.addClass('hl-Host');
    this.addClass('hl-TablePage');
    this.node.tabIndex = -1;
    const model = new CatalogueModel(rest, true);
    const selection = new TableSelection(
      {
        search: () => model.search(),
        row: index => rowAt(model.get().pages, index),
        total: () => model.get().total ?? 0
      },
      rest
    );
    this.parts = {
      model,
      counts: new CatalogueCounts(rest),
      saved: new SavedFilters(rest),
      imports: new CatalogueImport(rest),
      selection,
      tags: new TableTags(rest, entry => model.take(entry))
    };
    changes.catalogue.connect(this.onChange, this);
    const stops = [
      model.subscribe(() => this.lookWhere()),
      ...[model, selection].map(store => store.subscribe(() => this.keep()))
    ];
    this.stopKeeping = () => stops.forEach(stop => stop());
    void view.read().then(found => this.start(found));
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.stopKeeping();
      this.options.changes.catalogue.disconnect(this.onChange, this);
    }
    super.dispose();
  }

  /** Show what a search finds, in place of what was shown. */
  find(search: FilterToSave): void {
    if (this.kept) {
      this.parts.model.setFilters(fromSearch(search));
    } else {
      this.wanted = search;
    }
  }

  protected override render(): React.JSX.Element | null {
    if (!this.kept) {
      return null;
    }
    const { rest } = this.options;
    return (
      <TablePanel
        {...this.options}
        {...this.parts}
        exportUrl={(...asked) => rest.exportUrl(...asked)}
        layout={this.columns}
        scrolledTo={this.kept.scroll}
        onScroll={this.onScroll}
        onLayout={this.onLayout}
      />
    );
  }

  protected override onShown(shown: boolean): void {
    this.parts.model.setVisible(shown && this.kept !== null);
    this.parts.counts.setVisible(shown && this.kept !== null);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      const stop = this.node.querySelector<HTMLElement>('[role="grid"] [tabindex="0"]');
      (stop ?? this.node).focus();
    }
  }

  private start(found: TableView): void {
    const { model, selection } = this.parts;
    this.kept = this.wanted
      ? { ...found, filters: fromSearch(this.wanted), scroll: 0, selected: [] }
      : found;
    this.columns = found.layout;
    this.scroll = this.kept.scroll;
    model.restore(this.kept.filters, this.kept.order);
    selection.restore(this.kept.selected, found.place);
    this.look();
    this.update();
  }

  private lookWhere(): void {
    const { model, selection, tags } = this.parts;
    const { place } = model.get();
    if (place !== null && selection.moveTo(place)) {
      tags.cancel();
    }
  }

  private onChange(): void {
    this.parts.model.changed();
    this.parts.counts.changed();
  }

  private readonly onScroll = (top: number): void => {
    this.scroll = top;
    this.keep();
  };

  private readonly onLayout = (layout: Layout): void => {
    this.columns = layout;
    this.keep();
    this.update();
  };

  private keep(): void {
    if (!this.kept) {
      return;
    }
    const { filters, order, listing } = this.parts.model.get();
    if (listing !== this.listing) {
      this.listing = listing;
      this.scroll = 0;
    }
    this.options.view.keep({
      filters,
      order,
      layout: this.columns,
      scroll: this.scroll,
      selected: [...this.parts.selection.get().ids],
      place: this.parts.selection.place
    });
  }
}
