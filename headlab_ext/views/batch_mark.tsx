import * as React from 'react';
import type { BatchView, DraftJob } from '../contract/records';
import { BATCH_WORDS, lookOf, type BatchLook } from './batch_words';

/** A mark in a box of 16 by 16: strokes, and parts that are filled. */
interface Shape {
  stroke?: string;
  fill?: string;
}

const CHECK: Shape = { stroke: 'M3 8.5 6.5 12 13 4.5' };
const RING: Shape = { stroke: 'M2.5 8a5.5 5.5 0 1 1 11 0a5.5 5.5 0 1 1-11 0z' };
const CROSS: Shape = { stroke: 'M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5' };
const WARNING: Shape = {
  stroke: 'M8 2.5v6.5',
  fill: 'M6.6 13a1.4 1.4 0 1 1 2.8 0a1.4 1.4 0 1 1-2.8 0z'
};
const ARROW = 'M4.5 3 13 8l-8.5 5z';

const BATCH_SHAPES: Record<BatchLook, Shape> = {
  running: { fill: ARROW },
  elsewhere: { stroke: ARROW },
  idle: RING,
  paused: { stroke: 'M5.5 3.5v9M10.5 3.5v9' },
  stopped: { fill: 'M3.5 3.5h9v9h-9z' },
  cancelled: CROSS,
  finished: CHECK,
  failed: WARNING
};

const JOB_SHAPES: Record<DraftJob['state'], Shape> = {
  waiting: RING,
  sent: { ...RING, fill: 'M8 2.5a5.5 5.5 0 0 1 0 11z' },
  done: CHECK,
  failed: WARNING,
  cancelled: { stroke: 'M3.5 8h9' }
};

export const JOB_WORDS: Record<DraftJob['state'], string> = {
  waiting: 'waiting',
  sent: 'sent',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled'
};

/** How a batch stands, as a shape and a word. */
export function BatchMark({ view }: { view: BatchView }): React.JSX.Element {
  const look = lookOf(view);
  return <Mark shape={BATCH_SHAPES[look]} word={BATCH_WORDS[look]} state={look} />;
}

/** How a job stands; one whose answer was known was not sent and not paid for. */
export function JobMark({ job }: { job: DraftJob }): React.JSX.Element {
  const word = job.reused ? 'known before' : JOB_WORDS[job.state];
  return <Mark shape={JOB_SHAPES[job.state]} word={word} state={job.state} />;
}

function Mark(props: { shape: Shape; word: string; state: string }): React.JSX.Element {
  const { shape, word, state } = props;
  return (
    <span className="hl-StateMark hl-BatchMark" data-state={state}>
      <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" focusable="false">
        {shape.stroke && <path className="hl-StateMark-line" d={shape.stroke} />}
        {shape.fill && <path className="hl-StateMark-fill" d={shape.fill} />}
      </svg>
      {word}
    </span>
  );
}
