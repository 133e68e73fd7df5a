import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Facets, SavedFilter } from '../contract/records';
import { CatalogueCounts } from './catalogue_counts';
import { CatalogueImport } from './catalogue_import';
import { SavedFilters } from './catalogue_saved';
import { ExampleServer } from './example_entries';
import { KeptView, readNumber } from './kept_view';
import type { ImportQuery } from './rest';
import { makeConflict } from '../views/spec_records';

const FACETS: Facets = {
  categories: {},
  stages: {},
  tags: {},
  head_names: {},
  reviewers: {},
  operations: {}
};

describe('counts over the catalogue', () => {
  const asked = { overview: 0, facets: 0 };
  const example = new ExampleServer([]);
  const source = {
    overview: () => {
      asked.overview++;
      return example.overview();
    },
    facets: async () => {
      asked.facets++;
      return FACETS;
    }
  };
  const settle = () => new Promise(resolve => setTimeout(resolve));
  beforeEach(() => Object.assign(asked, { overview: 0, facets: 0 }));

  it('are asked for while they are shown, those of filters while these are', async () => {
    const counts = new CatalogueCounts(source);
    counts.changed();
    counts.setFacetsWanted(false);
    await settle();
    expect(asked).toEqual({ overview: 0, facets: 0 });
    counts.setVisible(true);
    await settle();
    expect(asked).toEqual({ overview: 1, facets: 0 });
    counts.setFacetsWanted(true);
    await settle();
    expect(asked).toEqual({ overview: 2, facets: 1 });
    expect(counts.get().facets).toBe(FACETS);
    counts.setVisible(false);
    counts.changed();
    counts.changed();
    await settle();
    expect(asked.overview).toBe(2);
    counts.setVisible(true);
    await settle();
    expect(asked.overview).toBe(3);
  });

  it('answer changes that come meanwhile with one more question', async () => {
    const counts = new CatalogueCounts(source);
    counts.setVisible(true);
    counts.changed();
    counts.changed();
    await settle();
    expect(asked.overview).toBe(2);
  });
});

describe('saved filters', () => {
  const one = (name: string): SavedFilter => ({
    author: 'Rosa',
    name,
    text: '',
    filters: { state: 'drafted' },
    updated_at: ''
  });

  it('are saved, listed anew and forgotten', async () => {
    let kept = [one('first')];
    const saved = new SavedFilters({
      filters: async () => kept,
      saveFilter: async name => {
        kept = [...kept, one(name)];
        return one(name);
      },
      forgetFilter: async name => (kept = kept.filter(filter => filter.name !== name))
    });
    expect(saved.get().filters).toBeNull();
    await saved.load();
    await saved.save('second', { text: '', filters: {} });
    expect(saved.get().filters?.map(filter => filter.name)).toEqual(['first', 'second']);
    await saved.forget('first');
    expect(saved.get().filters?.map(filter => filter.name)).toEqual(['second']);
  });

  it('say why they could not be read, and keep what is known', async () => {
    const fail = () => Promise.reject(new Error('No server.'));
    const saved = new SavedFilters({ filters: fail, saveFilter: fail, forgetFilter: fail });
    await saved.load();
    expect(saved.get()).toEqual({ filters: null, busy: false, problem: 'No server.' });
  });
});

describe('an import', () => {
  const file = (size = 2) => ({ name: 'export.json', size, text: async () => '{}' });
  const result = { added: 2, extended: 1, unchanged: 0 };

  it('is a dry run first, and changes the catalogue only when that is confirmed', async () => {
    const importFrom = vi.fn(async (_: string, { dry_run }: ImportQuery) => ({
      ...result,
      dry_run
    }));
    const imports = new CatalogueImport({ importFrom });
    await imports.choose(file());
    const query = { file: 'export.json', dry_run: true, skip_conflicts: false };
    expect(importFrom.mock.calls).toEqual([['{}', query]]);
    expect(imports.get().result).toEqual({ ...result, dry_run: true });
    await imports.confirm();
    expect(importFrom.mock.calls.slice(1)).toEqual([['{}', { ...query, dry_run: false }]]);
    expect(imports.get().result?.dry_run).toBe(false);
  });

  it('leaves out only the conflicts that it has shown', async () => {
    const conflicts = [makeConflict()];
    const importFrom = vi.fn(async (_: string, { dry_run }: ImportQuery) => ({
      ...result,
      conflicts,
      dry_run
    }));
    const imports = new CatalogueImport({ importFrom });
    await imports.choose(file());
    await imports.confirm();
    expect(importFrom.mock.calls.map(([, query]) => query.skip_conflicts)).toEqual([false, true]);
  });

  it('says why a file is refused', async () => {
    const refused = () => Promise.reject(new Error('L5H3 has another history here.'));
    const imports = new CatalogueImport({ importFrom: refused });
    await imports.choose(file());
    expect(imports.get()).toMatchObject({
      problem: 'L5H3 has another history here.',
      result: null
    });
    imports.forget();
    expect(imports.get()).toEqual({ name: '', busy: false, result: null, problem: null });
  });

  it('reads no file that the server would not take', async () => {
    const importFrom = vi.fn();
    const imports = new CatalogueImport({ importFrom });
    await imports.choose(file(129 * 2 ** 20));
    expect(imports.get().problem).toContain('128 MiB');
    expect(importFrom).not.toHaveBeenCalled();
  });
});

describe('a view that is kept', () => {
  it('is written once after a pause, and read through its own reader', async () => {
    vi.useFakeTimers();
    const save = vi.fn(async () => undefined);
    const db = { fetch: async () => ({ scroll: 'odd' }), save } as never;
    const view = new KeptView(db, 'key', found => ({ scroll: readNumber(found.scroll) }));
    expect(await view.read()).toEqual({ scroll: 0 });
    view.keep({ scroll: 1 });
    view.keep({ scroll: 2 });
    await vi.runAllTimersAsync();
    expect(save.mock.calls).toEqual([['key', { scroll: 2 }]]);
    vi.useRealTimers();
  });
});
