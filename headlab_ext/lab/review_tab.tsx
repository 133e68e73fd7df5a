import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { ModelCount, QueueItem } from '../contract/records';
import type { TypingApi } from '../views/api';
import { firstPlace } from '../views/review_queue/first_place';
import { CommandLine, type KeyLabels, type QueueCommand } from '../views/review_queue/queue_keys';
import { QueueView } from '../views/review_queue/queue_view';
import type { RoundApi } from '../views/review_queue/round_panel';
import type { Changes } from './changes';
import { headlabIcon } from './icon';
import { PlacedReview, type PlacedState } from './placed_review';
import type { RestApi } from './rest';
import type { Reviewing } from './review_commands';
import type { KeptReviews, KeptReview } from './review_kept';
import { KeyPress } from './review_press';
import { ShownWidget } from './shown_widget';

const NAME = 'Review heads';

/** The keys in force, which the settings can change while the queue is open. */
export interface LiveKeys {
  get(): KeyLabels;
  subscribe(listener: () => void): () => void;
}

export interface ReviewTabOptions {
  rest: RestApi;
  changes: Changes;
  typing: TypingApi;
  keys: LiveKeys;
  keeper: KeptReviews;
  kept: KeptReview;
  onEntry: (item: QueueItem) => void;
  onCatalogue: () => void;
}

/** The review queue in the main area. */
export class ReviewTab extends MainAreaWidget<ReviewPage> implements Reviewing {
  constructor(options: ReviewTabOptions) {
    super({ content: new ReviewPage(options) });
    this.id = 'headlab-review-queue';
    this.title.icon = headlabIcon;
    this.title.closable = true;
    this.title.label = NAME;
    this.title.caption = 'Judge drafts of heads one after another';
  }

  takePress(): boolean {
    return this.content.press.take();
  }

  send(command: QueueCommand): void {
    this.content.commands.send(command);
  }
}

class ReviewPage extends ShownWidget {
  readonly commands = new CommandLine();
  readonly press = new KeyPress();
  private readonly review: PlacedReview<RestApi>;
  private readonly stopListening: () => void;

  constructor(private readonly options: ReviewTabOptions) {
    super();
    this.addClass('hl-Host');
    this.addClass('hl-ReviewQueue');
    this.node.tabIndex = -1;
    const { rest, typing, keeper, kept, changes } = options;
    this.review = new PlacedReview(rest, typing, keeper, kept);
    this.stopListening = this.review.subscribe(() => this.onMoved());
    changes.catalogue.connect(this.onChange, this);
    changes.settings.connect(this.onSettings, this);
    window.addEventListener('keydown', this.press, true);
  }

  override dispose(): void {
    window.removeEventListener('keydown', this.press, true);
    this.stopListening();
    this.options.changes.catalogue.disconnect(this.onChange, this);
    this.options.changes.settings.disconnect(this.onSettings, this);
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    const placed = this.review.get();
    return (
      <Page key={placed.place} placed={placed} commands={this.commands} options={this.options} />
    );
  }

  protected override onShown(shown: boolean): void {
    this.review.setVisible(shown);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      (firstPlace(this.node) ?? this.node).focus({ preventScroll: true });
    }
  }

  private onChange(): void {
    this.review.changed();
  }

  private onSettings(): void {
    this.review.settingsChanged();
  }

  /** Everything on the page is replaced, so the keyboard is put where it does not go away. */
  private onMoved(): void {
    if (this.node.contains(document.activeElement)) {
      this.node.focus({ preventScroll: true });
    }
    this.update();
  }
}

function Page(props: {
  placed: PlacedState<RestApi>;
  commands: CommandLine;
  options: ReviewTabOptions;
}): React.JSX.Element {
  const { placed, commands, options } = props;
  const { model, server: rest } = placed;
  const { typing, keys, onEntry, onCatalogue } = options;
  const state = React.useSyncExternalStore(model.subscribe, model.get);
  const labels = React.useSyncExternalStore(keys.subscribe, keys.get);
  const models = useModels(rest, state.choice.mode === 'decide');
  const world = React.useMemo(
    () => ({
      actions: {
        choose: model.choose.bind(model),
        judge: model.judge.bind(model),
        skip: model.skip.bind(model),
        takeSkipped: model.takeSkipped.bind(model),
        undo: model.undo.bind(model),
        redo: model.redo.bind(model),
        showVotes: () => void model.showVotes(),
        take: model.take.bind(model),
        insist: model.insist.bind(model),
        open: model.open.bind(model),
        retry: model.retry.bind(model),
        refresh: model.refresh.bind(model)
      },
      round: roundOf(rest)
    }),
    [model, rest]
  );
  return (
    <QueueView
      state={state}
      keys={labels}
      models={models}
      commands={commands}
      api={rest}
      typing={typing}
      onEntry={onEntry}
      onCatalogue={onCatalogue}
      {...world}
    />
  );
}

function roundOf(rest: RestApi): RoundApi {
  return {
    agreement: (model, withOpen) =>
      rest.agreement({ model: model || undefined, with_open: withOpen }),
    assign: wanted => rest.assign(wanted),
    release: wanted => rest.release(wanted),
    mayAssign: () => rest.mayWrite(),
    async disagreements(model) {
      const page = await rest.queue({ order: 'uncertain', mine: false, model: model || undefined });
      return page.items.filter(item => item.n_votes > 1 && item.reasons.includes(DISAGREE));
    }
  };
}

/** As the queue words it. */
const DISAGREE = 'reviewers disagree';

/** The models to choose from; asked for only where they may be known. */
function useModels(rest: RestApi, wanted: boolean): readonly ModelCount[] {
  const [models, setModels] = React.useState<readonly ModelCount[]>([]);
  React.useEffect(() => {
    let current = wanted;
    if (wanted) {
      rest.overview().then(
        overview => current && setModels(overview.models),
        () => undefined
      );
    }
    return () => {
      current = false;
    };
  }, [rest, wanted]);
  return models;
}
