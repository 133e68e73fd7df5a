import * as React from 'react';
import type { DrafterChoice, Entry, Head } from '../contract/records';
import type { BenchApi, TypingApi } from './api';
import { DraftCost, useDraftEstimate } from './draft_cost';
import { FAILURES, firstDrafter } from './drafters';
import { EntryDrafts } from './entry_drafts';
import { FreeText } from './free_text';
import { formatSeconds } from './numbers';
import { messageOf } from './problems';
import { useDrafting, type Failed } from './use_drafting';
import { useElementId } from './use_element_id';

/** Choose a drafter, draft from the card's evidence, and see every draft so far. */
export function DraftPane(props: {
  api: BenchApi;
  typing: TypingApi;
  head: Head;
  entry: Entry | null;
  onEntry: (entry: Entry) => void;
}): React.JSX.Element {
  const { api, typing, head, entry, onEntry } = props;
  const { choices, problem, reload } = useDrafters(api);
  const [key, setKey] = React.useState<DrafterChoice['key'] | null>(null);
  const drafting = useDrafting(api, head, onEntry);
  const chosen =
    choices.find(choice => choice.key === key && choice.ready) ?? firstDrafter(choices);
  const asks = chosen?.key === 'endpoint';
  const cost = useDraftEstimate(api, head, asks && !drafting.running);
  const [again, setAgain] = React.useState(false);
  const start = (anew: boolean) => {
    setAgain(anew);
    if (chosen) {
      drafting.start(chosen.key, anew);
    }
  };

  return (
    <div className="hl-DraftPane">
      <DrafterPicker
        choices={choices}
        chosen={chosen}
        disabled={drafting.running}
        onChoose={setKey}
      />
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />{' '}
          <button className="hl-Button" onClick={reload}>
            Retry
          </button>
        </p>
      )}
      <div className="hl-DraftPane-bar">
        <button
          className="hl-Button"
          data-main
          disabled={!chosen || drafting.running}
          onClick={() => start(false)}
        >
          {asks ? (
            <span>
              Draft with <FreeText text={chosen.title} />
            </span>
          ) : (
            'Draft by rules'
          )}
        </button>
        {asks && cost.estimate?.known && !drafting.running && (
          <button
            className="hl-Button"
            title="Send the same question once more and pay for it"
            onClick={() => start(true)}
          >
            Ask again
          </button>
        )}
        {drafting.running && (
          <button className="hl-Button" onClick={drafting.cancel}>
            Cancel
          </button>
        )}
        <span role="status" className="hl-dim">
          {drafting.said}
        </span>
      </div>
      {asks && <DraftCost {...cost} />}
      {drafting.running && <Stream text={drafting.text} />}
      {drafting.failed && <Failure failed={drafting.failed} onRetry={() => start(again)} />}
      {entry ? (
        <EntryDrafts key={entry.id} entry={entry} api={api} typing={typing} onEntry={onEntry} />
      ) : (
        <p className="hl-dim">No draft yet.</p>
      )}
    </div>
  );
}

export function useDrafters(api: BenchApi): {
  choices: DrafterChoice[];
  problem: string | null;
  reload: () => void;
} {
  const [choices, setChoices] = React.useState<DrafterChoice[]>([]);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [times, setTimes] = React.useState(0);
  React.useEffect(() => {
    let current = true;
    api.drafters().then(
      found => {
        if (current) {
          setChoices(found);
          setProblem(null);
        }
      },
      (error: unknown) => current && setProblem(messageOf(error))
    );
    return () => {
      current = false;
    };
  }, [api, times]);
  return { choices, problem, reload: () => setTimes(times + 1) };
}

export function DrafterPicker(props: {
  choices: readonly DrafterChoice[];
  chosen: DrafterChoice | null;
  disabled: boolean;
  onChoose: (key: DrafterChoice['key']) => void;
}): React.JSX.Element {
  const { choices, chosen, disabled, onChoose } = props;
  const group = useElementId();
  return (
    <fieldset className="hl-DraftPane-drafters" disabled={disabled}>
      <legend className="hl-visually-hidden">Drafter</legend>
      {choices.map(choice => (
        <label
          key={choice.key}
          className="hl-DraftPane-drafter"
          data-off={!choice.ready || undefined}
        >
          <input
            type="radio"
            name={group}
            checked={choice.key === chosen?.key}
            disabled={!choice.ready}
            onChange={() => onChoose(choice.key)}
          />
          <span>
            <FreeText text={choice.title} />
            <span className="hl-dim hl-DraftPane-detail">
              <FreeText text={choice.ready ? choice.detail : choice.reason} />
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Grows inside a box of fixed height with its last line in view. */
function Stream({ text }: { text: string }): React.JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  React.useLayoutEffect(() => {
    if (box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [text]);
  return (
    <figure className="hl-Stream">
      <figcaption className="hl-dim">Not checked yet</figcaption>
      <div
        className="hl-Stream-text"
        ref={box}
        role="region"
        tabIndex={0}
        aria-label="Text that is being written, not checked yet"
        aria-live="off"
      >
        <FreeText text={text} />
      </div>
    </figure>
  );
}

function Failure(props: { failed: Failed; onRetry: () => void }): React.JSX.Element {
  const { failure, message } = props.failed;
  const details = failure
    ? [
        failure.kind,
        failure.http_status === null ? '' : `HTTP ${failure.http_status}`,
        failure.retry_after === null
          ? ''
          : `the endpoint asks to wait ${formatSeconds(failure.retry_after)}`
      ].filter(Boolean)
    : [];
  return (
    <div className="hl-Note hl-Failure" data-kind="error" role="alert">
      <p>
        <b>{failure ? FAILURES[failure.kind] : 'The request failed'}</b>
        {details.length > 0 && <span className="hl-dim">{` (${details.join(', ')})`}</span>}
      </p>
      <p>
        <FreeText text={message} />
      </p>
      <button className="hl-Button" onClick={props.onRetry}>
        Retry
      </button>
    </div>
  );
}
