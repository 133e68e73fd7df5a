import type { EntryPage } from '../contract/records';
import { NO_FILTERS, type CatalogueFilters } from '../views/catalogue_filters';
import type { EntryQuery } from './rest';

/** A filter that, taken away, would let `total` entries through. */
export interface Loosening {
  filter: keyof CatalogueFilters;
  total: number;
}

/** What taking away one filter would show when nothing passes them all, the most first. */
export async function loosenings(
  filters: CatalogueFilters,
  ask: (query: EntryQuery) => Promise<EntryPage>
): Promise<Loosening[]> {
  const names = Object.keys(NO_FILTERS) as (keyof CatalogueFilters)[];
  const found = await Promise.all(
    names
      .filter(filter => filters[filter].trim() !== '')
      .map(async filter => {
        const page = await ask({ ...filters, [filter]: '', limit: 1, offset: 0 });
        return { filter, total: page.total };
      })
  );
  return found.sort((one, other) => other.total - one.total);
}
