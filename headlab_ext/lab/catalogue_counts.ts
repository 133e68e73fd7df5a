import type { CatalogueOverview, Facets } from '../contract/records';
import { messageOf } from '../views/problems';
import { Store } from './store';

export interface CountsSource {
  overview(): Promise<CatalogueOverview>;
  facets(): Promise<Facets>;
}

export interface CountsState {
  overview: CatalogueOverview | null;
  /** What filters can choose from; asked for only while they are shown. */
  facets: Facets | null;
  problem: string | null;
}

/** Counts over the whole catalogue, which no filter changes; up to date while they are shown. */
export class CatalogueCounts extends Store<CountsState> {
  private visible = false;
  private dirty = true;
  private facetsWanted = false;
  private loading = false;

  constructor(private readonly source: CountsSource) {
    super({ overview: null, facets: null, problem: null });
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.look();
  }

  /** Whether the filters that choose are in view. */
  setFacetsWanted(wanted: boolean): void {
    this.facetsWanted = wanted;
    if (wanted) {
      this.dirty = true;
      this.look();
    }
  }

  /** Know them from now on, if they are not known yet. */
  wantFacets(): void {
    if (!this.facetsWanted) {
      this.setFacetsWanted(true);
    }
  }

  /** Entries changed somewhere, or the last answer was an error. */
  changed(): void {
    this.dirty = true;
    this.look();
  }

  private look(): void {
    if (this.visible && this.dirty && !this.loading) {
      void this.load();
    }
  }

  private async load(): Promise<void> {
    this.dirty = false;
    this.loading = true;
    try {
      const [overview, facets] = await Promise.all([
        this.source.overview(),
        this.facetsWanted ? this.source.facets() : this.get().facets
      ]);
      this.put({ overview, facets, problem: null });
    } catch (error) {
      this.put({ problem: messageOf(error) });
    } finally {
      this.loading = false;
    }
    this.look();
  }
}
