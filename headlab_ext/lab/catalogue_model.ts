import type { CatalogueOverview, Entry, EntryPage, Head } from '../contract/records';
import { isFiltered, NO_FILTERS, type CatalogueFilters } from '../views/catalogue_filters';
import { messageOf } from '../views/problems';
import { indexOf, isHead, PAGE, type Pages, pagesOf, rowAt, withEntry } from './catalogue_rows';
import { loosenings, type Loosening } from './loosenings';
import type { EntryQuery } from './rest';
import { Store } from './store';

const TYPING_PAUSE = 120;
/** How many pages are fetched to find a head that another view selected. */
const PAGES_SEARCHED = 10;

export interface CatalogueSource {
  overview(): Promise<CatalogueOverview>;
  entries(query: EntryQuery): Promise<EntryPage>;
}

export interface CatalogueState {
  /** As the fields show them; the rows follow after a pause in typing. */
  filters: CatalogueFilters;
  /** Counts the lists shown so far: other filters give another list, which starts at its top. */
  listing: number;
  overview: CatalogueOverview | null;
  /** How many entries match; null until the first answer. */
  total: number | null;
  pages: Pages;
  loading: boolean;
  problem: string | null;
  /** For an empty list: which filter keeps entries out. */
  loosenings: Loosening[];
  /** The row with the tab stop. It stays with its entry when rows come and go. */
  active: { index: number; id: number | null };
}

/** The entries that pass the filters, fetched around what is in view, only while it is shown. */
export class CatalogueModel extends Store<CatalogueState> {
  private generation = 0;
  private reloading = false;
  private again = false;
  private dirty = true;
  private visible = false;
  private typing = 0;
  private inView: [first: number, last: number] = [0, 0];
  private wanted = new Set<number>();
  private sought: { fingerprint: string; head: Head } | null = null;

  constructor(private readonly source: CatalogueSource) {
    super({
      filters: NO_FILTERS,
      listing: 0,
      overview: null,
      total: null,
      pages: new Map(),
      loading: false,
      problem: null,
      loosenings: [],
      active: { index: 0, id: null }
    });
  }

  /** The filters to start with, before anything was asked for. */
  restore(filters: CatalogueFilters): void {
    this.put({ filters });
  }

  /** Whether anyone can see the list; a hidden one asks for nothing. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.dirty) {
      void this.reload();
    } else if (visible) {
      void this.seek();
    }
  }

  /** Entries changed somewhere. */
  changed(): void {
    if (!this.visible) {
      this.dirty = true;
    } else if (this.reloading) {
      this.again = true;
    } else {
      void this.reload();
    }
  }

  retry(): void {
    void this.reload();
  }

  setFilters(change: Partial<CatalogueFilters>): void {
    const filters = { ...this.get().filters, ...change };
    this.put({ filters });
    clearTimeout(this.typing);
    this.typing = window.setTimeout(
      () => {
        this.inView = [0, 0];
        this.put({ active: { index: 0, id: null }, listing: this.get().listing + 1 });
        void this.reload();
      },
      change.text === undefined ? 0 : TYPING_PAUSE
    );
  }

  /** Rows `first` to `last` are in view. */
  need(first: number, last: number): void {
    this.inView = [first, last];
    const missing = pagesOf(first, last).filter(page => !this.get().pages.has(page));
    if (this.get().total !== null && !this.reloading) {
      void Promise.all(missing.map(page => this.fetchMore(page)));
    }
  }

  setActive(index: number): void {
    const { total, pages } = this.get();
    const last = Math.max(0, (total ?? 1) - 1);
    const at = Math.min(last, Math.max(0, index));
    this.put({ active: { index: at, id: rowAt(pages, at)?.id ?? null } });
  }

  /** Another view selected this head: its row becomes the active one, if the list has it. */
  select(fingerprint: string, head: Head): void {
    this.sought = { fingerprint, head };
    if (this.visible) {
      void this.seek();
    }
  }

  /** An entry as it is now, in place; the order stays until the next reload. */
  take(entry: Entry): void {
    this.put({ pages: withEntry(this.get().pages, entry) });
  }

  private query(page: number): EntryQuery {
    return { ...this.get().filters, limit: PAGE, offset: page * PAGE };
  }

  private async reload(): Promise<void> {
    const generation = ++this.generation;
    this.dirty = false;
    this.again = false;
    this.reloading = true;
    this.wanted.clear();
    this.put({ loading: true });
    const numbers = pagesOf(...this.inView);
    try {
      const [overview, ...found] = await Promise.all([
        this.source.overview(),
        ...numbers.map(page => this.source.entries(this.query(page)))
      ]);
      if (generation !== this.generation) {
        return;
      }
      const pages: Pages = new Map(numbers.map((page, at) => [page, found[at].entries]));
      this.put({ overview, total: found[0].total, pages, problem: null, loosenings: [] });
      this.followActive();
      await this.explainEmptiness(generation);
    } catch (error) {
      if (generation === this.generation) {
        this.dirty = true;
        this.put({ problem: messageOf(error) });
      }
    } finally {
      if (generation === this.generation) {
        this.reloading = false;
        this.put({ loading: false });
      }
    }
    if (generation === this.generation && this.again) {
      this.changed();
    } else if (generation === this.generation) {
      this.need(...this.inView);
      await this.seek();
    }
  }

  private async explainEmptiness(generation: number): Promise<void> {
    const { total, filters } = this.get();
    if (total !== 0 || !isFiltered(filters)) {
      return;
    }
    const found = await loosenings(filters, query => this.source.entries(query));
    if (generation === this.generation) {
      this.put({ loosenings: found });
    }
  }

  private async fetchMore(page: number): Promise<void> {
    const { generation } = this;
    if (this.wanted.has(page) || !this.visible) {
      return;
    }
    this.wanted.add(page);
    try {
      const found = await this.source.entries(this.query(page));
      if (generation === this.generation) {
        const pages = new Map(this.get().pages).set(page, found.entries);
        this.put({ pages, total: found.total, problem: null });
      }
    } catch (error) {
      if (generation === this.generation) {
        this.put({ problem: messageOf(error) });
      }
    } finally {
      if (generation === this.generation) {
        this.wanted.delete(page);
      }
    }
  }

  /** Keep the tab stop on its entry, else near where it was. */
  private followActive(): void {
    const { active, pages } = this.get();
    const moved = active.id === null ? null : indexOf(pages, row => row.id === active.id);
    this.setActive(moved ?? active.index);
  }

  private async seek(): Promise<void> {
    const { sought } = this;
    if (!sought || this.get().total === null || this.reloading) {
      return;
    }
    const fits = isHead(sought.fingerprint, sought.head);
    for (let page = 0; page < PAGES_SEARCHED; page++) {
      const found = indexOf(this.get().pages, fits);
      if (found !== null) {
        this.sought = null;
        this.setActive(found);
        return;
      }
      if (page * PAGE >= (this.get().total ?? 0)) {
        break;
      }
      if (!this.get().pages.has(page)) {
        await this.fetchMore(page);
      }
      if (sought !== this.sought) {
        return;
      }
    }
    this.sought = null;
  }
}
