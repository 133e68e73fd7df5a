import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { CatalogueModel } from './catalogue_model';
import { CataloguePanel } from './catalogue_panel';
import type { Changes } from './changes';
import { headlabIcon } from './icon';
import type { KeptView, KeptViews } from './kept_view';
import { onSelection, tellSelection } from '../views/page_events';
import type { RestApi } from './rest';
import { RowEdits } from './row_edits';

export interface CatalogueSidebarOptions {
  rest: RestApi;
  changes: Changes;
  views: KeptViews;
  kept: Promise<KeptView>;
  onOpen: (row: EntrySummary) => void;
  onHelp: () => void;
  onWorkbench: () => void;
}

/** The catalogue in the left area. While it is hidden it does nothing. */
export class CatalogueSidebar extends ReactWidget {
  private readonly model: CatalogueModel;
  private readonly edits: RowEdits;
  private readonly stopListening: () => void;
  /** As it was when the page was left; null until that is known. */
  private kept: KeptView | null = null;
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
    this.edits = new RowEdits(rest, entry => this.model.take(entry));
    changes.catalogue.connect(this.onChange, this);
    const stopSelection = onSelection('sidebar', ({ fingerprint, head }) =>
      this.model.select(fingerprint, head)
    );
    const stopKeeping = this.model.subscribe(() => this.keep());
    document.addEventListener('visibilitychange', this.look);
    this.stopListening = () => {
      stopSelection();
      stopKeeping();
      document.removeEventListener('visibilitychange', this.look);
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
    const { onOpen, onHelp, onWorkbench } = this.options;
    return (
      <CataloguePanel
        model={this.model}
        edits={this.edits}
        scrolledTo={this.kept.scroll}
        onScroll={this.onScroll}
        onOpen={onOpen}
        onSelect={tellRow}
        onHelp={onHelp}
        onWorkbench={onWorkbench}
      />
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.look();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.look();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.look();
  }

  private readonly look = (): void =>
    this.model.setVisible(
      this.kept !== null && this.isVisible && document.visibilityState === 'visible'
    );

  private onChange(): void {
    this.model.changed();
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
    this.options.views.keep({ filters, scroll: this.scroll });
  }
}

function tellRow(row: EntrySummary): void {
  tellSelection({ fingerprint: row.model_fingerprint, head: row.head, source: 'sidebar' });
}
