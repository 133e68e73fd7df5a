import * as React from 'react';
import type { LinkedDraft } from './draft_links';

type Place = { sentence: number } | { row: string };

export interface Links {
  /** The sentence, or the row, that the keys are at. */
  at: Place | null;
  isSentenceLinked(index: number): boolean;
  isRowLinked(row: string): boolean;
  focus(place: Place): void;
  hover(place: Place | null): void;
  /** Move the focus by one sentence or one row. */
  move(kind: 'sentence' | 'row', step: 1 | -1): void;
}

/** Which rows belong to the sentence one looks at, and the other way round. */
export function useLinks(linked: LinkedDraft, root: React.RefObject<HTMLElement | null>): Links {
  const [at, setAt] = React.useState<Place | null>(
    linked.sentences.length > 0 ? { sentence: 0 } : null
  );
  const [hovered, hover] = React.useState<Place | null>(null);
  const shown = hovered ?? at;

  const go = (place: Place) => {
    setAt(place);
    const selector =
      'row' in place ? `[data-cited="${place.row}"]` : `[data-sentence="${place.sentence}"]`;
    root.current?.querySelector<HTMLElement>(selector)?.focus();
  };

  React.useEffect(() => {
    const row = at && 'sentence' in at ? linked.sentences[at.sentence]?.rows[0] : undefined;
    if (row !== undefined) {
      root.current?.querySelector(`[data-cited="${row}"]`)?.scrollIntoView?.({ block: 'nearest' });
    }
  }, [at, linked, root]);

  return {
    at,
    isSentenceLinked: index =>
      shown !== null &&
      'row' in shown &&
      (linked.sentences[index]?.rows.includes(shown.row) ?? false),
    isRowLinked: row =>
      shown !== null &&
      'sentence' in shown &&
      (linked.sentences[shown.sentence]?.rows.includes(row) ?? false),
    focus: setAt,
    hover,
    move(kind, step) {
      if (kind === 'sentence') {
        const from = at && 'sentence' in at ? at.sentence : -1;
        const to = Math.max(0, Math.min(linked.sentences.length - 1, from + step));
        if (linked.sentences.length > 0) {
          go({ sentence: to });
        }
      } else if (linked.cited.length > 0) {
        const from = at && 'row' in at ? linked.cited.indexOf(at.row) : firstRow(at, linked) - 1;
        const to = Math.max(0, Math.min(linked.cited.length - 1, from + step));
        go({ row: linked.cited[to] });
      }
    }
  };
}

/** From a sentence the way leads to its own first row. */
function firstRow(at: Place | null, linked: LinkedDraft): number {
  const row = at && 'sentence' in at ? linked.sentences[at.sentence]?.rows[0] : undefined;
  return row === undefined ? 0 : linked.cited.indexOf(row);
}
