import type { Annotation, Entry } from '../contract/records';
import { ApiError } from '../views/api';
import { countEntries } from '../views/catalogue_export';
import { formatCount } from '../views/numbers';
import { messageOf } from '../views/problems';
import type { EntryAt } from './rest';
import { Store } from './store';

export interface TagSource {
  entry(id: number): Promise<Entry>;
  annotate(entry: EntryAt, annotation: Annotation): Promise<Entry>;
}

export type TagStep = 'add' | 'remove';

type Tagged = EntryAt & Pick<Entry, 'tags'>;

export interface TagState {
  /** While a run is under way: how many entries it has seen to, of how many. */
  running: { done: number; total: number } | null;
  /** What the last run did. */
  said: string;
  problem: string | null;
}

/** One tag put on many entries, or taken off them, one entry after another. */
export class TableTags extends Store<TagState> {
  private cancelled = false;

  constructor(
    private readonly source: TagSource,
    private readonly onEntry: (entry: Entry) => void
  ) {
    super({ running: null, said: '', problem: null });
  }

  /** `known` gives entries as they were seen; others are asked for. */
  async run(
    step: TagStep,
    tag: string,
    ids: readonly number[],
    known: (id: number) => Tagged | null
  ): Promise<void> {
    if (this.get().running) {
      return;
    }
    this.cancelled = false;
    const total = ids.length;
    const count = { changed: 0, same: 0, failed: 0 };
    let problem: string | null = null;
    let done = 0;
    this.put({ running: { done, total }, said: '', problem });
    for (const id of ids) {
      if (this.cancelled) {
        break;
      }
      try {
        count[(await this.one(step, tag, id, known(id))) ? 'changed' : 'same']++;
      } catch (error) {
        count.failed++;
        problem ??= messageOf(error);
      }
      this.put({ running: { done: ++done, total } });
    }
    this.put({
      running: null,
      said: words(step, count, total - done),
      problem: problem && `${countEntries(count.failed)} could not be changed: ${problem}`
    });
  }

  /** End after the entry that is under way. */
  cancel(): void {
    this.cancelled = true;
  }

  /** Whether the entry was changed: one that has the tag already, or has not, is left alone. */
  private async one(step: TagStep, tag: string, id: number, seen: Tagged | null): Promise<boolean> {
    let entry = seen ?? (await this.source.entry(id));
    let fresh = seen === null;
    for (;;) {
      const { tags } = entry;
      if (tags.includes(tag) === (step === 'add')) {
        if (fresh) {
          return false;
        }
        entry = await this.source.entry(id); // what was seen may be old
        fresh = true;
        continue;
      }
      const wanted = step === 'add' ? [...tags, tag] : tags.filter(one => one !== tag);
      try {
        this.onEntry(await this.source.annotate(entry, { ...NOTHING_ELSE, tags: wanted }));
        return true;
      } catch (error) {
        const current = error instanceof ApiError ? error.problem.current : null;
        if (!current || current.revision === entry.revision) {
          throw error;
        }
        entry = current; // changed elsewhere: its tags are another list now
        fresh = true;
      }
    }
  }
}

const NOTHING_ELSE: Omit<Annotation, 'tags'> = { note: null, categories: null, stages: null };

function words(
  step: TagStep,
  { changed, same }: { changed: number; same: number },
  left: number
): string {
  const parts = [`${step === 'add' ? 'Tagged' : 'Tag taken off'} ${countEntries(changed)}`];
  if (same > 0) {
    parts.push(`${formatCount(same)} ${step === 'add' ? 'had it already' : 'did not have it'}`);
  }
  if (left > 0) {
    parts.push(`${formatCount(left)} left out after Cancel`);
  }
  return `${parts.join(', ')}.`;
}
