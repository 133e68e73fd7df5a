import type { FilterToSave, SavedFilter } from '../contract/records';
import { messageOf } from '../views/problems';
import { Store } from './store';

export interface SavedSource {
  filters(): Promise<SavedFilter[]>;
  saveFilter(name: string, filter: FilterToSave): Promise<SavedFilter>;
  forgetFilter(name: string): Promise<SavedFilter[]>;
}

export interface SavedState {
  /** Null until they were asked for. */
  filters: SavedFilter[] | null;
  busy: boolean;
  problem: string | null;
}

/** The searches that have a name; asked for when they are looked at. */
export class SavedFilters extends Store<SavedState> {
  constructor(private readonly source: SavedSource) {
    super({ filters: null, busy: false, problem: null });
  }

  load(): Promise<void> {
    return this.ask(() => this.source.filters());
  }

  /** An older one of the same name is replaced. */
  save(name: string, filter: FilterToSave): Promise<void> {
    return this.ask(async () => {
      await this.source.saveFilter(name, filter);
      return this.source.filters();
    });
  }

  forget(name: string): Promise<void> {
    return this.ask(() => this.source.forgetFilter(name));
  }

  private async ask(question: () => Promise<SavedFilter[]>): Promise<void> {
    if (this.get().busy) {
      return;
    }
    this.put({ busy: true, problem: null });
    try {
      this.put({ filters: await question() });
    } catch (error) {
      this.put({ problem: messageOf(error) });
    } finally {
      this.put({ busy: false });
    }
  }
}
