import type { Entry } from '../contract/records';
import { ApiError } from '../views/api';
import type { EntryAt } from './rest';

/** The revision of an entry that a page knows, and what is on its way to it. */
interface Line {
  last: Promise<unknown>;
  at: EntryAt | null;
  open: number;
}

/** Writes of one entry go out one after another, each on the revision that the one before gave. */
export class Writes {
  private readonly lines = new Map<number, Line>();
  private open = 0;

  constructor(private readonly onCount: (open: number) => void) {}

  /** An entry was seen as it is now. */
  see(entry: EntryAt): void {
    this.line(entry.id).at = { id: entry.id, revision: entry.revision };
  }

  knows(id: number): boolean {
    return Boolean(this.lines.get(id)?.at);
  }

  /** The entries that something is on its way to. */
  busy(): Set<number> {
    return new Set([...this.lines].filter(([, line]) => line.open > 0).map(([id]) => id));
  }

  /** A write without a revision of its own, such as a vote. */
  async send<T>(id: number, write: () => Promise<T>): Promise<T> {
    const line = this.line(id);
    const sent = line.last.then(write);
    line.last = sent.catch(() => undefined);
    line.open++;
    this.onCount(++this.open);
    try {
      return await sent;
    } finally {
      line.open--;
      this.onCount(--this.open);
    }
  }

  /** A change of an entry on the newest revision known here. */
  change(id: number, write: (at: EntryAt) => Promise<Entry>): Promise<Entry> {
    return this.send(id, async () => {
      const { at } = this.line(id);
      if (!at) {
        throw new Error(`Entry ${id} was not read yet; open it again.`);
      }
      const entry = await write(at);
      this.see(entry);
      return entry;
    });
  }

  private line(id: number): Line {
    const found = this.lines.get(id) ?? { last: Promise.resolve(), at: null, open: 0 };
    this.lines.set(id, found);
    return found;
  }
}

/** The entry as somebody else left it, where that is why a write was refused. */
export function staleEntry(error: unknown): Entry | null {
  return error instanceof ApiError && error.problem.kind === 'stale' ? error.problem.current : null;
}
