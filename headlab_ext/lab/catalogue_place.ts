import type { RestApi } from './rest';

/**
 * Follows where the catalogue is: what is known of one by number means nothing in another.
 *
 * Asked only while it is looked at, and after the settings changed.
 */
export class CataloguePlace {
  private visible = false;
  private dirty: boolean;
  private asked = 0;

  /** `at` is where the view begins; null: wherever the catalogue is when it is first asked for. */
  constructor(
    private readonly source: Pick<RestApi, 'settings'>,
    private at: string | null,
    private readonly onMove: (place: string) => void
  ) {
    this.dirty = at === null;
  }

  /** Null until it is known. */
  get place(): string | null {
    return this.at;
  }

  setVisible(visible: boolean): void {
    if (visible !== this.visible) {
      this.visible = visible;
      this.look();
    }
  }

  /** The settings changed. */
  changed(): void {
    this.dirty = true;
    this.look();
  }

  /** Begin again wherever the catalogue is now, which is no move. */
  beginHere(): void {
    this.at = null;
    this.changed();
  }

  private look(): void {
    if (this.visible && this.dirty) {
      void this.ask();
    }
  }

  private async ask(): Promise<void> {
    const asked = ++this.asked;
    this.dirty = false;
    try {
      const { catalogue_place: place } = await this.source.settings();
      if (asked === this.asked && place !== '' && place !== this.at) {
        const before = this.at;
        this.at = place;
        if (before !== null) {
          this.onMove(place);
        }
      }
    } catch {
      this.dirty = true; // asked again at the next change, or when it is next looked at
    }
  }
}
