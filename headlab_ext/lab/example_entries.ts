// Made-up entries and a server for the specs of this folder.
import type { Entry, EntryPage, EntrySummary } from '../contract/records';
import type { EntryQuery } from './rest';

export function exampleRow(change: Partial<EntrySummary> = {}): EntrySummary {
  return {
    id: 1,
    model_name: 'demo',
    model_fingerprint: 'f00d',
    head: { layer: 2, index: 5 },
    state: 'drafted',
    description: 'Maps countries to their capitals.',
    drafter: 'rules',
    categories: [],
    stages: [],
    tags: [],
    revision: 3,
    updated_at: '2026-11-21T12:00:00Z',
    ...change
  };
}

/** `count` rows, entry n being head n % 10 of layer n / 10. */
export function exampleRows(count: number): EntrySummary[] {
  return Array.from({ length: count }, (_, n) =>
    exampleRow({ id: n + 1, head: { layer: Math.floor(n / 10), index: n % 10 } })
  );
}

export function exampleEntry(change: Partial<Entry> = {}): Entry {
  return {
    id: 1,
    model_name: 'demo',
    model_fingerprint: 'f00d',
    head: { layer: 2, index: 5 },
    state: 'drafted',
    description: 'Maps countries to their capitals.',
    categories: [],
    stages: [],
    tags: [],
    note: '',
    card: null,
    drafts: [],
    reviews: [],
    revision: 3,
    created_at: '2026-11-21T11:00:00Z',
    updated_at: '2026-11-21T12:00:00Z',
    ...change
  };
}

/** A server that keeps what it was asked; `rows` may be changed in between. */
export class ExampleServer {
  readonly asked: EntryQuery[] = [];
  failing: Error | null = null;
  place = 'catalogue.db';

  constructor(public rows: EntrySummary[]) {}

  overview() {
    if (this.failing) {
      return Promise.reject(this.failing);
    }
    return Promise.resolve({
      place: this.place,
      stamp: '1',
      total: this.rows.length,
      states: {},
      models: [],
      warnings: []
    });
  }

  entries(query: EntryQuery): Promise<EntryPage> {
    this.asked.push(query);
    if (this.failing) {
      return Promise.reject(this.failing);
    }
    const found = this.rows.filter(
      row =>
        (!query.state || row.state === query.state) &&
        (!query.text || row.description.includes(query.text.trim()))
    );
    const { offset = 0, limit = 200 } = query;
    return Promise.resolve({
      entries: found.slice(offset, offset + limit),
      total: found.length,
      offset,
      place: this.place,
      warnings: []
    });
  }
}
