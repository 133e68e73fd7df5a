import * as React from 'react';
import type { Head } from '../contract/records';
import { categoryPixels, pixels, tableFor, type Rgb } from './colour';
import type { ColourRange } from './colour_range';
import { STATE_LOOKS, isState, type HeadState, type StateGrid } from './head_states';
import type { HeadTable } from './head_table';
import { MARGIN, drawMarks, drawPointer, drawValues, inksOf } from './map_canvas';
import type { MapGeometry } from './map_geometry';
import type { Theme } from './theme';

interface MapCanvasesProps {
  table: HeadTable;
  range: ColourRange;
  states: StateGrid | null;
  nKvHeads: number;
  kept: Uint8Array | null;
  theme: Theme;
  geometry: MapGeometry;
  hover: Head | null;
  selected: Head | null;
}

/** Values, marks and pointer, one canvas each: a change redraws only its own. */
export function MapCanvases(props: MapCanvasesProps): React.JSX.Element {
  const { table, range, states, kept, theme, geometry, nKvHeads, hover, selected } = props;
  const values = React.useRef<HTMLCanvasElement>(null);
  const marks = React.useRef<HTMLCanvasElement>(null);
  const pointer = React.useRef<HTMLCanvasElement>(null);
  const buffer = React.useRef<Uint8ClampedArray<ArrayBuffer>>(undefined);
  const isState = table.measure.scale === 'state';
  // Most measures lack the same heads, mostly none: their marks need no new drawing.
  const missing = React.useMemo(() => missingPlaces(table.values), [table]);
  const shownStates = React.useMemo(
    () => (isState ? labelStates(table) : (states?.states ?? null)),
    [isState, table, states]
  );

  React.useLayoutEffect(() => {
    buffer.current = isState
      ? categoryPixels(table.values, labelColours(table.labels, theme), kept, buffer.current)
      : pixels(table.values, tableFor(table.measure.scale, theme), range, kept, buffer.current);
    drawValues(values.current!, buffer.current, table.nHeads, table.nLayers);
  }, [table, isState, range, kept, theme]);
  React.useLayoutEffect(() => {
    drawMarks(marks.current!, {
      geometry,
      nKvHeads,
      missing: missing ? missing.split(' ').map(Number) : [],
      states: shownStates,
      kept,
      marks: isState ? 'cell' : 'corner',
      inks: inksOf(marks.current!)
    });
  }, [geometry, nKvHeads, missing, shownStates, kept, isState, theme]);
  React.useLayoutEffect(() => {
    drawPointer(pointer.current!, { geometry, nKvHeads, hover, selected });
  }, [geometry, nKvHeads, hover, selected]);

  const over = {
    left: -MARGIN,
    top: -MARGIN,
    width: geometry.width + 2 * MARGIN,
    height: geometry.height + 2 * MARGIN
  };
  return (
    <>
      <canvas
        ref={values}
        className="hl-HeadMap-values"
        aria-hidden="true"
        style={{ width: geometry.width, height: geometry.height }}
      />
      <canvas ref={marks} className="hl-HeadMap-over" aria-hidden="true" style={over} />
      <canvas ref={pointer} className="hl-HeadMap-over" aria-hidden="true" style={over} />
    </>
  );
}

function missingPlaces(values: Float64Array): string {
  const places: number[] = [];
  values.forEach((value, flat) => Number.isNaN(value) && places.push(flat));
  return places.join(' ');
}

function labelStates(table: HeadTable): HeadState[] {
  return Array.from(table.values, value => {
    const label = table.labels[value];
    return label !== undefined && isState(label) ? label : 'undescribed';
  });
}

function labelColours(labels: readonly string[], theme: Theme): Rgb[] {
  const blank: Rgb = theme.dark ? [48, 48, 48] : [240, 240, 240];
  return labels.map(label => (isState(label) ? STATE_LOOKS[label].colour : null) ?? blank);
}
