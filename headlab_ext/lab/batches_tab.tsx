import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { BatchView, BatchWish, DraftBatch, Head } from '../contract/records';
import type { BatchPlanner } from '../views/batch_api';
import { LiveBatches } from '../views/batch_live';
import { BatchesView } from '../views/batches_view';
import { CatalogueCounts } from './catalogue_counts';
import type { Changes } from './changes';
import { headlabIcon } from './icon';
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
    this.content.live.choose(batch);
  }

  /** Begin a new batch of these entries. */
  draft(entryIds: number[]): void {
    this.content.chooseEntries(entryIds);
    this.content.live.choose(null);
  }
}

/** While it is hidden it asks for nothing. */
export class BatchesPage extends ShownWidget {
  readonly live: LiveBatches;
  private readonly counts: CatalogueCounts;
  private readonly planner: BatchPlanner<BatchWish>;
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
    this.planner = {
      plan: wish => rest.planBatch(wish),
      start: (wish, cap) => rest.startBatch({ ...wish, cap })
    };
    this.stopFollowing = this.live.subscribe(() => this.look());
    changes.catalogue.connect(this.onChange, this);
    changes.settings.connect(this.onChange, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.options.changes.catalogue.disconnect(this.onChange, this);
      this.options.changes.settings.disconnect(this.onChange, this);
      this.stopFollowing();
      this.live.dispose();
    }
    super.dispose();
  }

  chooseEntries(entryIds: number[]): void {
    this.entryIds = entryIds;
    this.update();
  }

  protected override onShown(shown: boolean): void {
    this.live.setVisible(shown);
    // only the form of a new batch needs them
    this.counts.setVisible(shown && this.live.get().chosen === null);
  }

  protected override render(): React.JSX.Element {
    return (
      <Page
        live={this.live}
        counts={this.counts}
        planner={this.planner}
        entryIds={this.entryIds}
        onForgetEntries={() => this.chooseEntries([])}
        onStarted={view => {
          this.chooseEntries([]);
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

  private onChange(): void {
    this.live.changed();
    this.counts.changed();
  }
}

interface PageProps {
  live: LiveBatches;
  counts: CatalogueCounts;
  planner: BatchPlanner<BatchWish>;
  entryIds: readonly number[];
  onForgetEntries: () => void;
  onStarted: (view: BatchView) => void;
  onWentOn: (batch: DraftBatch) => void;
  onOpen: (batch: DraftBatch, head: Head) => void;
}

function Page({ counts, ...props }: PageProps): React.JSX.Element {
  const { overview, facets } = React.useSyncExternalStore(counts.subscribe, counts.get);
  return (
    <BatchesView
      {...props}
      overview={overview}
      facets={facets}
      onMoreFilters={shown => counts.setFacetsWanted(shown)}
    />
  );
}
