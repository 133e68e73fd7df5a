import * as React from 'react';
import type { BatchView } from '../contract/records';
import { BatchMark } from './batch_mark';
import { countHeads, countWords, endpointOf, spentWords, totalJobs } from './batch_words';
import { FreeText } from './free_text';
import { Time } from './times';

/** Batches, the newest first; one of them may be shown. */
export function BatchList(props: {
  views: readonly BatchView[];
  chosen: number | null;
  onChoose: (id: number) => void;
}): React.JSX.Element {
  const { views, chosen, onChoose } = props;
  return (
    <ul className="hl-BatchList" aria-label="Batches, the newest first">
      {views.map(view => (
        <li key={view.batch.id}>
          <button
            className="hl-BatchList-item"
            aria-current={view.batch.id === chosen || undefined}
            onClick={() => onChoose(view.batch.id)}
          >
            <Item view={view} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Item({ view }: { view: BatchView }): React.JSX.Element {
  const { batch } = view;
  return (
    <>
      <span className="hl-BatchList-line">
        <b>{`Batch ${batch.id}`}</b>
        <BatchMark view={view} />
        <span className="hl-BatchList-time hl-dim">
          <Time at={batch.created_at} />
        </span>
      </span>
      <span className="hl-BatchList-line">
        <span>
          {countHeads(totalJobs(batch))} of <FreeText text={batch.model_name} /> by{' '}
          <FreeText text={endpointOf(batch).model} />
        </span>
      </span>
      <span className="hl-dim hl-number hl-BatchList-counts">{countWords(batch)}</span>
      <span className="hl-dim hl-number hl-BatchList-counts">{spentWords(batch)}</span>
    </>
  );
}
