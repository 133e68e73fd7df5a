import * as React from 'react';
import { groupSize, labelled, type MapGeometry } from './map_geometry';

const HEAD_LABEL_ROOM = 30;
const LAYER_LABEL_ROOM = 14;

interface AxisProps {
  geometry: MapGeometry;
  marked: number | null;
}

/** Layers down the left side, layer 0 at the top; sparse where cells are small. */
export const LayerAxis = React.memo(function LayerAxis(props: AxisProps): React.JSX.Element {
  const { geometry, marked } = props;
  return (
    <div className="hl-HeadMap-layers" style={{ height: geometry.height }} aria-hidden="true">
      {shown(geometry.nLayers, geometry.cell, LAYER_LABEL_ROOM, marked).map(layer => (
        <span
          key={layer}
          data-marked={layer === marked || undefined}
          style={{ top: (layer + 0.5) * geometry.cell }}
        >
          {`L${layer}`}
        </span>
      ))}
    </div>
  );
});

/** Heads along the top. */
export const HeadAxis = React.memo(function HeadAxis(props: AxisProps): React.JSX.Element {
  const { geometry, marked } = props;
  return (
    <div className="hl-HeadMap-heads" style={{ width: geometry.width }} aria-hidden="true">
      {shown(geometry.nHeads, geometry.cell, HEAD_LABEL_ROOM, marked).map(index => (
        <span
          key={index}
          data-marked={index === marked || undefined}
          style={{ left: (index + 0.5) * geometry.cell }}
        >
          {`H${index}`}
        </span>
      ))}
    </div>
  );
});

/** "Heads 8 to 15 share key-value head 1", empty without sharing. */
export function groupText(index: number, nHeads: number, nKvHeads: number): string {
  const size = groupSize(nHeads, nKvHeads);
  if (size <= 1) {
    return '';
  }
  const group = Math.floor(index / size);
  return `heads ${group * size} to ${(group + 1) * size - 1} share key-value head ${group}`;
}

/** The sparse labels, with the marked one in place of those it would touch. */
function shown(count: number, cell: number, room: number, marked: number | null): number[] {
  const sparse = labelled(count, cell, room);
  if (marked === null || sparse.includes(marked)) {
    return sparse;
  }
  return [...sparse.filter(at => Math.abs(at - marked) * cell >= room), marked];
}
