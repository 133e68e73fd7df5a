import { describe, expect, it } from 'vitest';
import { type ColourTable, colourAt, decodeTable } from './colour';
import * as tables from './colour_tables';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

// Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
const VISION: Record<string, Matrix> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1]
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998]
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881]
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039]
  ]
};
const TO_XYZ: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041]
];
const WHITE: Triple = [0.95047, 1, 1.08883];

const apply = (matrix: Matrix, [x, y, z]: Triple): Triple =>
  matrix.map(row => row[0] * x + row[1] * y + row[2] * z) as unknown as Triple;

function lab(rgb: Triple, vision: Matrix): Triple {
  const linear = rgb.map(byte =>
    byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4
  ) as unknown as Triple;
  const seen = apply(vision, linear).map(v => Math.min(1, Math.max(0, v))) as unknown as Triple;
  const [x, y, z] = apply(TO_XYZ, seen).map((v, i) => {
    const share = v / WHITE[i];
    return share > 216 / 24389 ? Math.cbrt(share) : ((24389 / 27) * share + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a: Triple, b: Triple) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
const seenAs = (table: ColourTable, step: number, vision: Matrix) =>
  lab(colourAt(table, step), vision);
/** The step of x in [-1, 1]. */
const stepOfSigned = (x: number) => Math.round(((x + 1) / 2) * 255);

const SEQUENTIAL = { VIRIDIS: tables.VIRIDIS, CIVIDIS: tables.CIVIDIS };
const DIVERGING = {
  RDBU: tables.RDBU,
  PUOR: tables.PUOR,
  RDBU_DARK: tables.RDBU_DARK,
  PUOR_DARK: tables.PUOR_DARK
};

describe.each(Object.entries({ ...SEQUENTIAL, ...DIVERGING }))('%s', (_, base64) => {
  it('holds 256 colours', () => {
    expect(decodeTable(base64)).toHaveLength(768);
  });
});

describe.each(Object.entries(SEQUENTIAL))('sequential %s', (_, base64) => {
  const table = decodeTable(base64);

  it.each(Object.entries(VISION))('gets lighter all the way, %s vision', (_name, vision) => {
    for (let step = 1; step < 256; step++) {
      const rise = seenAs(table, step, vision)[0] - seenAs(table, step - 1, vision)[0];
      // Rounding to bytes can cost a fraction of a unit.
      expect(rise).toBeGreaterThan(-0.25);
    }
    for (let tenth = 1; tenth < 10; tenth++) {
      const [from, to] = [tenth - 1, tenth].map(t => Math.round((t / 9) * 255));
      expect(seenAs(table, to, vision)[0]).toBeGreaterThan(seenAs(table, from, vision)[0]);
    }
  });

  it.each(Object.entries(VISION))(
    'separates 10 steps by 5 Lab units, %s vision',
    (_name, vision) => {
      const ten = Array.from({ length: 10 }, (_v, i) =>
        seenAs(table, Math.round((i / 9) * 255), vision)
      );
      const smallest = Math.min(...ten.slice(1).map((colour, i) => distance(colour, ten[i])));
      expect(smallest).toBeGreaterThanOrEqual(5);
    }
  );
});

describe.each(Object.entries(DIVERGING))('diverging %s', (name, base64) => {
  const table = decodeTable(base64);

  it.each(Object.entries(VISION))(
    'tells the signs apart at a tenth, %s vision',
    (_name, vision) => {
      for (const x of [0.1, 0.25, 0.5, 1]) {
        const [minus, plus] = [-x, x].map(v => seenAs(table, stepOfSigned(v), vision));
        expect(distance(minus, plus), `x = ${x}`).toBeGreaterThanOrEqual(9);
      }
    }
  );

  it.each(Object.entries(VISION))('changes lightness away from 0, %s vision', (_name, vision) => {
    const outwards = name.endsWith('DARK') ? 1 : -1;
    for (const arm of [-1, 1]) {
      for (let tenth = 1; tenth <= 10; tenth++) {
        const [inner, outer] = [tenth - 1, tenth].map(
          t => seenAs(table, stepOfSigned((arm * t) / 10), vision)[0]
        );
        expect(outwards * (outer - inner), `${arm * tenth} tenths`).toBeGreaterThan(0);
      }
    }
  });

  it('puts blue or purple on the positive side', () => {
    const [red, , blue] = colourAt(table, stepOfSigned(0.6));
    expect(blue).toBeGreaterThan(red);
  });
});

describe('known colours', () => {
  it.each([
    ['VIRIDIS', 0, [0x44, 0x01, 0x54]],
    ['VIRIDIS', 128, [0x21, 0x91, 0x8c]],
    ['VIRIDIS', 22, [72, 32, 113]],
    ['VIRIDIS', 200, [112, 207, 87]],
    ['VIRIDIS', 255, [0xfd, 0xe7, 0x25]],
    ['CIVIDIS', 0, [0x00, 0x22, 0x4e]],
    ['CIVIDIS', 63, [66, 78, 108]],
    ['CIVIDIS', 191, [187, 173, 109]],
    ['RDBU', 0, [0x67, 0x00, 0x1f]],
    ['RDBU', 255, [0x05, 0x30, 0x61]],
    ['PUOR', 0, [0x7f, 0x3b, 0x08]]
  ] as const)('%s %i', (name, step, expected) => {
    colourAt(decodeTable(tables[name]), step).forEach((byte, channel) =>
      expect(Math.abs(byte - expected[channel])).toBeLessThanOrEqual(5)
    );
  });
});
