import type { IStateDB } from '@jupyterlab/statedb';
import { NO_FILTERS, type CatalogueFilters } from '../views/catalogue_filters';

const KEY = 'headlab:catalogue';
const PAUSE = 300;

export interface KeptView {
  filters: CatalogueFilters;
  scroll: number;
}

/** Filters and place in the list, over reloads of the page. */
export class KeptViews {
  private timer = 0;

  constructor(private readonly db: IStateDB | null) {}

  async read(): Promise<KeptView> {
    const found = (await this.db?.fetch(KEY).catch(() => undefined)) as
      Partial<KeptView> | undefined;
    return {
      filters: {
        text: asText(found?.filters?.text),
        state: asText(found?.filters?.state),
        model: asText(found?.filters?.model)
      },
      scroll: typeof found?.scroll === 'number' ? found.scroll : 0
    };
  }

  /** Kept once no change has come for a moment. */
  keep(view: KeptView): void {
    clearTimeout(this.timer);
    const kept = { filters: { ...view.filters }, scroll: view.scroll };
    this.timer = window.setTimeout(() => {
      this.db?.save(KEY, kept).catch(error => console.warn('HeadLab: view not kept', error));
    }, PAUSE);
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : NO_FILTERS.text;
}
