import * as React from 'react';
import type { Head, ModelFacts } from '../contract/records';
import type { BenchApi, Selection } from './api';
import { FilterField } from './filter_field';
import { filterText, matches, parseFilter, type HeadFilter } from './head_filter';
import type { HeadMapHandle } from './head_map';
import { bestHead, valueOf, valueText, type HeadTable } from './head_table';
import { withUnit } from './head_text';
import { headName, sameHead } from './heads';
import { MapBody } from './map_body';
import { MapKeyTable } from './map_key_table';
import { inRank, paneCommand } from './map_keys';
import { MapAsking, MapFailed, MapSkeleton } from './map_states';
import { fullTitle } from './measure_list';
import { MeasurePicker } from './measure_picker';
import { PoliteRegion } from './polite_region';
import { useHeadFocus } from './use_head_focus';
import { useMapData, type MapData } from './use_map_data';
import { useVisible } from './use_visible';
import { useElementId } from './use_element_id';

export interface MapPaneProps {
  api: BenchApi;
  selection: Selection;
  model: ModelFacts;
  /** Key of the measure shown; empty for the first that can be had. */
  measure: string;
  onMeasure: (key: string) => void;
  onOpen: (head: Head) => void;
}

const NO_FILTER: HeadFilter = { kind: 'none' };

/** The head map with its measure, filter, legend and ranked list. */
export function MapPane(props: MapPaneProps): React.JSX.Element {
  const { api, model, selection, onMeasure, onOpen } = props;
  const root = React.useRef<HTMLDivElement>(null);
  const picker = React.useRef<HTMLInputElement>(null);
  const field = React.useRef<HTMLInputElement>(null);
  const map = React.useRef<HeadMapHandle>(null);
  const keysId = useElementId();
  const [text, setText] = React.useState('');
  const [keysShown, setKeysShown] = React.useState(false);
  const data = useMapData(api, props.measure, useVisible(root));
  const { table, states, measure } = data;
  const { focused, selected, setFocused } = useHeadFocus(selection, model, table);

  const filter = React.useMemo(() => (table ? parseFilter(text, table) : NO_FILTER), [text, table]);
  const kept = React.useMemo(
    () => (table ? matches(filter, table, states) : null),
    [filter, table, states]
  );
  const outcome = table ? filterText(filter, kept, table.values.length) : '';

  const latestOpen = React.useRef(onOpen);
  React.useEffect(() => {
    latestOpen.current = onOpen;
  });
  const open = React.useCallback(
    (head: Head) => {
      selection.set(head);
      latestOpen.current(head);
    },
    [selection]
  );

  const grab = React.useRef(false);
  React.useLayoutEffect(() => {
    if (grab.current) {
      grab.current = false;
      map.current?.focus();
    }
  }, [focused]);
  const moveTo = (head: Head) => {
    if (sameHead(head, focused)) {
      map.current?.focus();
    } else {
      grab.current = true;
      setFocused(head);
    }
  };

  const choose = (key: string) => {
    data.ask(key);
    onMeasure(key);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const command = paneCommand(event.nativeEvent);
    if (command === 'measure') {
      picker.current?.focus();
    } else if (command === 'filter') {
      field.current?.focus();
    } else if (command === 'keys') {
      setKeysShown(!keysShown);
    } else if (command && table) {
      moveTo(inRank(command, focused, table));
    } else if (event.key === 'Escape' && keysShown) {
      setKeysShown(false);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="hl-MapPane" data-region tabIndex={-1} ref={root} onKeyDown={onKeyDown}>
      <div className="hl-MapPane-inner">
        <div className="hl-MapPane-bar">
          <MeasurePicker
            ref={picker}
            measures={data.measures}
            measure={measure?.key ?? ''}
            onMeasure={choose}
          />
          <FilterField
            ref={field}
            text={text}
            onText={setText}
            outcome={outcome}
            ignored={filter.kind === 'ignored'}
            onDone={() => moveTo(filter.kind === 'head' ? filter.head : focused)}
          />
          <button
            className="hl-Button hl-MapPane-keys"
            aria-expanded={keysShown}
            aria-controls={keysShown ? keysId : undefined}
            aria-keyshortcuts="?"
            onClick={() => setKeysShown(!keysShown)}
          >
            Keys <kbd>?</kbd>
          </button>
        </div>
        {keysShown && <MapKeyTable id={keysId} />}
        {data.problem && (
          <MapFailed
            what={measure ? fullTitle(measure) : 'The list of measures'}
            problem={data.problem}
            onRetry={data.retry}
          />
        )}
        {table ? (
          <MapBody
            ref={map}
            table={table}
            states={states}
            model={model}
            kept={kept}
            focused={focused}
            selected={selected}
            onFocusHead={setFocused}
            onOpen={open}
          />
        ) : (
          !data.problem && <Missing data={data} model={model} />
        )}
        {data.statesProblem && (
          <p className="hl-Note" data-kind="warning">
            {`The states of the heads could not be read from the catalogue: ${data.statesProblem}`}
          </p>
        )}
        <PoliteRegion text={spoken(data, filter, outcome)} />
      </div>
    </div>
  );
}

function Missing({ data, model }: { data: MapData; model: ModelFacts }): React.JSX.Element {
  const { measure } = data;
  if (data.status === 'asking' && measure) {
    return <MapAsking measure={measure} model={model} onAsk={() => data.ask(measure.key)} />;
  }
  return data.status === 'empty' ? (
    <p className="hl-Note">The kernel offers no measure for this model.</p>
  ) : (
    <MapSkeleton model={model} />
  );
}

function spoken(data: MapData, filter: HeadFilter, outcome: string): string {
  const { measure, table } = data;
  if (data.problem) {
    return '';
  }
  if (!table) {
    return data.status === 'waiting' && measure ? `Waiting for ${fullTitle(measure)}` : '';
  }
  return filter.kind === 'none' ? summary(table) : outcome;
}

/** "Largest relation score: highest L5H3 with 0.412 share of pairs" */
function summary(table: HeadTable): string {
  const best = bestHead(table);
  const title = fullTitle(table.measure);
  return !best || table.measure.scale === 'state'
    ? `${title} shown`
    : `${title}: highest ${headName(best)} with ${withUnit(valueText(table, valueOf(table, best)), table.measure)}`;
}
