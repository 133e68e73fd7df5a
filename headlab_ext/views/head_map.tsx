import * as React from 'react';
import type { Head } from '../contract/records';
import type { ColourRange } from './colour_range';
import { HeadRow } from './head_row';
import type { StateGrid } from './head_states';
import { aboveControl, type HeadTable } from './head_table';
import { sameHead } from './heads';
import { groupText, HeadAxis, LayerAxis } from './map_axes';
import { MARGIN } from './map_canvas';
import { MapCanvases } from './map_canvases';
import { fitMap, headAtPoint, type MapGeometry } from './map_geometry';
import { moved } from './map_keys';
import { MapTip } from './map_tip';
import type { Theme } from './theme';
import type { Size } from './use_size';

const AXES = 34;
const EDGE = 2 * MARGIN + 2;

export interface HeadMapProps {
  table: HeadTable;
  range: ColourRange;
  states: StateGrid | null;
  nKvHeads: number;
  /** 1 for each head that the filter keeps; null: all. */
  kept: Uint8Array | null;
  theme: Theme;
  /** Pixels across that the map may fill, and device pixels for each of them. */
  room: Size;
  focused: Head;
  selected: Head | null;
  onFocusHead: (head: Head) => void;
  onOpen: (head: Head) => void;
}

export interface HeadMapHandle {
  /** Put the keyboard on the focused head. */
  focus(): void;
}

/** All heads of a model, layers down, heads across, coloured by a measure. */
export const HeadMap = React.forwardRef<HeadMapHandle, HeadMapProps>(function HeadMap(props, ref) {
  const { table, states, focused, selected, room } = props;
  const outer = React.useRef<HTMLDivElement>(null);
  const area = React.useRef<HTMLDivElement>(null);
  const follow = React.useRef(false);
  const [hover, setHover] = React.useState<Head | null>(null);
  const geometry = React.useMemo(
    () => mapGeometry(table.nLayers, table.nHeads, room),
    [table.nLayers, table.nHeads, room]
  );
  const { onFocusHead, onOpen } = props;
  const openCell = React.useCallback(
    (head: Head) => {
      onFocusHead(head);
      onOpen(head);
    },
    [onFocusHead, onOpen]
  );

  const focusCell = () =>
    area.current?.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]')?.focus();
  React.useImperativeHandle(ref, () => ({ focus: focusCell }), []);
  React.useLayoutEffect(() => {
    // The row of another layer is made of new cells, so the browser drops the focus on the way.
    if (follow.current) {
      follow.current = false;
      focusCell();
    }
  }, [focused]);

  const goTo = (head: Head) => {
    follow.current = !sameHead(head, focused);
    onFocusHead(head);
  };
  const above = (flat: number) =>
    props.kept ? props.kept[flat] === 1 : aboveControl(table, table.values[flat]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && !hover) {
      return;
    }
    const target = moved(event, focused, table, above);
    if (target) {
      goTo(target);
    } else if (event.key === 'Enter' || event.key === ' ') {
      onOpen(focused);
    } else if (event.key === 'Escape') {
      setHover(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const headUnder = (event: React.MouseEvent): Head | null => {
    const box = area.current!.getBoundingClientRect();
    return headAtPoint(geometry, event.clientX - box.left, event.clientY - box.top);
  };

  return (
    <div className="hl-HeadMap" ref={outer}>
      <div className="hl-HeadMap-scroll" onScroll={() => setHover(null)}>
        <div className="hl-HeadMap-sheet" style={{ width: AXES + geometry.width + EDGE }}>
          <div className="hl-HeadMap-corner" aria-hidden="true" />
          <HeadAxis geometry={geometry} marked={(hover ?? focused).index} />
          <LayerAxis geometry={geometry} marked={(hover ?? focused).layer} />
          <div
            className="hl-HeadMap-area"
            ref={area}
            style={{ width: geometry.width, height: geometry.height }}
          >
            <MapCanvases {...props} geometry={geometry} hover={hover} />
            <div
              role="grid"
              className="hl-HeadMap-grid"
              aria-label={`Head map, ${table.measure.title}`}
              aria-rowcount={table.nLayers}
              aria-colcount={table.nHeads}
              onKeyDown={onKeyDown}
              onPointerMove={event => {
                const head = headUnder(event);
                setHover(old => (sameHead(old, head) ? old : head));
              }}
              onPointerLeave={() => setHover(null)}
              onClick={event => {
                const head = headUnder(event);
                if (head) {
                  follow.current = true;
                  openCell(head);
                }
              }}
            >
              <HeadRow
                key={focused.layer}
                table={table}
                states={states}
                geometry={geometry}
                focused={focused}
                selected={selected}
                onOpen={openCell}
              />
            </div>
          </div>
        </div>
      </div>
      {hover && (
        <MapTip
          table={table}
          states={states}
          head={hover}
          group={groupText(hover.index, table.nHeads, props.nKvHeads)}
          {...tipPlace(hover, geometry, area.current!, outer.current!)}
        />
      )}
    </div>
  );
});

/** The cells' size and place when the map with its axes may fill `room`. */
export function mapGeometry(nLayers: number, nHeads: number, room: Size): MapGeometry {
  return fitMap(nLayers, nHeads, room.width - AXES - EDGE, room.scale);
}

function tipPlace(head: Head, geometry: MapGeometry, area: HTMLElement, outer: HTMLElement) {
  const [inner, bound] = [area.getBoundingClientRect(), outer.getBoundingClientRect()];
  const left = inner.left - bound.left + (head.index + 0.5) * geometry.cell;
  const top = inner.top - bound.top + head.layer * geometry.cell;
  return {
    left,
    top,
    bottom: top + geometry.cell,
    bound: { width: bound.width, height: bound.height }
  };
}
