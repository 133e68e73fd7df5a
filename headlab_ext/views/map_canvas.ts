// Drawing of the map's three canvases: values, lines and marks, hover and selection.
import type { Head } from '../contract/records';
import { cellMark, cornerMark } from './canvas_marks';
import type { HeadState } from './head_states';
import { cellBox, groupSize, kvGroup, type MapGeometry } from './map_geometry';

/** Below this cell size there is no room for wider gaps. */
const NARROW_CELL = 10;

export interface MapInks {
  line: string;
  strong: string;
  text: string;
  ground: string;
}

/** The theme's colours at an element. */
export function inksOf(element: Element): MapInks {
  const style = getComputedStyle(element);
  const read = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  return {
    line: read('--hl-line', '#bdbdbd'),
    strong: read('--hl-line-strong', '#757575'),
    text: read('--hl-text', '#000'),
    ground: read('--hl-ground', '#fff')
  };
}

/** One pixel a cell; the page scales the canvas without smoothing. */
export function drawValues(
  canvas: HTMLCanvasElement,
  rgba: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number
): void {
  resize(canvas, width, height);
  if (width > 0 && height > 0) {
    canvas.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }
}

export interface MapMarks {
  geometry: MapGeometry;
  nKvHeads: number;
  /** Heads without a value, as places in the flat order. */
  missing: readonly number[];
  states: readonly (HeadState | null)[] | null;
  /** Heads that the filter leaves out show no mark. */
  kept: Uint8Array | null;
  /** Marks fill the cells on the state measure and sit in a corner on the others. */
  marks: 'cell' | 'corner';
  inks: MapInks;
}

export function drawMarks(canvas: HTMLCanvasElement, marks: MapMarks): void {
  const { geometry, inks } = marks;
  const context = prepare(canvas, geometry);
  if (!context) {
    return;
  }
  for (const flat of marks.missing) {
    hatch(context, geometry, headOf(flat, geometry), inks);
  }
  lines(context, geometry, inks.line);
  const shared = groupSize(geometry.nHeads, marks.nKvHeads);
  if (shared > 1) {
    groups(context, geometry, shared, inks);
  }
  marks.states?.forEach((state, flat) => {
    if (
      state &&
      (!marks.kept || marks.kept[flat]) &&
      (marks.marks === 'cell' || state !== 'undescribed')
    ) {
      const draw = marks.marks === 'cell' ? cellMark : cornerMark;
      draw(context, cellBox(geometry, headOf(flat, geometry)), geometry.gap, state, inks);
    }
  });
}

export interface MapPointer {
  geometry: MapGeometry;
  nKvHeads: number;
  hover: Head | null;
  selected: Head | null;
}

export function drawPointer(canvas: HTMLCanvasElement, pointer: MapPointer): void {
  const { geometry, hover, selected } = pointer;
  const context = prepare(canvas, geometry);
  if (!context) {
    return;
  }
  const shown = hover ?? selected;
  if (shown && pointer.nKvHeads < geometry.nHeads) {
    const [first, count] = kvGroup(shown, geometry.nHeads, pointer.nKvHeads);
    const box = cellBox(geometry, { layer: shown.layer, index: first });
    ring(context, geometry, box.left, box.top, box.width * count, 1, [3, 2]);
  }
  if (hover) {
    const box = cellBox(geometry, hover);
    ring(context, geometry, box.left, box.top, box.width, 1);
  }
  if (selected) {
    const box = cellBox(geometry, selected);
    ring(context, geometry, box.left, box.top, box.width, 2);
  }
}

function headOf(flat: number, geometry: MapGeometry): Head {
  return { layer: Math.floor(flat / geometry.nHeads), index: flat % geometry.nHeads };
}

// A margin around the map leaves room for rings at its edge.
export const MARGIN = 4;

/** A cleared context in CSS pixels whose origin is the first cell's corner. */
function prepare(canvas: HTMLCanvasElement, geometry: MapGeometry) {
  const { scale } = geometry;
  resize(
    canvas,
    Math.round((geometry.width + 2 * MARGIN) * scale),
    Math.round((geometry.height + 2 * MARGIN) * scale)
  );
  const context = canvas.getContext('2d');
  context?.setTransform(1, 0, 0, 1, 0, 0);
  context?.clearRect(0, 0, canvas.width, canvas.height);
  const origin = Math.round(MARGIN * scale);
  context?.setTransform(scale, 0, 0, scale, origin, origin);
  return context;
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  // Setting a size empties and reallocates the canvas, even to the same size.
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
}

function lines(context: CanvasRenderingContext2D, geometry: MapGeometry, colour: string): void {
  const { cell, gap, width, height } = geometry;
  context.fillStyle = colour;
  for (let index = 1; index < geometry.nHeads; index++) {
    context.fillRect(index * cell - gap, 0, gap, height);
  }
  for (let layer = 1; layer < geometry.nLayers; layer++) {
    context.fillRect(0, layer * cell - gap, width, gap);
  }
}

/** Wider gaps between the heads that share a key-value head. */
function groups(
  context: CanvasRenderingContext2D,
  geometry: MapGeometry,
  size: number,
  inks: MapInks
): void {
  const { cell, gap, height } = geometry;
  const inner = cell < NARROW_CELL ? 0 : gap;
  for (let index = size; index < geometry.nHeads; index += size) {
    const left = index * cell - gap;
    context.fillStyle = inks.ground;
    context.fillRect(left - inner, 0, gap + 2 * inner, height);
    context.fillStyle = inks.strong;
    context.fillRect(left, 0, gap, height);
  }
}

function hatch(
  context: CanvasRenderingContext2D,
  geometry: MapGeometry,
  head: Head,
  inks: MapInks
): void {
  const { left, top, width, height } = cellBox(geometry, head);
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.fillStyle = inks.ground;
  context.fillRect(left, top, width, height);
  context.strokeStyle = inks.strong;
  context.lineWidth = geometry.gap;
  context.beginPath();
  // Lines at fixed places of the map, so that the hatch of neighbours is one pattern.
  const start = Math.floor((left - top - height) / 4) * 4;
  for (let at = start; at < left + width - top; at += 4) {
    context.moveTo(at + top, top);
    context.lineTo(at + top + height, top + height);
  }
  context.stroke();
  context.restore();
}

/** Black inside white: one of the two shows on every colour. */
function ring(
  context: CanvasRenderingContext2D,
  geometry: MapGeometry,
  left: number,
  top: number,
  width: number,
  weight: number,
  dash: number[] = []
): void {
  const { cell, gap } = geometry;
  const strokeAt = (outside: number, colour: string, pattern: number[]) => {
    context.strokeStyle = colour;
    context.lineWidth = weight;
    context.setLineDash(pattern);
    context.strokeRect(
      left - gap - outside,
      top - gap - outside,
      width + gap + 2 * outside,
      cell + gap + 2 * outside
    );
  };
  strokeAt(weight * 0.5 + (weight > 1 ? weight : 0), '#fff', []);
  strokeAt(weight > 1 ? weight * 0.5 : -weight * 0.5, '#000', dash);
}
