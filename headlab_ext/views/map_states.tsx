import * as React from 'react';
import type { Measure, ModelFacts } from '../contract/records';
import { mapGeometry } from './head_map';
import { totalHeads } from './heads';
import { UNMEASURED_WIDTH } from './map_body';
import { fullTitle } from './measure_list';
import { formatCount, formatSeconds } from './numbers';
import { useSize } from './use_size';

/** Never asked: what it would show, what it costs, one button. */
export function MapAsking(props: {
  measure: Measure;
  model: ModelFacts;
  onAsk: () => void;
}): React.JSX.Element {
  const { measure, model } = props;
  const heads = formatCount(totalHeads(model));
  const cost =
    measure.estimate_seconds === null
      ? 'how long it takes is not known'
      : `about ${formatSeconds(measure.estimate_seconds)}`;
  return (
    <div className="hl-MapState">
      <p className="hl-MapState-title">{fullTitle(measure)}</p>
      <p>{measure.explanation}</p>
      {measure.reason ? (
        <p className="hl-Note">{measure.reason}</p>
      ) : (
        <p>
          <button className="hl-Button" data-main="" onClick={props.onAsk}>
            Compute for {heads} heads
          </button>
          <span className="hl-dim">{` ${cost}`}</span>
        </p>
      )}
    </div>
  );
}

/** What went wrong, and another try. */
export function MapFailed(props: {
  what: string;
  problem: string;
  onRetry: () => void;
}): React.JSX.Element {
  return (
    <div className="hl-Note hl-MapFailed" data-kind="error" role="alert">
      <p>
        <b>{`${props.what} could not be shown.`}</b> {props.problem}
      </p>
      <button className="hl-Button" onClick={props.onRetry}>
        Retry
      </button>
    </div>
  );
}

/** The place of a map that is on its way, in the size that it will have. */
export function MapSkeleton({ model }: { model: ModelFacts }): React.JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  const room = useSize(box, UNMEASURED_WIDTH);
  const geometry = mapGeometry(model.n_layers, model.n_heads, room);
  return (
    <div className="hl-MapBody hl-MapSkeleton" aria-hidden="true">
      <div className="hl-MapBody-map" ref={box}>
        <div
          className="hl-MapSkeleton-map"
          style={{ width: geometry.width, height: geometry.height }}
        />
        <div className="hl-MapBody-words">
          <div className="hl-MapSkeleton-legend" />
        </div>
      </div>
      <div className="hl-MapSkeleton-list" />
    </div>
  );
}
