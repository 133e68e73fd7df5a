import type { Entry } from '../contract/records';

type Read = (id: number) => Promise<Entry>;

interface Kept {
  reply: Promise<Entry>;
  entry: Entry | null;
}

/** Entries that were read, or are being read, before they are shown. */
export class Cases {
  private readonly kept = new Map<number, Kept>();

  constructor(private readonly read: Read) {}

  get(id: number): Promise<Entry> {
    return (this.kept.get(id) ?? this.put(id, this.read(id))).reply;
  }

  /** The entry if it is there already. */
  peek(id: number): Entry | null {
    return this.kept.get(id)?.entry ?? null;
  }

  /** Read these ahead, and let go of all others. A failure shows when the entry is asked for. */
  ahead(ids: readonly number[]): void {
    for (const id of this.kept.keys()) {
      if (!ids.includes(id)) {
        this.kept.delete(id);
      }
    }
    ids.forEach(id => void this.get(id).catch(() => undefined));
  }

  /** This is what the entry is, or will be; one that fails is asked for anew. */
  put(id: number, reply: Promise<Entry>): Kept {
    const kept: Kept = { reply, entry: null };
    this.kept.set(id, kept);
    reply.then(
      entry => {
        kept.entry = entry;
      },
      () => {
        if (this.kept.get(id) === kept) {
          this.kept.delete(id);
        }
      }
    );
    return kept;
  }

  /** An entry as it is now. */
  know(entry: Entry): void {
    this.put(entry.id, Promise.resolve(entry)).entry = entry;
  }

  forget(id: number): void {
    this.kept.delete(id);
  }

  clear(): void {
    this.kept.clear();
  }
}
