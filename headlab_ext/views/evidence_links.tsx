import * as React from 'react';
import type { EvidenceCard } from '../contract/records';
import { rowIds, rowIndex, type RowPrefix } from './evidence_rows';
import { useElementId } from './use_element_id';

const FLASH_MS = 2000;

interface Links {
  /** The DOM id of a row, unique on the page. */
  anchor(row: string): string | undefined;
  rows: ReadonlySet<string>;
  /** Rows that drafters do not get, because tests of a description use them. */
  kept: ReadonlySet<string>;
  /** The row to be shown; `times` tells a second click on the same citation from the first. */
  wanted: { row: string; times: number } | null;
  show(row: string): void;
}

const Context = React.createContext<Links>({
  anchor: () => undefined,
  rows: new Set(),
  kept: new Set(),
  wanted: null,
  show: () => undefined
});

/** Joins citations of rows with the rows themselves, both anywhere below this component. */
export function EvidenceLinks(props: {
  card: EvidenceCard;
  children: React.ReactNode;
}): React.JSX.Element {
  const { card, children } = props;
  const prefix = useElementId();
  const root = React.useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = React.useState<Links['wanted']>(null);
  const links = React.useMemo<Links>(
    () => ({
      anchor: row => `${prefix}${row}`,
      rows: rowIds(card),
      kept: new Set(card.held_out),
      wanted,
      show: row => setWanted(before => ({ row, times: (before?.times ?? 0) + 1 }))
    }),
    [card, prefix, wanted]
  );
  React.useEffect(() => {
    const element = wanted && root.current?.querySelector(`[data-row="${wanted.row}"]`);
    return element instanceof HTMLElement ? flash(element) : undefined;
  }, [wanted]);
  return (
    <Context.Provider value={links}>
      <div ref={root}>{children}</div>
    </Context.Provider>
  );
}

export function useEvidenceLinks(): Links {
  return React.useContext(Context);
}

/** What makes an element a row that can be cited. */
export function useRowProps(row: string): React.HTMLAttributes<HTMLElement> & {
  'data-row': string;
} {
  return { id: useEvidenceLinks().anchor(row), 'data-row': row, tabIndex: -1 };
}

/** The small label of a row, with a mark where it is kept from drafters. */
export function RowLabel({ row }: { row: string }): React.JSX.Element {
  const kept = useEvidenceLinks().kept.has(row);
  return (
    <span
      className="hl-RowLabel"
      title={`evidence row ${row}${kept ? ', kept from drafters for tests' : ''}`}
    >
      {row}
      {kept && (
        <>
          <span aria-hidden="true">◦</span>
          <span className="hl-visually-hidden"> kept from drafters for tests</span>
        </>
      )}
    </span>
  );
}

/** A link to a cited row; a row that the card does not have is said to be absent. */
export function Citation({ row }: { row: string }): React.JSX.Element {
  const links = useEvidenceLinks();
  if (!links.rows.has(row)) {
    return (
      <span className="hl-Citation" data-absent title="this card has no such row">
        {row}
      </span>
    );
  }
  return (
    <a
      className="hl-Citation"
      href={`#${links.anchor(row)}`}
      title={`show evidence row ${row}`}
      onClick={event => {
        event.preventDefault();
        links.show(row);
      }}
    >
      {row}
    </a>
  );
}

/**
 * The first `limit` rows, all of them on demand or when a citation asks for one further down. `from` is
 * the place of the first among the rows of this prefix.
 */
export function useShown<Row>(
  rows: readonly Row[],
  limit: number,
  prefix: RowPrefix,
  from = 0
): { shown: readonly Row[]; more: React.JSX.Element | null } {
  const { wanted } = useEvidenceLinks();
  const [open, setOpen] = React.useState(false);
  const [seen, setSeen] = React.useState(0);
  if (wanted && wanted.times !== seen) {
    setSeen(wanted.times);
    const place = rowIndex(prefix, wanted.row) - from;
    if (place >= limit && place < rows.length) {
      setOpen(true);
    }
  }
  const more =
    rows.length <= limit ? null : (
      <button className="hl-Button hl-More" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? `Show the first ${limit}` : `Show all ${rows.length}`}
      </button>
    );
  return { shown: open ? rows : rows.slice(0, limit), more };
}

function flash(row: HTMLElement): () => void {
  const still = window.matchMedia?.('(prefers-reduced-motion: reduce)').matches;
  row.scrollIntoView?.({ block: 'center', behavior: still ? 'auto' : 'smooth' });
  row.focus({ preventScroll: true });
  row.dataset.flash = 'true';
  const end = () => delete row.dataset.flash;
  const timer = setTimeout(end, FLASH_MS);
  return () => {
    clearTimeout(timer);
    end();
  };
}
