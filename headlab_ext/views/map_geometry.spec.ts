import { describe, expect, it } from 'vitest';
import { headTable } from './head_table';
import { cellBox, fitMap, groupSize, headAtPoint, kvGroup, labelled } from './map_geometry';
import { moved, paneCommand } from './map_keys';
import { TINY } from './map_fixture';

describe('the geometry of the map', () => {
  it.each([
    [3, 20, 600, 1, 24],
    [80, 64, 480, 1, 7],
    [80, 64, 100, 1, 6],
    [1, 1, 600, 2, 24],
    [12, 12, 200, 1.5, 25 / 1.5]
  ])('%d x %d in %d px at %d fits cells of %d px', (layers, heads, width, scale, cell) => {
    const map = fitMap(layers, heads, width, scale);
    expect(map.cell).toBeCloseTo(cell, 9);
    expect(Number.isInteger(map.cell * scale)).toBe(true);
    expect(map.width).toBeCloseTo(cell * heads, 9);
    expect(map.height).toBeCloseTo(cell * layers, 9);
    expect(map.gap).toBeLessThan(map.cell / 2);
  });

  it('finds the head under every cell centre, and none outside', () => {
    const map = fitMap(5, 7, 333, 1.25);
    for (let layer = 0; layer < 5; layer++) {
      for (let index = 0; index < 7; index++) {
        const box = cellBox(map, { layer, index });
        const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
        expect(headAtPoint(map, x, y)).toEqual({ layer, index });
      }
    }
    expect(headAtPoint(map, -1, 5)).toBeNull();
    expect(headAtPoint(map, map.width + 1, 5)).toBeNull();
    expect(headAtPoint(map, 5, map.height)).toBeNull();
  });

  it('labels what has room', () => {
    expect(labelled(4, 24, 20)).toEqual([0, 1, 2, 3]);
    expect(labelled(64, 7, 28)).toEqual(Array.from({ length: 16 }, (_, i) => 4 * i));
    expect(labelled(1, 6, 30)).toEqual([0]);
  });

  it('knows the heads that share a key-value head', () => {
    expect(groupSize(32, 4)).toBe(8);
    expect(groupSize(12, 12)).toBe(1);
    expect(kvGroup({ layer: 0, index: 13 }, 32, 4)).toEqual([8, 8]);
  });
});

describe('the keys', () => {
  const table = headTable(TINY);
  const key = (name: string, ctrlKey = false) => ({
    key: name,
    ctrlKey,
    metaKey: false,
    altKey: false
  });
  const control = (flat: number) => table.values[flat] > 0.12;
  const go = (name: string, from: [number, number], ctrl = false) => {
    const to = moved(key(name, ctrl), { layer: from[0], index: from[1] }, table, control);
    return to && [to.layer, to.index];
  };

  it.each([
    ['ArrowRight', [0, 0], [0, 1]],
    ['ArrowRight', [0, 2], [0, 2]],
    ['ArrowLeft', [0, 1], [0, 0]],
    ['ArrowDown', [0, 1], [1, 1]],
    ['ArrowUp', [0, 1], [0, 1]],
    ['Home', [1, 2], [1, 0]],
    ['End', [0, 0], [0, 2]],
    ['PageDown', [0, 1], [1, 1]],
    ['PageUp', [1, 1], [0, 1]]
  ] as const)('%s leads from %j to %j', (name, from, to) =>
    expect(go(name, [from[0], from[1]])).toEqual(to)
  );

  it('leads with Ctrl to corners and to heads above the threshold, else to the edge', () => {
    expect(go('Home', [1, 2], true)).toEqual([0, 0]);
    expect(go('End', [0, 0], true)).toEqual([1, 2]);
    expect(go('ArrowRight', [0, 0], true)).toEqual([0, 1]);
    expect(go('ArrowRight', [1, 0], true)).toEqual([1, 2]);
    expect(go('ArrowRight', [0, 1], true)).toEqual([0, 2]);
  });

  it('leaves other keys alone', () => {
    expect(go('a', [0, 0])).toBeNull();
    expect(go('Tab', [0, 0])).toBeNull();
    expect(
      moved({ ...key('ArrowUp'), altKey: true }, { layer: 1, index: 0 }, table, control)
    ).toBeNull();
  });

  it('has no letters while a text field has the focus or with a modifier', () => {
    const [button, input, area] = ['button', 'input', 'textarea'].map(tag =>
      document.createElement(tag)
    );
    expect(paneCommand({ ...key('m'), target: button })).toBe('measure');
    expect(paneCommand({ ...key('/'), target: button })).toBe('filter');
    expect(paneCommand({ ...key('m'), target: input })).toBeNull();
    expect(paneCommand({ ...key('n'), target: area })).toBeNull();
    expect(paneCommand({ ...key('n', true), target: button })).toBeNull();
    expect(paneCommand({ ...key('x'), target: button })).toBeNull();
  });
});
