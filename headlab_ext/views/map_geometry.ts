// Where the cells of the map are. Cells are whole device pixels, so that their edges are sharp.
import type { Head } from '../contract/records';

export interface MapGeometry {
  nLayers: number;
  nHeads: number;
  /** Device pixels for each CSS pixel. */
  scale: number;
  /** Side of a cell with its gap, in CSS pixels. */
  cell: number;
  /** Line between cells, in CSS pixels. */
  gap: number;
  width: number;
  height: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const MIN_CELL = 6;
export const MAX_CELL = 24;

/** Cells as large as the width allows, within 6 to 24 pixels. */
export function fitMap(
  nLayers: number,
  nHeads: number,
  available: number,
  devicePixelRatio = 1
): MapGeometry {
  const scale = devicePixelRatio > 0 ? devicePixelRatio : 1;
  const least = Math.ceil(MIN_CELL * scale);
  const most = Math.max(least, Math.floor(MAX_CELL * scale));
  const fitting = Math.floor((available * scale) / Math.max(1, nHeads));
  const device = Math.min(most, Math.max(least, fitting));
  const cell = device / scale;
  return {
    nLayers,
    nHeads,
    scale,
    cell,
    gap: Math.max(1, Math.round(scale)) / scale,
    width: (device * nHeads) / scale,
    height: (device * nLayers) / scale
  };
}

export function cellBox(geometry: MapGeometry, head: Head): Box {
  return {
    left: head.index * geometry.cell,
    top: head.layer * geometry.cell,
    width: geometry.cell,
    height: geometry.cell
  };
}

/** The head at a place on the map, null beside it. */
export function headAtPoint(geometry: MapGeometry, x: number, y: number): Head | null {
  const index = Math.floor(x / geometry.cell);
  const layer = Math.floor(y / geometry.cell);
  return index >= 0 && layer >= 0 && index < geometry.nHeads && layer < geometry.nLayers
    ? { layer, index }
    : null;
}

/** Which indices get a label so that labels keep `room` pixels: steps of 1, 2, 5, 10, ... */
export function labelled(count: number, cell: number, room: number): number[] {
  const steps = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100];
  const step = steps.find(size => size * cell >= room) ?? 128;
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}

/** The query heads that read the same key-value head, as first index and count. */
export function kvGroup(head: Head, nHeads: number, nKvHeads: number): [number, number] {
  const size = groupSize(nHeads, nKvHeads);
  return [Math.floor(head.index / size) * size, size];
}

/** Query heads a key-value head; 1 without sharing. */
export function groupSize(nHeads: number, nKvHeads: number): number {
  return nKvHeads > 0 && nHeads % nKvHeads === 0 ? nHeads / nKvHeads : 1;
}
