import * as React from 'react';
import type { Head } from '../contract/records';
import type { StateGrid } from './head_states';
import type { HeadTable } from './head_table';
import { headSentence } from './head_text';
import { sameHead } from './heads';
import type { MapGeometry } from './map_geometry';

interface HeadRowProps {
  table: HeadTable;
  states: StateGrid | null;
  geometry: MapGeometry;
  focused: Head;
  selected: Head | null;
  onOpen: (head: Head) => void;
}

/** The grid's only row of real cells: that of the focused head, laid over the canvas. */
export const HeadRow = React.memo(function HeadRow(props: HeadRowProps): React.JSX.Element {
  const { table, states, geometry, focused, selected } = props;
  const { layer } = focused;
  const side = { width: geometry.cell - geometry.gap, height: geometry.cell - geometry.gap };
  const heads = Array.from({ length: table.nHeads }, (_, index) => ({ layer, index }));
  return (
    <div
      role="row"
      className="hl-HeadMap-row"
      aria-rowindex={layer + 1}
      style={{ top: layer * geometry.cell }}
    >
      {heads.map(head => (
        <div
          key={head.index}
          role="gridcell"
          className="hl-HeadMap-cell"
          aria-colindex={head.index + 1}
          aria-selected={sameHead(head, selected)}
          aria-label={headSentence(table, states, head)}
          tabIndex={head.index === focused.index ? 0 : -1}
          style={{ left: head.index * geometry.cell, ...side }}
          // Assistive technology clicks the cell itself; the pointer hits the grid around it.
          onClick={event => {
            event.stopPropagation();
            props.onOpen(head);
          }}
        />
      ))}
    </div>
  );
});
