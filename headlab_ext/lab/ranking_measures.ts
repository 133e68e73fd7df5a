import type { Measure } from '../contract/records';
import type { RankingMeasures } from '../views/batch_measure';
import { messageOf } from '../views/problems';
import { Store } from './store';

export interface MeasuresSource {
  measures(): Promise<Measure[]>;
}

/** What heads of the catalogue can be ranked by; read once it is wanted, and anew while that is shown. */
export class StoredMeasures extends Store<RankingMeasures> {
  private visible = false;
  private wanted = false;
  private dirty = true;
  private loading = false;

  constructor(private readonly source: MeasuresSource) {
    super({ measures: null, problem: null });
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.look();
  }

  want(): void {
    this.wanted = true;
    this.look();
  }

  /** Entries changed somewhere, or the last answer was an error. */
  changed(): void {
    this.dirty = true;
    this.look();
  }

  private look(): void {
    if (this.visible && this.wanted && this.dirty && !this.loading) {
      void this.load();
    }
  }

  private async load(): Promise<void> {
    this.dirty = false;
    this.loading = true;
    try {
      this.put({ measures: await this.source.measures(), problem: null });
    } catch (error) {
      this.put({ problem: messageOf(error) });
    } finally {
      this.loading = false;
    }
    this.look();
  }
}
