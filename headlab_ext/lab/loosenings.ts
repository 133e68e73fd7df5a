import type { EntryPage } from '../contract/records';
import {
  activeGroups,
  toSearch,
  without,
  type CatalogueFilters,
  type FilterGroup
} from '../views/catalogue_query';
import type { EntryQuery } from './rest';

/** A filter that, taken away, would let `total` entries through. */
export interface Loosening {
  filter: FilterGroup;
  total: number;
}

/** What taking away one filter would show when nothing passes them all, the most first. */
export async function loosenings(
  filters: CatalogueFilters,
  ask: (query: EntryQuery) => Promise<EntryPage>
): Promise<Loosening[]> {
  const found = await Promise.all(
    activeGroups(filters).map(async filter => {
      const search = toSearch({ ...filters, ...without(filter) });
      const page = await ask({ ...search.filters, text: search.text, limit: 1, offset: 0 });
      return { filter, total: page.total };
    })
  );
  return found.sort((one, other) => other.total - one.total);
}
