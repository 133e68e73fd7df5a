import * as React from 'react';
import type { EntrySummary, FilterToSave } from '../contract/records';
import { readFilters, toSearch, type CatalogueFilters } from '../views/catalogue_query';
import { CatalogueCounts } from './catalogue_counts';
import { CatalogueImport } from './catalogue_import';
import { CatalogueModel } from './catalogue_model';
import { CataloguePanel, type CatalogueWays } from './catalogue_panel';
import { SavedFilters } from './catalogue_saved';
import type { Changes } from './changes';
import { headlabIcon } from './icon';
import { readNumber, type KeptView } from './kept_view';
import { onSelection, tellSelection } from '../views/page_events';
import type { RestApi } from './rest';
import { RowEdits } from './row_edits';
import { ShownWidget } from './shown_widget';

/** What of the sidebar outlives a reload. */
export interface SidebarView {
  filters: CatalogueFilters;
  scroll: number;
}

export function readSidebar(found: Record<string, unknown>): SidebarView {
  return { filters: readFilters(found.filters), scroll: readNumber(found.scroll) };
}

export interface CatalogueSidebarOptions extends Omit<CatalogueWays, 'onTable'> {
  rest: RestApi;
  changes: Changes;
  view: KeptView<SidebarView>;
  kept: Promise<SidebarView>;
  onOpen: (row: EntrySummary) => void;
  /** The table, of what these filters find. */
  onTable: (search: FilterToSave) => void;
}

/** The catalogue in the left area. While it is hidden it does nothing. */
export class CatalogueSidebar extends ShownWidget {
  private readonly model: CatalogueModel;
  private readonly counts: CatalogueCounts;
  private readonly saved: SavedFilters;
  private readonly imports: CatalogueImport;
  private readonly edits: RowEdits;
  private readonly stopListening: () => void;
  /** As it was when the page was left; null until that is known. */
  private kept: SidebarView | null = null;
  private scroll = 0;
  private listing = 0;

  constructor(private readonly options: CatalogueSidebarOptions) {
    super();
    const { rest, changes, kept } = options;
    this.id = 'headlab-catalogue';
    this.addClass('hl-Host');
    this.addClass('hl-CatalogueSidebar');
    this.title.icon = headlabIcon;
    this.title.caption = 'HeadLab catalogue';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'HeadLab catalogue');
    this.model = new CatalogueModel(rest);
    this.counts = new CatalogueCounts(rest);
    this.saved = new SavedFilters(rest);
    this.imports = new CatalogueImport(rest);
    this.edits = new RowEdits(rest, entry => this.model.take(entry));
    changes.catalogue.connect(this.onChange, this);
    const stopSelection = onSelection('sidebar', ({ fingerprint, head }) =>
      this.model.select(fingerprint, head)
    );
    const stopKeeping = this.model.subscribe(() => {
      this.edits.moveTo(this.model.get().place);
      this.keep();
    });
    this.stopListening = () => {
      stopSelection();
      stopKeeping();
    };
    void kept.then(view => {
      this.kept = view;
      this.scroll = view.scroll;
      this.model.restore(view.filters);
      this.look();
      this.update();
    });
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.stopListening();
      this.options.changes.catalogue.disconnect(this.onChange, this);
    }
    super.dispose();
  }

  /** Put the keyboard into the list, or into the search field where there is no list yet. */
  focusList(): void {
    const row = this.node.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
    (row ?? this.node.querySelector<HTMLElement>('input'))?.focus();
  }

  protected override render(): React.JSX.Element | null {
    if (!this.kept) {
      return null;
    }
    const { rest, onTable } = this.options;
    return (
      <CataloguePanel
        {...this.options}
        model={this.model}
        counts={this.counts}
        saved={this.saved}
        imports={this.imports}
        edits={this.edits}
        exportUrl={(...asked) => rest.exportUrl(...asked)}
        onTable={() => onTable(toSearch(this.model.get().filters))}
        scrolledTo={this.kept.scroll}
        onScroll={this.onScroll}
        onSelect={tellRow}
      />
    );
  }

  protected override onShown(shown: boolean): void {
    this.model.setVisible(shown && this.kept !== null);
    this.counts.setVisible(shown && this.kept !== null);
  }

  private onChange(): void {
    this.model.changed();
    this.counts.changed();
  }

  private readonly onScroll = (top: number): void => {
    this.scroll = top;
    this.keep();
  };

  private keep(): void {
    if (!this.kept) {
      return;
    }
    const { filters, listing } = this.model.get();
    if (listing !== this.listing) {
      this.listing = listing;
      this.scroll = 0;
    }
    this.options.view.keep({ filters, scroll: this.scroll });
  }
}

function tellRow(row: EntrySummary): void {
  tellSelection({ fingerprint: row.model_fingerprint, head: row.head, source: 'sidebar' });
}
