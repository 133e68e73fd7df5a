// The states of an entry: word, colour and the outline of its mark. Never colour alone.
import { STATES, type Entry, type Head, type MeasureValues } from '../contract/records';
import type { Rgb } from './colour';

export type HeadState = Entry['state'];

interface StateLook {
  word: string;
  /** Okabe and Ito's colours, apart for all kinds of colour vision; null: the ground. */
  colour: Rgb | null;
  /** Strokes of the mark in a box of 16 by 16. */
  stroke: string;
  /** Filled parts of the mark. */
  fill: string;
}

export const STATE_LOOKS: Record<HeadState, StateLook> = {
  undescribed: { word: 'not described', colour: null, stroke: '', fill: circle(8, 8, 2) },
  drafted: {
    word: 'drafted',
    colour: [86, 180, 233],
    stroke: circle(8, 8, 6),
    fill: 'M8 2a6 6 0 0 0 0 12z'
  },
  accepted: {
    word: 'accepted',
    colour: [0, 158, 115],
    stroke: 'M3 8.5 6.5 12 13 4.5',
    fill: ''
  },
  edited: {
    word: 'edited and accepted',
    colour: [145, 213, 189],
    stroke: 'M1.5 6 4 8.5 8.5 3',
    fill: 'M13.2 5.8 15 7.6 8.4 14.2 6 14.8 6.6 12.4z'
  },
  rejected: {
    word: 'rejected',
    colour: [213, 94, 0],
    stroke: 'M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5',
    fill: ''
  },
  unclear: {
    word: 'unclear',
    colour: [240, 200, 60],
    stroke: 'M5 5.5a3 3 0 1 1 4.3 2.7Q8 9 8 10.5',
    fill: circle(8, 13.4, 1.2)
  }
};

export function isState(word: string): word is HeadState {
  return (STATES as readonly string[]).includes(word);
}

/** The state of each head, null where the catalogue has no entry. */
export interface StateGrid {
  nHeads: number;
  states: (HeadState | null)[];
}

export function stateGrid(values: MeasureValues): StateGrid {
  const states: (HeadState | null)[] = [];
  for (const row of values.values) {
    for (const index of row) {
      const label = index === null ? undefined : values.labels[index];
      states.push(label !== undefined && isState(label) ? label : null);
    }
  }
  return { nHeads: values.values[0]?.length ?? 0, states };
}

export function stateOf(grid: StateGrid | null, head: Head): HeadState | null {
  return grid?.states[head.layer * grid.nHeads + head.index] ?? null;
}

/** The state in words; a head without an entry counts as not described. */
export function stateWord(state: HeadState | null): string {
  return STATE_LOOKS[state ?? 'undescribed'].word;
}

function circle(x: number, y: number, r: number): string {
  return `M${x - r} ${y} A${r} ${r} 0 1 1 ${x + r} ${y} A${r} ${r} 0 1 1 ${x - r} ${y} Z`;
}
