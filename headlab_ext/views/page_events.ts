// What the views of one page tell each other: panels in notebooks, the sidebar, entry tabs.
import type { Head } from '../contract/records';

export const SELECT_EVENT = 'headlab:select';
export const CATALOGUE_EVENT = 'headlab:catalogue-changed';

export interface SelectDetail {
  fingerprint: string;
  head: Head;
  source: 'panel' | 'sidebar' | 'entry';
}

export function tellSelection(detail: SelectDetail): void {
  window.dispatchEvent(new CustomEvent(SELECT_EVENT, { detail }));
}

/** Called with what others on the page selected; returns how to stop listening. */
export function onSelection(
  own: SelectDetail['source'],
  listener: (detail: SelectDetail) => void
): () => void {
  const heard = (event: Event) => {
    const { detail } = event as CustomEvent<SelectDetail>;
    if (detail.source !== own) {
      listener(detail);
    }
  };
  window.addEventListener(SELECT_EVENT, heard);
  return () => window.removeEventListener(SELECT_EVENT, heard);
}

export function tellCatalogueChanged(): void {
  window.dispatchEvent(new CustomEvent(CATALOGUE_EVENT));
}
