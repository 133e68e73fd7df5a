import * as React from 'react';

// Circle, square, triangle, diamond: told apart without colour, and of about one area.
const SHAPES = [
  { word: 'circle', path: 'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z' },
  { word: 'square', path: 'M-4 -4h8v8h-8z' },
  { word: 'triangle', path: 'M0 -5L5.2 4h-10.4z' },
  { word: 'diamond', path: 'M0 -5.6L5.6 0L0 5.6L-5.6 0z' }
] as const;

export function shapeWord(place: number): string {
  return SHAPES[place].word;
}

/** The shape of a column's head, around the origin of the drawing that it stands in. */
export function ShapePath(props: { place: number; filled: boolean }): React.JSX.Element {
  const { place, filled } = props;
  return (
    <path
      className="hl-CompareShape"
      data-place={place}
      data-filled={filled}
      d={SHAPES[place].path}
    />
  );
}

/** The same as a sign in a line of text. */
export function ShapeSign({ place }: { place: number }): React.JSX.Element {
  return (
    <svg
      className="hl-CompareSign"
      viewBox="-8 -8 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <ShapePath place={place} filled />
    </svg>
  );
}
