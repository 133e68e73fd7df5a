import type {
  CatalogueComparison,
  CatalogueOverview,
  Entry,
  Head,
  ModelCount
} from '../contract/records';
import { messageOf } from '../views/problems';
import { Store } from './store';

export interface ModelsSource {
  overview(): Promise<CatalogueOverview>;
  compare(first: string, second: string): Promise<CatalogueComparison>;
  find(fingerprint: string, head: Head): Promise<Entry>;
}

/** Two models by fingerprint; "" for one that is not chosen. */
export interface ModelPair {
  first: string;
  second: string;
}

export interface CompareModelsState {
  models: ModelCount[] | null;
  pair: ModelPair;
  /** The answer, and which pair it is about; null until a person has asked. */
  compared: (ModelPair & { comparison: CatalogueComparison }) | null;
  /** Whether the catalogue has changed since. */
  stale: boolean;
  loading: boolean;
  problem: string | null;
}

/** Two models of the catalogue side by side, computed when a person asks for it. */
export class CompareModelsModel extends Store<CompareModelsState> {
  private visible = false;
  private dirty = true;
  private asked = 0;
  /** A comparison that is to be made as soon as someone can see it. */
  private wanted: boolean;

  constructor(
    private readonly source: ModelsSource,
    pair: ModelPair
  ) {
    super({ models: null, pair, compared: null, stale: false, loading: false, problem: null });
    this.wanted = pair.first !== '' && pair.second !== '';
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.dirty) {
      void this.readModels();
    }
    if (visible && this.wanted) {
      void this.compare();
    }
  }

  /** Entries changed somewhere. */
  changed(): void {
    this.dirty = true;
    this.put({ stale: this.get().compared !== null });
    if (this.visible) {
      void this.readModels();
    }
  }

  choose(change: Partial<ModelPair>): void {
    this.put({ pair: { ...this.get().pair, ...change } });
  }

  retry(): void {
    void (this.get().models === null ? this.readModels() : this.compare());
  }

  async compare(): Promise<void> {
    const { pair } = this.get();
    const asked = ++this.asked;
    this.wanted = false;
    this.put({ loading: true, problem: null });
    try {
      const comparison = await this.source.compare(pair.first, pair.second);
      if (asked === this.asked) {
        this.put({ compared: { ...pair, comparison }, stale: false, loading: false });
      }
    } catch (error) {
      if (asked === this.asked) {
        this.put({ problem: messageOf(error), loading: false });
      }
    }
  }

  /** The entries of two heads: the first of the first model that was compared, the second alike. */
  async entries(first: Head, second: Head): Promise<Entry[] | null> {
    const { compared } = this.get();
    if (!compared) {
      return null;
    }
    try {
      return await Promise.all([
        this.source.find(compared.first, first),
        this.source.find(compared.second, second)
      ]);
    } catch (error) {
      this.put({ problem: messageOf(error) });
      return null;
    }
  }

  private async readModels(): Promise<void> {
    this.dirty = false;
    try {
      const { models } = await this.source.overview();
      const { pair } = this.get();
      const known = (fingerprint: string) => models.some(one => one.fingerprint === fingerprint);
      const first = known(pair.first) ? pair.first : (models[0]?.fingerprint ?? '');
      const other = models.find(one => one.fingerprint !== first);
      const second = known(pair.second) ? pair.second : (other?.fingerprint ?? '');
      const problem = this.get().models === null ? null : this.get().problem;
      this.put({ models, pair: { first, second }, problem });
    } catch (error) {
      this.dirty = true;
      this.put({ problem: messageOf(error) });
    }
  }
}
