import type { EntryPage, EntrySummary } from '../contract/records';
import { formatCount } from '../views/numbers';
import { messageOf } from '../views/problems';
import type { EntryQuery } from './rest';
import { Store } from './store';

/** More than this many entries cannot be selected at once. */
export const MOST_SELECTED = 5000;
const MOST_AT_ONCE = 1000;

/** The list that is selected from. */
export interface Selectable {
  search(): EntryQuery;
  /** The entry at a place; null while it is not here. */
  row(index: number): EntrySummary | null;
  total(): number;
}

export interface SelectionState {
  ids: ReadonlySet<number>;
  busy: boolean;
  problem: string | null;
}

/** The entries that are selected in a long list, of which only parts are here. */
export class TableSelection extends Store<SelectionState> {
  private readonly rows = new Map<number, EntrySummary>();
  /** The range that is being extended: it replaces itself while it grows and shrinks. */
  private range = { anchor: -1, end: -1, base: new Set<number>() as ReadonlySet<number> };
  private asked = 0;
  private at = '';

  constructor(
    private readonly list: Selectable,
    private readonly source: { entries(query: EntryQuery): Promise<EntryPage> }
  ) {
    super({ ids: new Set(), busy: false, problem: null });
  }

  /** Where the catalogue is that the entries are selected in. */
  get place(): string {
    return this.at;
  }

  restore(ids: readonly number[], place: string): void {
    this.at = place;
    this.put({ ids: new Set(ids.slice(0, MOST_SELECTED)) });
  }

  /** A selected entry as it was when it was selected; null for one of an earlier page load. */
  row(id: number): EntrySummary | null {
    return this.rows.get(id) ?? null;
  }

  /** Whether the entries are known to be of more than one model. */
  get severalModels(): boolean {
    const models = [...this.get().ids].map(id => this.rows.get(id)?.model_fingerprint);
    return new Set(models.filter(Boolean)).size > 1;
  }

  toggle(index: number): void {
    const row = this.list.row(index);
    if (!row) {
      return;
    }
    const ids = new Set(this.get().ids);
    if (!ids.delete(row.id)) {
      ids.add(row.id);
    }
    this.rows.set(row.id, row);
    this.range = { anchor: index, end: index, base: ids };
    this.put({ ids, problem: null });
  }

  /** Select all rows between two, the first of which may be the end of the last such range. */
  async extend(from: number, to: number): Promise<void> {
    if (this.range.end !== from) {
      this.range = { anchor: from, end: from, base: this.get().ids };
    }
    this.range.end = to;
    const { anchor, base } = this.range;
    const found = await this.between(Math.min(anchor, to), Math.max(anchor, to));
    if (found) {
      this.add(base, found);
    }
  }

  /** Select everything that the list finds. */
  async all(): Promise<void> {
    const found = await this.between(0, this.list.total() - 1);
    if (found) {
      this.add(new Set(), found);
    }
  }

  /** The list is that of a catalogue at `place`; returns whether it was another one before. */
  moveTo(place: string): boolean {
    if (place === this.at) {
      return false;
    }
    this.at = place;
    this.rows.clear();
    this.clear();
    return true;
  }

  clear(): void {
    this.asked++;
    this.range = { anchor: -1, end: -1, base: new Set() };
    this.put({ ids: new Set(), busy: false, problem: null });
  }

  private add(base: ReadonlySet<number>, rows: readonly EntrySummary[]): void {
    rows.forEach(row => this.rows.set(row.id, row));
    this.put({ ids: new Set([...base, ...rows.map(row => row.id)]) });
  }

  /** Rows `first` to `last`, null when they are too many, out of reach, or not wanted any more. */
  private async between(first: number, last: number): Promise<EntrySummary[] | null> {
    const asked = ++this.asked;
    const count = last - first + 1;
    if (count > MOST_SELECTED) {
      this.put({
        problem:
          `${formatCount(count)} entries are too many to select at once. ` +
          `Narrow the list to at most ${formatCount(MOST_SELECTED)}.`
      });
      return null;
    }
    const here = Array.from({ length: count }, (_, step) => this.list.row(first + step));
    if (here.every(row => row !== null)) {
      this.put({ problem: null, busy: false });
      return here;
    }
    this.put({ busy: true, problem: null });
    try {
      const found: EntrySummary[] = [];
      for (let offset = first; offset <= last; offset += MOST_AT_ONCE) {
        const limit = Math.min(MOST_AT_ONCE, last - offset + 1);
        const page = await this.source.entries({ ...this.list.search(), limit, offset });
        if (asked !== this.asked) {
          return null;
        }
        found.push(...page.entries);
      }
      this.put({ busy: false });
      return found;
    } catch (error) {
      if (asked === this.asked) {
        this.put({ busy: false, problem: messageOf(error) });
      }
      return null;
    }
  }
}
