import { SORTS, type Entry, type EntryPage, type Head } from '../contract/records';
import { isFiltered, NO_FILTERS, toSearch, TYPED } from '../views/catalogue_query';
import type { CatalogueFilters, FilterName } from '../views/catalogue_query';
import { messageOf } from '../views/problems';
import {
  indexOf,
  inPlace,
  isHead,
  nearest,
  PAGE,
  pagesOf,
  rowAt,
  withEntry
} from './catalogue_rows';
import type { News, Pages } from './catalogue_rows';
import { loosenings, type Loosening } from './loosenings';
import type { EntryQuery } from './rest';
import { Store } from './store';

const TYPING_PAUSE = 120;
/** How long a row that changed elsewhere is marked. */
const MARK = 1000;
/** How many pages are fetched to find a head that another view selected. */
const PAGES_SEARCHED = 10;
/** How many pages are kept; those far from what is in view are dropped. */
const PAGES_KEPT = 12;

export interface CatalogueSource {
  entries(query: EntryQuery): Promise<EntryPage>;
}

/** The order of a list; without a sort the best matches of a search, else model and head. */
export type Order = Pick<EntryQuery, 'sort' | 'descending'>;

export function readOrder(found: unknown): Order {
  const { sort, descending } = (found ?? {}) as Partial<Record<keyof Order, unknown>>;
  const known = SORTS.find(one => one === sort);
  return known ? { sort: known, descending: descending === true } : {};
}

export interface CatalogueState {
  /** As the fields show them; the rows follow after a pause in typing. */
  filters: CatalogueFilters;
  order: Order;
  /** Counts the lists shown so far: other filters give another list, which starts at its top. */
  listing: number;
  /** Where the catalogue is that the rows are of: their numbers mean nothing elsewhere. */
  place: string | null;
  /** How many entries match; null until the first answer. */
  total: number | null;
  pages: Pages;
  loading: boolean;
  problem: string | null;
  /** For an empty list: which filter keeps entries out. */
  loosenings: Loosening[];
  /** The row with the tab stop. It stays with its entry when rows come and go. */
  active: { index: number; id: number | null };
  /** The rows that changed a moment ago, in a steady list. */
  changed: ReadonlySet<number>;
  /** What a steady list does not show yet. */
  news: News | null;
}

/**
 * The entries that pass the filters, fetched around what is in view, only while it is shown.
 *
 * In a steady list rows that changed elsewhere change where they are; new ones wait for `show`.
 */
export class CatalogueModel extends Store<CatalogueState> {
  private generation = 0;
  private reloading = false;
  private again = false;
  private dirty = true;
  private visible = false;
  private fetching = false;
  private typing = 0;
  private marking = 0;
  private inView: [first: number, last: number] = [0, 0];
  private sought: { fingerprint: string; head: Head } | null = null;

  constructor(
    private readonly source: CatalogueSource,
    private readonly steady = false
  ) {
    super({
      filters: NO_FILTERS,
      order: {},
      listing: 0,
      place: null,
      total: null,
      pages: new Map(),
      loading: false,
      problem: null,
      loosenings: [],
      active: { index: 0, id: null },
      changed: new Set(),
      news: null
    });
  }

  /** What to start with, before anything was asked for. */
  restore(filters: CatalogueFilters, order: Order = {}): void {
    this.put({ filters, order });
  }

  /** Whether anyone can see the list; a hidden one asks for nothing. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.dirty) {
      void this.reload();
    } else if (visible) {
      void this.fetchInView();
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

  /** Take over what a steady list does not show yet. */
  show(): void {
    this.put({ news: null });
    void this.reload(false);
  }

  setFilters(change: Partial<CatalogueFilters>): void {
    const filters = { ...this.get().filters, ...change };
    this.put({ filters });
    clearTimeout(this.typing);
    const typed = (Object.keys(change) as FilterName[]).every(name => TYPED.includes(name));
    this.typing = window.setTimeout(() => this.startOver(), typed ? TYPING_PAUSE : 0);
  }

  setOrder(order: Order): void {
    this.put({ order });
    this.startOver();
  }

  /** Rows `first` to `last` are in view. */
  need(first: number, last: number): void {
    this.inView = [first, last];
    void this.fetchInView();
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

  /** What the list is asked for, but for the part of it. */
  search(): EntryQuery {
    const { text, filters } = toSearch(this.get().filters);
    return { ...filters, ...this.get().order, text };
  }

  private startOver(): void {
    this.inView = [0, 0];
    this.put({ active: { index: 0, id: null }, listing: this.get().listing + 1, news: null });
    void this.reload(false);
  }

  private query(page: number): EntryQuery {
    return { ...this.search(), limit: PAGE, offset: page * PAGE };
  }

  private async reload(steady = this.steady): Promise<void> {
    const generation = ++this.generation;
    this.dirty = false;
    this.again = false;
    this.reloading = true;
    this.put({ loading: true });
    const numbers = pagesOf(...this.inView);
    try {
      const found = await Promise.all(numbers.map(page => this.source.entries(this.query(page))));
      if (generation !== this.generation) {
        return;
      }
      if (this.moves(found[0].place)) {
        this.startOver();
        return;
      }
      const pages: Pages = new Map(numbers.map((page, at) => [page, found[at].entries]));
      this.receive(pages, found[0].total, steady);
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
      void this.fetchInView();
      await this.seek();
    }
  }

  /** Whether the answer is of another catalogue than the rows; these are then let go of. */
  private moves(place: string): boolean {
    const before = this.get().place;
    if (place === before) {
      return false;
    }
    this.put(before === null ? { place } : { place, pages: new Map(), total: null });
    return before !== null;
  }

  private receive(pages: Pages, total: number, steady: boolean): void {
    const { total: before, pages: shown } = this.get();
    const merged =
      steady && before
        ? inPlace({ pages: shown, total: before }, { pages, total })
        : { pages, total, changed: new Set<number>(), news: null };
    this.put({ ...merged, problem: null, loosenings: [] });
    clearTimeout(this.marking);
    if (merged.changed.size > 0) {
      this.marking = window.setTimeout(() => this.put({ changed: new Set() }), MARK);
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

  /** Fetch what is in view and not here, then look again: what was scrolled past is not asked for. */
  private async fetchInView(): Promise<void> {
    if (this.fetching) {
      return;
    }
    this.fetching = true;
    try {
      for (;;) {
        const { pages, total, news } = this.get();
        const missing = pagesOf(...this.inView).filter(page => !pages.has(page));
        if (missing.length === 0 || total === null || this.reloading || !this.visible) {
          return;
        }
        if (news) {
          this.show(); // places in the list as it is are not those on the screen
          return;
        }
        const done = await Promise.all(missing.map(page => this.fetchPage(page)));
        if (done.includes(false)) {
          return;
        }
      }
    } finally {
      this.fetching = false;
    }
  }

  /** Whether the page is here now, or is not wanted any more. */
  private async fetchPage(page: number): Promise<boolean> {
    const { generation } = this;
    try {
      const found = await this.source.entries(this.query(page));
      if (generation === this.generation) {
        if (this.moves(found.place)) {
          this.startOver();
          return false;
        }
        const pages = new Map(this.get().pages).set(page, found.entries);
        const kept = nearest(pages, ...this.inView, PAGES_KEPT);
        this.put({ pages: kept, total: found.total, problem: null });
      }
      return true;
    } catch (error) {
      if (generation === this.generation) {
        this.put({ problem: messageOf(error) });
      }
      return false;
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
        await this.fetchPage(page);
      }
      if (sought !== this.sought) {
        return;
      }
    }
    this.sought = null;
  }
}
