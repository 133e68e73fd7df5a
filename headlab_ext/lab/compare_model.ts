import { headName } from '../views/heads';
import { MOST_COLUMNS, type CompareColumn } from '../views/compare/columns';
import { EntryModel, type EntryKey, type EntrySource } from './entry_model';
import { Store } from './store';

/** What a comparison is opened with again after a reload. */
export interface CompareKeys {
  entries: EntryKey[];
  /** The place of the baseline, null for none. */
  baseline: number | null;
}

export interface CompareState {
  columns: CompareColumn[];
  focused: number;
  /** Grows with every wish to have the focused column under the keyboard. */
  times: number;
  baseline: number | null;
  /** Whether anyone has seen it yet; before that nothing is asked for. */
  seen: boolean;
}

interface Member {
  key: number;
  model: EntryModel;
  stop: () => void;
}

/** Up to four entries side by side, each kept up to date while the comparison is shown. */
export class CompareModel extends Store<CompareState> {
  private members: Member[] = [];
  private next = 1;
  private visible = false;
  /** The column that the others are measured against, wherever it stands. */
  private base: number | null = null;

  constructor(
    private readonly source: EntrySource,
    kept: CompareKeys
  ) {
    super({ columns: [], focused: 0, times: 0, baseline: null, seen: false });
    kept.entries.slice(0, MOST_COLUMNS).forEach(key => this.join(key));
    this.base = this.members[kept.baseline ?? -1]?.key ?? null;
    this.show();
  }

  keys(): CompareKeys {
    return {
      entries: this.members.map(member => member.model.get().key),
      baseline: this.get().baseline
    };
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && !this.get().seen) {
      this.put({ seen: true });
    }
    this.members.forEach(member => member.model.setVisible(visible));
  }

  /** Entries changed somewhere. */
  changed(): void {
    this.members.forEach(member => member.model.changed());
  }

  retry(place: number): void {
    this.members[place]?.model.retry();
  }

  /** One more head at the end; one that is there already gets the focus instead. */
  add(key: EntryKey): void {
    const there = this.members.findIndex(({ model }) => sameEntry(model.get().key, key));
    if (there >= 0) {
      this.focus(there);
    } else if (this.members.length < MOST_COLUMNS) {
      this.join(key).model.setVisible(this.visible);
      this.show();
    }
  }

  /** The column that keys act on; `held`: the keyboard is to go to it. */
  focus(place: number, held = false): void {
    if (place >= 0 && place < this.members.length) {
      this.put({ focused: place, times: this.get().times + Number(held) });
    }
  }

  move(place: number, by: -1 | 1): void {
    const to = place + by;
    if (this.members[place] && this.members[to]) {
      const moved = [...this.members];
      [moved[place], moved[to]] = [moved[to], moved[place]];
      this.members = moved;
      this.show();
      this.focus(to, true);
    }
  }

  drop(place: number): void {
    const member = this.members[place];
    if (!member) {
      return;
    }
    member.stop();
    this.members = this.members.filter(one => one !== member);
    if (this.base === member.key) {
      this.base = null;
    }
    const { focused } = this.get();
    this.show();
    this.focus(Math.min(focused > place ? focused - 1 : focused, this.members.length - 1), true);
  }

  /** Measure against this column; against none if it is the baseline already. */
  toggleBaseline(place: number): void {
    const key = this.members[place]?.key ?? null;
    this.base = key === this.base ? null : key;
    this.show();
  }

  private join(key: EntryKey): Member {
    const model = new EntryModel(this.source, key);
    const member = { key: this.next++, model, stop: model.subscribe(() => this.show()) };
    this.members = [...this.members, member];
    return member;
  }

  private show(): void {
    const columns = this.members.map(({ key, model }) => {
      const { key: of, entry, loading, problem } = model.get();
      return { key, name: nameOf(of), entry, loading, problem };
    });
    const baseline = this.members.findIndex(member => member.key === this.base);
    this.put({
      columns,
      baseline: baseline < 0 ? null : baseline,
      focused: Math.max(0, Math.min(this.get().focused, columns.length - 1))
    });
  }
}

function nameOf({ id, head, model }: EntryKey): string {
  return head ? `${headName(head)} of ${model ?? 'a model'}` : `Entry ${id}`;
}

function sameEntry(one: EntryKey, other: EntryKey): boolean {
  return one.fingerprint && other.fingerprint && one.head && other.head
    ? one.fingerprint === other.fingerprint && headName(one.head) === headName(other.head)
    : one.id === other.id;
}
