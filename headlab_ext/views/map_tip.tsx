import * as React from 'react';
import type { Head } from '../contract/records';
import { MapMark } from './map_mark';
import type { StateGrid } from './head_states';
import type { HeadTable } from './head_table';
import { headText } from './head_text';
import { headName } from './heads';

interface MapTipProps {
  table: HeadTable;
  states: StateGrid | null;
  head: Head;
  group: string;
  /** Place of the head's cell in the tip's parent, whose width bounds the tip. */
  left: number;
  top: number;
  bottom: number;
  bound: { width: number; height: number };
}

/** The head under the pointer. Hidden from assistive technology, whose cells say the same. */
export function MapTip(props: MapTipProps): React.JSX.Element {
  const { table, states, head, bound } = props;
  const text = headText(table, states, head);
  const across: React.CSSProperties =
    props.left > bound.width / 2 ? { right: bound.width - props.left } : { left: props.left };
  const down: React.CSSProperties =
    props.bottom > bound.height * 0.6 && props.top > 96
      ? { bottom: bound.height - props.top + 8 }
      : { top: props.bottom + 8 };
  return (
    <div className="hl-MapTip" aria-hidden="true" style={{ ...across, ...down }}>
      <span className="hl-MapTip-name">{headName(head)}</span>
      {text.value && <span>{text.value}</span>}
      {text.rank && <span className="hl-dim">{text.rank}</span>}
      {props.group && <span className="hl-dim">{props.group}</span>}
      {text.stateKey && text.stateKey !== 'undescribed' && (
        <span className="hl-MapTip-state">
          <MapMark state={text.stateKey} />
          {text.state}
        </span>
      )}
      {text.stateKey === 'undescribed' && table.measure.scale === 'state' && (
        <span>{text.state}</span>
      )}
    </div>
  );
}
