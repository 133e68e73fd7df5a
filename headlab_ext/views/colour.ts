// Values to colours: which table a measure uses, and the map's pixels.
import type { Measure } from '../contract/records';
import { CIVIDIS, PUOR, PUOR_DARK, RDBU, RDBU_DARK, VIRIDIS } from './colour_tables';
import type { ColourRange } from './colour_range';
import type { Theme } from './theme';

/** 256 colours: red, green and blue bytes. */
export type ColourTable = Uint8ClampedArray;

export type Rgb = readonly [number, number, number];

const STEPS = 256;
/** What is left of the colour of a head that the filter leaves out. */
const DIMMED_ALPHA = 38;

const decoded = new Map<string, ColourTable>();

export function decodeTable(base64: string): ColourTable {
  let table = decoded.get(base64);
  if (!table) {
    table = Uint8ClampedArray.from(atob(base64), letter => letter.charCodeAt(0));
    decoded.set(base64, table);
  }
  return table;
}

/** The table of a numeric measure: viridis and red-blue, or what high contrast asks for. */
export function tableFor(scale: Measure['scale'], theme: Theme): ColourTable {
  if (scale === 'diverging') {
    const [light, dark] = theme.contrast ? [PUOR, PUOR_DARK] : [RDBU, RDBU_DARK];
    return decodeTable(theme.dark ? dark : light);
  }
  return decodeTable(theme.contrast ? CIVIDIS : VIRIDIS);
}

/** The place in the table of a value, clipped to the range. */
export function stepOf(value: number, range: ColourRange): number {
  const share = (value - range.low) / (range.high - range.low);
  return Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1));
}

export function colourAt(table: ColourTable, step: number): Rgb {
  return [table[step * 3], table[step * 3 + 1], table[step * 3 + 2]];
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** A CSS gradient of the whole table, from left to right. */
export function gradient(table: ColourTable, stops = 32): string {
  const colours = Array.from({ length: stops }, (_, i) =>
    css(colourAt(table, Math.round((i / (stops - 1)) * (STEPS - 1))))
  );
  return `linear-gradient(to right, ${colours.join(', ')})`;
}

/**
 * One RGBA pixel for each value; NaN stays transparent. Where `keep` is 0 the colour is faded.
 * `out` is used again if it fits, so that a switch of measures allocates nothing.
 */
export function pixels(
  values: ArrayLike<number>,
  table: ColourTable,
  range: ColourRange,
  keep?: Uint8Array | null,
  out?: Uint8ClampedArray<ArrayBuffer>
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = out?.length === values.length * 4 ? out : new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) {
      rgba.fill(0, i * 4, i * 4 + 4);
      continue;
    }
    const from = stepOf(value, range) * 3;
    rgba[i * 4] = table[from];
    rgba[i * 4 + 1] = table[from + 1];
    rgba[i * 4 + 2] = table[from + 2];
    rgba[i * 4 + 3] = keep && !keep[i] ? DIMMED_ALPHA : 255;
  }
  return rgba;
}

/** One RGBA pixel for each category; a negative one stays transparent. */
export function categoryPixels(
  categories: ArrayLike<number>,
  colours: readonly (Rgb | null)[],
  keep?: Uint8Array | null,
  out?: Uint8ClampedArray<ArrayBuffer>
): Uint8ClampedArray<ArrayBuffer> {
  const rgba =
    out?.length === categories.length * 4 ? out : new Uint8ClampedArray(categories.length * 4);
  for (let i = 0; i < categories.length; i++) {
    const colour = colours[categories[i]];
    if (!colour) {
      rgba.fill(0, i * 4, i * 4 + 4);
      continue;
    }
    rgba.set(colour, i * 4);
    rgba[i * 4 + 3] = keep && !keep[i] ? DIMMED_ALPHA : 255;
  }
  return rgba;
}

/** Black or white, whichever reads better on the colour (WCAG relative luminance). */
export function inkOn(colour: Rgb): '#000' | '#fff' {
  return luminance(colour) > 0.179 ? '#000' : '#fff';
}

export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(byte => {
    const v = byte / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
