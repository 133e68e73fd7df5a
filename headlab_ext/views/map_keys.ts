// The keys of the map and what they do; the key table is read from the same list.
import type { Head } from '../contract/records';
import { flatIndex } from './heads';
import { nextInRank, type HeadTable } from './head_table';

/** The table that `?` shows. */
export const MAP_KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['←', '→', '↑', '↓'], 'Next head in that direction'],
  [['Ctrl + arrow'], 'Next head above the threshold: the filter, else the control; else the edge'],
  [['Home', 'End'], 'First, last head of the layer'],
  [['Ctrl + Home', 'Ctrl + End'], 'First head of all, last of all'],
  [['PageUp', 'PageDown'], '8 layers up, down'],
  [['n', 'p'], 'Next, previous head in rank'],
  [['Enter', 'Space'], 'Open the head'],
  [['m'], 'Choose the measure'],
  [['/'], 'Filter'],
  [['Esc'], 'Close the tip, the list or this table'],
  [['?'], 'Show or hide these keys']
];

export type PaneCommand = 'measure' | 'filter' | 'keys' | 'next' | 'previous';

const COMMANDS: Record<string, PaneCommand> = {
  m: 'measure',
  '/': 'filter',
  '?': 'keys',
  n: 'next',
  p: 'previous'
};

const PAGE = 8;

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** A single-letter command; none while a text field has the focus or a modifier is held. */
export function paneCommand(event: Pressed & { target: EventTarget | null }): PaneCommand | null {
  if (event.ctrlKey || event.metaKey || event.altKey || isTextField(event.target)) {
    return null;
  }
  return COMMANDS[event.key] ?? null;
}

export function isTextField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Where a key leads from a head; null for keys that do not move. */
export function moved(
  event: Pressed,
  from: Head,
  table: HeadTable,
  above: (flat: number) => boolean
): Head | null {
  if (event.altKey) {
    return null;
  }
  const far = event.ctrlKey || event.metaKey;
  const [lastLayer, lastHead] = [table.nLayers - 1, table.nHeads - 1];
  const go = (layers: number, heads: number): Head =>
    far
      ? jump(from, layers, heads, table, above)
      : {
          layer: within(from.layer + layers, lastLayer),
          index: within(from.index + heads, lastHead)
        };
  switch (event.key) {
    case 'ArrowLeft':
      return go(0, -1);
    case 'ArrowRight':
      return go(0, 1);
    case 'ArrowUp':
      return go(-1, 0);
    case 'ArrowDown':
      return go(1, 0);
    case 'Home':
      return { layer: far ? 0 : from.layer, index: 0 };
    case 'End':
      return { layer: far ? lastLayer : from.layer, index: lastHead };
    case 'PageUp':
      return { layer: within(from.layer - PAGE, lastLayer), index: from.index };
    case 'PageDown':
      return { layer: within(from.layer + PAGE, lastLayer), index: from.index };
    default:
      return null;
  }
}

/** The head that `n` and `p` lead to. */
export function inRank(command: 'next' | 'previous', from: Head, table: HeadTable): Head {
  return nextInRank(table, from, command === 'next' ? 1 : -1);
}

function jump(
  from: Head,
  layers: number,
  heads: number,
  table: HeadTable,
  above: (flat: number) => boolean
): Head {
  let here = from;
  for (;;) {
    const next = { layer: here.layer + layers, index: here.index + heads };
    if (
      next.layer < 0 ||
      next.index < 0 ||
      next.layer >= table.nLayers ||
      next.index >= table.nHeads
    ) {
      return here;
    }
    here = next;
    if (above(flatIndex(here, table.nHeads))) {
      return here;
    }
  }
}

function within(value: number, last: number): number {
  return Math.min(last, Math.max(0, value));
}
