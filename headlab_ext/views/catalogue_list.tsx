import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { CatalogueRow, whyNot, type RowAction } from './catalogue_row';
import { clamp, stepOf, useRowsInView } from './catalogue_virtual';
import { reviewCommand } from './review_keys';

/** Pixels; the style sheet's `.hl-CatalogueRow` fits into it. */
export const ROW_HEIGHT = 72;

export interface CatalogueListProps {
  /** How many entries match. */
  total: number;
  /** The entry at a place; null while it is on its way. */
  row: (index: number) => EntrySummary | null;
  /** The row with the tab stop. */
  active: number;
  /** The entry that is being saved, if one is. */
  busy: number | null;
  /** Where to start, in pixels. */
  scrolledTo?: number;
  onScroll?: (top: number) => void;
  /** Rows `first` to `last` are in view. */
  onRange: (first: number, last: number) => void;
  /** A person went to a row; `chosen`: by a click on it, whether it was active or not. */
  onActive: (index: number, chosen?: boolean) => void;
  onAction: (row: EntrySummary, action: RowAction) => void;
  /** `z`: take back the last decision made here, else that of the row. */
  onUndo: (row: EntrySummary) => void;
  onRedo: (row: EntrySummary) => void;
}

/** Entries of the catalogue as one tab stop; only rows in view are in the page. */
export function CatalogueList(props: CatalogueListProps): React.JSX.Element {
  const { total, row, active, onActive } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const virtual = useRowsInView(scroller, { ...props, rowHeight: ROW_HEIGHT });

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const step = stepOf(event.key, scroller.current, ROW_HEIGHT);
    const handled =
      step === null
        ? act(event, props, scroller.current)
        : (onActive(clamp(active + step, total)), true);
    if (handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div
      className="hl-CatalogueList"
      role="grid"
      aria-label="Entries"
      aria-rowcount={total}
      aria-colcount={2}
      ref={scroller}
      onKeyDown={onKeyDown}
      onScroll={event => props.onScroll?.(event.currentTarget.scrollTop)}
    >
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(item => (
          <CatalogueRow
            key={item.index}
            row={row(item.index)}
            index={item.index}
            active={item.index === active}
            busy={props.busy !== null && props.busy === row(item.index)?.id}
            style={{ height: ROW_HEIGHT, transform: `translateY(${item.start}px)` }}
            onActive={onActive}
            onAction={props.onAction}
          />
        ))}
      </div>
    </div>
  );
}

/** What a key does to the active row; false for keys that do nothing. */
function act(
  event: React.KeyboardEvent,
  props: CatalogueListProps,
  scroller: HTMLElement | null
): boolean {
  const { row: rowAt, active, onAction, onUndo } = props;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft' || event.key === 'Escape') {
    return moveInRow(scroller, event.key);
  }
  const row = rowAt(active);
  const onButton = event.target instanceof HTMLButtonElement;
  if (!row || (onButton && (event.key === 'Enter' || event.key === ' '))) {
    return false;
  }
  const command = event.key === 'Enter' ? 'edit' : reviewCommand(event.nativeEvent);
  if (command === 'undo') {
    onUndo(row);
  } else if (command === 'redo') {
    props.onRedo(row);
  } else if (command !== null && typeof command === 'string') {
    const action = KEY_ACTIONS[command];
    if (props.busy === null && whyNot(row, action) === null) {
      onAction(row, action);
    }
  } else {
    return false;
  }
  return true;
}

const KEY_ACTIONS = {
  accept: 'accepted',
  reject: 'rejected',
  unclear: 'unclear',
  edit: 'open'
} as const;

/** Left and Right go from the active row through its buttons, Escape back to the row. */
function moveInRow(scroller: HTMLElement | null, key: string): boolean {
  const row = scroller?.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
  if (!row) {
    return false;
  }
  const stops = [row, ...row.querySelectorAll<HTMLElement>('button')];
  const here = stops.indexOf(document.activeElement as HTMLElement);
  if (key === 'Escape' && here <= 0) {
    return false;
  }
  const next = key === 'Escape' ? 0 : clamp(here + (key === 'ArrowRight' ? 1 : -1), stops.length);
  stops[next].focus({ preventScroll: true });
  return true;
}
