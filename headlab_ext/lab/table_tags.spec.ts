import { describe, expect, it, vi } from 'vitest';
import type { Annotation, Entry } from '../contract/records';
import { ApiError } from '../views/api';
import { exampleEntry } from './example_entries';
import type { EntryAt } from './rest';
import { TableTags } from './table_tags';

/** A server that refuses edits of an older revision, as the real one does. */
class TagServer {
  readonly entries = new Map<number, Entry>();
  annotated = 0;
  failing = new Set<number>();

  constructor(...tags: string[][]) {
    tags.forEach((own, at) =>
      this.entries.set(at + 1, exampleEntry({ id: at + 1, tags: own, revision: 5 }))
    );
  }

  entry = vi.fn(async (id: number) => this.entries.get(id)!);

  annotate = async ({ id, revision }: EntryAt, annotation: Annotation): Promise<Entry> => {
    const current = this.entries.get(id)!;
    if (this.failing.has(id)) {
      throw new Error('The disk is full.');
    }
    if (revision !== current.revision) {
      throw new ApiError({ kind: 'stale', message: 'late', current });
    }
    this.annotated++;
    expect(annotation).toMatchObject({ note: null, categories: null, stages: null });
    const next = { ...current, tags: annotation.tags!, revision: revision + 1 };
    this.entries.set(id, next);
    return next;
  };

  tags(): string[][] {
    return [...this.entries.values()].map(entry => entry.tags);
  }
}

const unknown = () => null;

describe('a tag for many entries', () => {
  it('is added to those that lack it, and taken off those that have it', async () => {
    const server = new TagServer(['a'], [], ['a', 'x']);
    const onEntry = vi.fn();
    const tags = new TableTags(server, onEntry);
    await tags.run('add', 'x', [1, 2, 3], unknown);
    expect(server.tags()).toEqual([['a', 'x'], ['x'], ['a', 'x']]);
    expect(onEntry).toHaveBeenCalledTimes(2);
    expect(tags.get().said).toBe('Tagged 2 entries, 1 had it already.');
    await tags.run('remove', 'x', [1, 2], unknown);
    expect(server.tags()).toEqual([['a'], [], ['a', 'x']]);
    expect(tags.get()).toMatchObject({ running: null, problem: null });
  });

  it('spares tags that somebody else added meanwhile', async () => {
    const server = new TagServer(['theirs']);
    const tags = new TableTags(server, vi.fn());
    await tags.run('add', 'mine', [1], () => ({ id: 1, revision: 4, tags: [] }));
    expect(server.tags()).toEqual([['theirs', 'mine']]);
    expect(server.entry).not.toHaveBeenCalled();
  });

  it('is taken off where it was not seen yet', async () => {
    const server = new TagServer(['x']);
    const tags = new TableTags(server, vi.fn());
    await tags.run('remove', 'x', [1], () => ({ id: 1, revision: 4, tags: [] }));
    expect(server.tags()).toEqual([[]]);
    expect(tags.get().said).toBe('Tag taken off 1 entry.');
  });

  it('goes on after a failure and says how many there were', async () => {
    const server = new TagServer([], [], []);
    server.failing.add(2);
    const tags = new TableTags(server, vi.fn());
    await tags.run('add', 'x', [1, 2, 3], unknown);
    expect(server.tags()).toEqual([['x'], [], ['x']]);
    expect(tags.get().problem).toBe('1 entry could not be changed: The disk is full.');
  });

  it('ends after the entry under way when it is cancelled', async () => {
    const server = new TagServer([], [], []);
    const tags = new TableTags(server, () => tags.cancel());
    await tags.run('add', 'x', [1, 2, 3], unknown);
    expect(server.annotated).toBe(1);
    expect(tags.get().said).toBe('Tagged 1 entry, 2 left out after Cancel.');
  });

  it('is one run at a time', async () => {
    const server = new TagServer([], []);
    const tags = new TableTags(server, vi.fn());
    const first = tags.run('add', 'x', [1, 2], unknown);
    await tags.run('add', 'y', [1, 2], unknown);
    await first;
    expect(server.tags()).toEqual([['x'], ['x']]);
  });
});
