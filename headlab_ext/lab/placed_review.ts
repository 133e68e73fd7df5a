import type { TypingApi } from '../views/api';
import { formatCount } from '../views/numbers';
import { CataloguePlace } from './catalogue_place';
import type { RestApi } from './rest';
import type { KeptReview, KeptReviews } from './review_kept';
import { ReviewModel } from './review_model';
import type { ReviewServer } from './review_screen';
import { Store } from './store';

/** A server of which one catalogue can be asked for, and no other. */
export interface PlacedServer<Server> extends Pick<RestApi, 'settings'> {
  at(place: string): Server;
}

export interface PlacedState<Server> {
  place: string;
  /** Refuses what is asked of a catalogue elsewhere. */
  server: Server;
  model: ReviewModel;
}

/** The review of the catalogue in force. When that moves, nothing of the one before is taken along. */
export class PlacedReview<Server extends ReviewServer> extends Store<PlacedState<Server>> {
  private readonly where: CataloguePlace;
  private visible = false;

  constructor(
    private readonly rest: PlacedServer<Server>,
    private readonly typing: TypingApi,
    private readonly keeper: Pick<KeptReviews, 'keep'>,
    kept: KeptReview,
    private readonly now?: () => number
  ) {
    const server = rest.at(kept.place);
    super({ place: kept.place, server, model: new ReviewModel(server, typing, kept, now) });
    this.where = new CataloguePlace(rest, kept.place, place => this.moveTo(place));
    this.keep();
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.where.setVisible(visible);
    this.get().model.setVisible(visible);
  }

  /** Entries changed somewhere. */
  changed(): void {
    this.get().model.changed();
  }

  settingsChanged(): void {
    this.where.changed();
  }

  private moveTo(place: string): void {
    const before = this.get().model;
    const { choice, saving } = before.get();
    before.setVisible(false);
    const server = this.rest.at(place);
    const kept = { choice: { ...choice, model: '' }, done: [], said: movedWords(saving) };
    const model = new ReviewModel(server, this.typing, kept, this.now);
    this.put({ place, server, model });
    this.keep();
    model.setVisible(this.visible);
  }

  /** Keep what is judged in the model of now; one before is not listened to any more. */
  private keep(): void {
    const { model, place } = this.get();
    model.subscribe(() => {
      if (this.get().model === model) {
        const { choice, done } = model.get();
        this.keeper.keep({ choice, done, place });
      }
    });
  }
}

function movedWords(saving: number): string {
  const said = 'The catalogue is at another place now; this is the queue there.';
  const what = saving === 1 ? 'A judgement' : `${formatCount(saving)} judgements`;
  return saving === 0 ? said : `${said} ${what} for the one before may not have been stored.`;
}
