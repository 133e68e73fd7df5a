import * as React from 'react';
import type { StoredDraft } from '../contract/records';
import type { PromptsApi } from './api';
import { DraftItem } from './draft_item';
import { drafterLabel } from './drafters';
import { FreeText } from './free_text';
import { useElementId } from './use_element_id';

const MOST = 4;
const FEWEST = 2;

/** Two to four drafts in columns, with the words in which they differ from one of them. */
export function DraftColumns(props: {
  drafts: readonly StoredDraft[];
  prompts?: PromptsApi;
  /** What can be done with a draft, by its id. */
  actions: (id: number) => React.ReactNode;
}): React.JSX.Element {
  const { drafts, prompts, actions } = props;
  const [picked, setPicked] = React.useState<readonly number[] | null>(null);
  const [reference, setReference] = React.useState<number | null>(null);
  const newest = drafts.slice(-MOST).map(stored => stored.id);
  const chosen = picked ?? newest;
  const shown = drafts.filter(stored => chosen.includes(stored.id));
  const base = shown.find(stored => stored.id === reference) ?? shown[0];
  const toggle = (id: number) =>
    setPicked(chosen.includes(id) ? chosen.filter(one => one !== id) : [...chosen, id]);
  return (
    <>
      {drafts.length > FEWEST && (
        <fieldset className="hl-DraftChoices-picks">
          <legend className="hl-visually-hidden">Drafts that are shown</legend>
          {drafts.map(({ id, draft }) => {
            const on = chosen.includes(id);
            return (
              <label key={id} className="hl-DraftChoices-pick">
                <input
                  type="checkbox"
                  checked={on}
                  disabled={on ? shown.length <= FEWEST : shown.length >= MOST}
                  onChange={() => toggle(id)}
                />
                {`Draft ${id}, `}
                <FreeText text={drafterLabel(draft.drafter)} />
              </label>
            );
          })}
        </fieldset>
      )}
      <Reference shown={shown} base={base} onChange={setReference} />
      <ol className="hl-DraftColumns" aria-label="Drafts side by side">
        {shown.map(stored => (
          <DraftItem
            key={stored.id}
            stored={stored}
            prompts={prompts}
            against={stored === base ? undefined : base.draft.description}
          >
            {actions(stored.id)}
          </DraftItem>
        ))}
      </ol>
    </>
  );
}

function Reference(props: {
  shown: readonly StoredDraft[];
  base: StoredDraft;
  onChange: (id: number) => void;
}): React.JSX.Element {
  const { shown, base, onChange } = props;
  const id = useElementId();
  return (
    <p className="hl-Review-source">
      <label htmlFor={id}>Differences to</label>
      <select
        id={id}
        className="hl-Select"
        value={base.id}
        onChange={event => onChange(Number(event.target.value))}
      >
        {shown.map(stored => (
          <option key={stored.id} value={stored.id}>
            {`Draft ${stored.id}`}
          </option>
        ))}
      </select>
    </p>
  );
}
