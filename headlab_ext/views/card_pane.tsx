import * as React from 'react';
import type { Head, HeadView, ModelFacts } from '../contract/records';
import type { BenchApi, TypingApi } from './api';
import { DraftPane } from './draft_pane';
import { FreeText } from './free_text';
import { HeadCard } from './head_card';
import { headName, sameHead } from './heads';
import { ReviewForm } from './review_form';
import { testsPart } from './tests_part';
import { useHeadView } from './use_head_view';

/** The card of the selected head, with drafting and review below its evidence. */
export function CardPane(props: {
  api: BenchApi;
  typing: TypingApi;
  head: Head | null;
  model: ModelFacts;
  onHead: (head: Head) => void;
}): React.JSX.Element {
  const { api, typing, head, model, onHead } = props;
  const { view, problem, reload, setEntry } = useHeadView(api, head, model.fingerprint);
  if (!head) {
    return (
      <div className="hl-CardPane hl-CardPane-empty">
        <p>Pick a head on the map to see its card.</p>
        <p className="hl-dim">
          A card shows what the head writes, its relation scores, and what the model loses without
          it. From there a description is drafted and reviewed.
        </p>
      </div>
    );
  }
  if (problem) {
    return (
      <div className="hl-CardPane">
        <div className="hl-Note" data-kind="error" role="alert">
          <p>
            <b>{`The evidence of ${headName(head)} could not be shown.`}</b>
          </p>
          <p>
            <FreeText text={problem} />
          </p>
          <button className="hl-Button" onClick={reload}>
            Retry
          </button>
        </div>
      </div>
    );
  }
  if (!view) {
    return <Skeleton head={head} />;
  }
  return (
    <div className="hl-CardPane" aria-busy={!sameHead(view.head, head) || undefined}>
      <SiblingLinks view={view} onHead={onHead} />
      <HeadCard
        key={headName(view.head)}
        view={view}
        onHead={onHead}
        onMeasureAttention={async () => {
          await api.head(view.head, { attention: true });
          reload();
        }}
        parts={[
          {
            title: 'Draft',
            body: (
              <DraftPane
                api={api}
                typing={typing}
                head={view.head}
                entry={view.entry}
                onEntry={setEntry}
              />
            )
          },
          ...testsPart(view.entry, { api, onEntry: setEntry }),
          {
            title: 'Review',
            body: view.entry ? (
              <ReviewForm
                key={view.entry.id}
                entry={view.entry}
                api={api}
                typing={typing}
                onEntry={setEntry}
              />
            ) : (
              <p className="hl-dim">
                No draft yet. Draft a description above; the review starts from its text.
              </p>
            )
          }
        ]}
      />
    </div>
  );
}

/** Steps through the heads that share a key-value head. */
function SiblingLinks(props: {
  view: HeadView;
  onHead: (head: Head) => void;
}): React.JSX.Element | null {
  const { view, onHead } = props;
  const others = view.siblings.filter(sibling => !sameHead(sibling, view.head));
  const before = others.filter(sibling => sibling.index < view.head.index).at(-1);
  const after = others.find(sibling => sibling.index > view.head.index);
  if (!before && !after) {
    return null;
  }
  return (
    <nav className="hl-SiblingLinks" aria-label="Heads with the same key-value head">
      {before && (
        <button className="hl-Button" onClick={() => onHead(before)}>
          {`← ${headName(before)}`}
        </button>
      )}
      {after && (
        <button className="hl-Button" onClick={() => onHead(after)}>
          {`${headName(after)} →`}
        </button>
      )}
    </nav>
  );
}

function Skeleton({ head }: { head: Head }): React.JSX.Element {
  return (
    <div className="hl-CardPane" aria-busy="true">
      <p
        className="hl-visually-hidden"
        role="status"
      >{`Reading the evidence of ${headName(head)}`}</p>
      <div className="hl-Skeleton" aria-hidden="true">
        <div className="hl-Skeleton-title">{headName(head)}</div>
        {[72, 96, 90, 60, 96, 84, 92, 70, 88, 94].map((width, index) => (
          <div key={index} className="hl-Skeleton-line" style={{ width: `${width}%` }} />
        ))}
      </div>
    </div>
  );
}
