import * as React from 'react';
import type { Head, ModelFacts } from '../contract/records';
import { rangeOf } from './colour_range';
import { HeadMap, type HeadMapHandle } from './head_map';
import type { StateGrid } from './head_states';
import type { HeadTable } from './head_table';
import { headText } from './head_text';
import { headName } from './heads';
import { Legend } from './legend';
import { groupText } from './map_axes';
import { MapMark } from './map_mark';
import { formatCount } from './numbers';
import { RankedHeads } from './ranked_heads';
import { useTheme } from './theme';
import { useSize } from './use_size';

export const UNMEASURED_WIDTH = 640;

export interface MapBodyProps {
  table: HeadTable;
  states: StateGrid | null;
  model: ModelFacts;
  kept: Uint8Array | null;
  focused: Head;
  selected: Head | null;
  onFocusHead: (head: Head) => void;
  onOpen: (head: Head) => void;
}

/** Map and legend, beside or above the ranked list, with the focused head in words. */
export const MapBody = React.forwardRef<HeadMapHandle, MapBodyProps>(function MapBody(props, ref) {
  const { table, states, model, focused } = props;
  const theme = useTheme();
  const range = React.useMemo(() => rangeOf(table.sorted, table.measure, table.control), [table]);
  const box = React.useRef<HTMLDivElement>(null);
  const room = useSize(box, UNMEASURED_WIDTH);
  const shared = { ...props, range };
  return (
    <div className="hl-MapBody">
      <div className="hl-MapBody-map" ref={box}>
        <HeadMap {...shared} ref={ref} room={room} theme={theme} nKvHeads={model.n_kv_heads} />
        <div className="hl-MapBody-words">
          <StatusLine table={table} states={states} model={model} head={focused} />
          <Legend table={table} range={range} theme={theme} />
          <p className="hl-MapBody-data hl-dim">{dataText(table)}</p>
        </div>
      </div>
      <RankedHeads {...shared} />
    </div>
  );
});

function StatusLine(props: {
  table: HeadTable;
  states: StateGrid | null;
  model: ModelFacts;
  head: Head;
}): React.JSX.Element {
  const { table, states, model, head } = props;
  const text = headText(table, states, head);
  const group = groupText(head.index, table.nHeads, model.n_kv_heads);
  return (
    <div className="hl-MapStatus">
      <b>{headName(head)}</b>
      {text.value && <span>{text.value}</span>}
      {text.rank && <span className="hl-number">{text.rank}</span>}
      {text.stateKey && (
        <span className="hl-MapStatus-state">
          {text.stateKey !== 'undescribed' && <MapMark state={text.stateKey} />}
          {text.state}
        </span>
      )}
      {group && <span className="hl-dim">{group}</span>}
    </div>
  );
}

/** How the numbers were made. */
function dataText(table: HeadTable): string {
  const { n_pairs, k, provenance, measure } = table.source;
  const facts = [
    n_pairs !== null && `${formatCount(n_pairs)} pairs`,
    k !== null && `k = ${formatCount(k)}`,
    provenance && `${provenance.dtype} on ${provenance.device}`,
    provenance && `computed ${provenance.created_at.slice(0, 16).replace('T', ' ')} UTC`
  ].filter(Boolean);
  return [measure.explanation, facts.length > 0 ? `${facts.join(', ')}.` : '']
    .filter(Boolean)
    .join(' ');
}
