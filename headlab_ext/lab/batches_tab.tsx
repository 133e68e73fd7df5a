import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { BatchView, BatchWish, DraftBatch, Head } from '../contract/records';
import type { BatchPlanner } from '../views/batch_api';
import { LiveBatches } from '../views/batch_live';
import { BatchesView } from '../views/batches_view';
import { CatalogueCounts } from './catalogue_counts';
import { CataloguePlace } from './catalogue_place';
import type { Changes } from './changes';
import { headlabIcon } from './icon';
import { StoredMeasures } from './ranking_measures';
import type { RestApi } from './rest';
import { ShownWidget } from './shown_widget';

export interface BatchesTabOptions {
  rest: RestApi;
  changes: Changes;
  /** A batch was started or goes on, because somebody here asked for it. */
  onAtWork: (batch: DraftBatch) => void;
  onOpen: (batch: DraftBatch, head: Head) => void;
}

/** Batches of drafts in the main area. */
export class BatchesTab extends MainAreaWidget<BatchesPage> {
  constructor(options: BatchesTabOptions) {
    super({ content: new BatchesPage(options) });
    this.id = 'headlab-batches';
    this.title.label = 'Drafts';
    this.title.caption = 'Drafts by a language model';
    this.title.icon = headlabIcon;
    this.title.closable = true;
  }

  /** Show a batch; null: the form of a new one. */
  showBatch(batch: number | null): void {
    this.content.showBatch(batch);
  }

  /** Begin a new batch of these entries. */
  draft(entryIds: number[]): void {
    this.content.chooseEntries(entryIds);
  }
}

/** While it is hidden it asks for nothing. */
export class BatchesPage extends ShownWidget {
  readonly live: LiveBatches;
  private readonly counts: CatalogueCounts;
  private readonly measures: StoredMeasures;
  private readonly planner: BatchPlanner<BatchWish>;
  private readonly where: CataloguePlace;
  private readonly stopFollowing: () => void;
  private entryIds: number[] = [];

  constructor(private readonly options: BatchesTabOptions) {
    super();
    const { rest, changes } = options;
    this.addClass('hl-Host');
    this.addClass('hl-BatchesPage');
    this.node.tabIndex = -1;
    this.live = new LiveBatches(rest);
    this.counts = new CatalogueCounts(rest);
    this.measures = new StoredMeasures(rest);
    this.where = new CataloguePlace(rest, null, () => this.onMoved());
    this.planner = {
      plan: wish => this.here().planBatch(wish),
      start: (wish, cap) => this.here().startBatch({ ...wish, cap })
    };
    this.stopFollowing = this.live.subscribe(() => this.look());
    changes.catalogue.connect(this.onChange, this);
    changes.settings.connect(this.onSettings, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.options.changes.catalogue.disconnect(this.onChange, this);
      this.options.changes.settings.disconnect(this.onSettings, this);
      this.stopFollowing();
      this.live.dispose();
    }
    super.dispose();
  }

  /** A batch of the catalogue that the settings name now; null: the form of a new one. */
  showBatch(batch: number | null): void {
    this.where.beginHere();
    this.live.choose(batch);
  }

  /** Begin a new batch of these entries of the catalogue that the settings name now. */
  chooseEntries(entryIds: number[]): void {
    this.entryIds = entryIds;
    this.showBatch(null);
    this.update();
  }

  protected override onShown(shown: boolean): void {
    this.where.setVisible(shown);
    this.live.setVisible(shown);
    // only the form of a new batch needs them
    const form = shown && this.live.get().chosen === null;
    this.counts.setVisible(form);
    this.measures.setVisible(form);
  }

  protected override render(): React.JSX.Element {
    return (
      <Page
        live={this.live}
        counts={this.counts}
        measures={this.measures}
        planner={this.planner}
        entryIds={this.entryIds}
        onForgetEntries={() => this.forgetEntries()}
        onStarted={view => {
          this.forgetEntries();
          this.options.onAtWork(view.batch);
        }}
        onWentOn={this.options.onAtWork}
        onOpen={this.options.onOpen}
      />
    );
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      this.node.focus();
    }
  }

  private forgetEntries(): void {
    this.entryIds = [];
    this.update();
  }

  /** The numbers of entries and of the batch on the screen mean others in another catalogue. */
  private onMoved(): void {
    this.forgetEntries();
    this.live.choose(null);
  }

  /** Refuses once the catalogue is elsewhere, where that is known. */
  private here(): RestApi {
    const { rest } = this.options;
    return rest.at(this.where.place ?? '');
  }

  private onSettings(): void {
    this.where.changed();
    this.onChange();
  }

  private onChange(): void {
    this.live.changed();
    this.counts.changed();
    this.measures.changed();
  }
}

interface PageProps {
  live: LiveBatches;
  counts: CatalogueCounts;
  measures: StoredMeasures;
  planner: BatchPlanner<BatchWish>;
  entryIds: readonly number[];
  onForgetEntries: () => void;
  onStarted: (view: BatchView) => void;
  onWentOn: (batch: DraftBatch) => void;
  onOpen: (batch: DraftBatch, head: Head) => void;
}

function Page({ counts, measures, ...props }: PageProps): React.JSX.Element {
  const { overview, facets } = React.useSyncExternalStore(counts.subscribe, counts.get);
  const ranking = React.useSyncExternalStore(measures.subscribe, measures.get);
  return (
    <BatchesView
      {...props}
      ranking={ranking}
      onRankingWanted={() => measures.want()}
      onRankingRetry={() => measures.changed()}
      overview={overview}
      facets={facets}
      onMoreFilters={shown => counts.setFacetsWanted(shown)}
    />
  );
}
