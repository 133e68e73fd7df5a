import type { Entry, Head } from '../contract/records';
import { ApiError } from '../views/api';
import { headName } from '../views/heads';
import { messageOf } from '../views/problems';
import { Store } from './store';

export interface EntrySource {
  entry(id: number): Promise<Entry>;
  find(fingerprint: string, head: Head): Promise<Entry>;
}

/** Which entry: by its number in the catalogue, and by its head once that is known. */
export interface EntryKey {
  id: number;
  fingerprint?: string;
  head?: Head;
  model?: string;
}

export interface EntryState {
  key: EntryKey;
  entry: Entry | null;
  problem: string | null;
  loading: boolean;
}

/** An entry that is kept up to date while it is shown. */
export class EntryModel extends Store<EntryState> {
  private asked = 0;
  private dirty = true;
  private visible = false;

  constructor(
    private readonly source: EntrySource,
    key: EntryKey
  ) {
    super({ key, entry: null, problem: null, loading: false });
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.dirty) {
      void this.load();
    }
  }

  /** Entries changed somewhere. */
  changed(): void {
    this.dirty = true;
    if (this.visible) {
      void this.load();
    }
  }

  retry(): void {
    void this.load();
  }

  /** The entry as it is after an edit made here, unless a newer one has come meanwhile. */
  take(entry: Entry): void {
    const { loading, entry: shown } = this.get();
    const isOld = shown?.id === entry.id && shown.revision > entry.revision;
    this.asked++;
    if (!isOld) {
      this.put({ entry, key: keyOf(entry), problem: null, loading: false });
    }
    if (isOld || loading) {
      this.changed(); // somebody else's change may be newer than the answer to this edit
    }
  }

  private async load(): Promise<void> {
    const asked = ++this.asked;
    this.dirty = false;
    this.put({ loading: true });
    try {
      const entry = await this.read();
      if (asked === this.asked) {
        // votes make no revision, and another catalogue numbers its entries alike
        const same = JSON.stringify(this.get().entry) === JSON.stringify(entry);
        this.put({
          entry: same ? this.get().entry : entry,
          key: keyOf(entry),
          problem: null,
          loading: false
        });
      }
    } catch (error) {
      if (asked === this.asked) {
        this.dirty = true;
        this.put({ problem: this.explain(error), loading: false });
      }
    }
  }

  /** By the head: numbers mean something else once the setting names another catalogue. */
  private read(): Promise<Entry> {
    const { id, fingerprint, head } = this.get().key;
    return fingerprint && head ? this.source.find(fingerprint, head) : this.source.entry(id);
  }

  private explain(error: unknown): string {
    const { head, model } = this.get().key;
    return head && error instanceof ApiError && error.problem.kind === 'not_found'
      ? `This catalogue has no entry for ${headName(head)} of ${model ?? 'this model'}. It may be in ` +
          'another catalogue: see the setting “catalogue”.'
      : messageOf(error);
  }
}

export function keyOf(
  entry: Pick<Entry, 'id' | 'model_fingerprint' | 'model_name' | 'head'>
): EntryKey {
  return {
    id: entry.id,
    fingerprint: entry.model_fingerprint,
    head: entry.head,
    model: entry.model_name
  };
}

/** The entry that the arguments of a command name; refuses anything but a number for its id. */
export function keyFrom(args: Record<string, unknown>): EntryKey {
  const { id, fingerprint, model, head } = args;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1) {
    throw new Error(
      `The id of an entry is ${JSON.stringify(id)}, but must be its number in the catalogue, from 1 on.`
    );
  }
  const { layer, index } = (head ?? {}) as Partial<{ layer: number; index: number }>;
  return {
    id,
    fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
    model: typeof model === 'string' ? model : undefined,
    head: typeof layer === 'number' && typeof index === 'number' ? { layer, index } : undefined
  };
}
