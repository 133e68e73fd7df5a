import * as React from 'react';
import type { BatchView } from '../contract/records';
import { BatchMark } from './batch_mark';
import { countHeads, countWords, endpointOf, spentWords, totalJobs } from './batch_words';
import { FreeText } from './free_text';
import { formatCount } from './numbers';
import { Time } from './times';

interface BatchListProps {
  views: readonly BatchView[];
  chosen: number | null;
  onChoose: (id: number) => void;
}

/** Batches, the newest first, above single drafts that have ended; one of them may be shown. */
export function BatchList({ views, chosen, onChoose }: BatchListProps): React.JSX.Element {
  const open = views.filter(view => !isFolded(view));
  const folded = views.filter(isFolded);
  const shown = folded.some(({ batch }) => batch.id === chosen);
  return (
    <>
      {open.length > 0 ? (
        <Items label="Batches, the newest first" views={open} chosen={chosen} onChoose={onChoose} />
      ) : (
        <p className="hl-dim">No batch of several heads yet.</p>
      )}
      {folded.length > 0 && (
        <details className="hl-BatchList-single" open={shown || undefined}>
          <summary>{`Single drafts ${formatCount(folded.length)}`}</summary>
          <Items
            label="Single drafts, the newest first"
            views={folded}
            chosen={chosen}
            onChoose={onChoose}
          />
        </details>
      )}
    </>
  );
}

/** A draft that was asked for by itself is a batch of one; one that was interrupted stays in sight. */
function isFolded({ batch }: BatchView): boolean {
  return batch.kind === 'single' && (batch.state === 'finished' || batch.state === 'cancelled');
}

function Items(props: BatchListProps & { label: string }): React.JSX.Element {
  const { label, views, chosen, onChoose } = props;
  return (
    <ul className="hl-BatchList" aria-label={label}>
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
          {batch.kind === 'single' ? (
            <FreeText text={batch.selection} />
          ) : (
            countHeads(totalJobs(batch))
          )}{' '}
          of <FreeText text={batch.model_name} /> by <FreeText text={endpointOf(batch).model} />
        </span>
      </span>
      <span className="hl-dim hl-number hl-BatchList-counts">{countWords(batch)}</span>
      <span className="hl-dim hl-number hl-BatchList-counts">{spentWords(batch)}</span>
    </>
  );
}
