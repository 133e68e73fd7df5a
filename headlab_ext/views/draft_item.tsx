import * as React from 'react';
import { STAGES, type Draft, type StoredDraft } from '../contract/records';
import type { PromptsApi } from './api';
import { DraftPrompt } from './draft_prompt';
import { drafterLabel } from './drafters';
import { Citation } from './evidence_links';
import { FreeText } from './free_text';
import { formatCount } from './numbers';
import { TextChange } from './text_change';
import { Time } from './times';

const FIRST_CITED = 14;

/** One draft: who made it, its text, what it rests on and what can be done with it. */
export function DraftItem(props: {
  stored: StoredDraft;
  /** The text that differences are marked against. */
  against?: string;
  /** Where the text of its prompt is read. */
  prompts?: PromptsApi;
  children?: React.ReactNode;
}): React.JSX.Element {
  const { stored, against, prompts } = props;
  const { draft } = stored;
  return (
    <li className="hl-Draft" data-kind={draft.drafter.kind}>
      <div className="hl-Draft-line">
        <b>{`Draft ${stored.id}`}</b>
        <span className="hl-Draft-drafter">
          <FreeText text={drafterLabel(draft.drafter)} />
        </span>
        {draft.unclear && <span className="hl-Draft-unclear">unclear: no pattern found</span>}
      </div>
      {against === undefined ? (
        <p className="hl-Draft-text">
          <FreeText text={draft.description} />
        </p>
      ) : (
        <TextChange before={against} after={draft.description} />
      )}
      <Cited rows={draft.evidence} />
      <Facts draft={draft} />
      <div className="hl-Draft-made hl-dim">
        <Time at={draft.created_at} />
        <FreeText text={madeBy(stored)} />
      </div>
      {stored.template && prompts && <DraftPrompt template={stored.template} api={prompts} />}
      {props.children}
    </li>
  );
}

function Cited({ rows }: { rows: readonly string[] }): React.JSX.Element {
  const [all, setAll] = React.useState(false);
  const shown = all ? rows : rows.slice(0, FIRST_CITED);
  const hidden = rows.length - shown.length;
  return (
    <div className="hl-Draft-cited">
      <span className="hl-dim">{rows.length === 0 ? 'Rests on no row.' : 'Rests on'}</span>
      {shown.map(row => (
        <Citation key={row} row={row} />
      ))}
      {hidden > 0 && (
        <button className="hl-TextButton" onClick={() => setAll(true)}>
          {`and ${hidden} more`}
        </button>
      )}
    </div>
  );
}

function Facts({ draft }: { draft: Draft }): React.JSX.Element {
  const facts: [string, string][] = [
    ['Input', draft.input_kind],
    ['Pattern', draft.pattern],
    ['Categories', draft.categories.join(', ')],
    ['Stages', draft.stages.map(stage => `${stage} ${STAGES[stage]}`).join(', ')]
  ];
  return (
    <dl className="hl-Draft-facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <FreeText text={value} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

function madeBy({ draft, template }: StoredDraft): string {
  const { drafter, usage } = draft;
  const parts = [drafter.kind === 'rules' ? drafter.name : ''];
  if (drafter.prompt_version) {
    parts.push(`prompt ${drafter.prompt_version}${template ? '' : ' (text not kept)'}`);
  }
  if (usage.prompt_tokens !== null || usage.completion_tokens !== null) {
    const tokens = (usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0);
    const calls = usage.calls === 1 ? '1 call' : `${formatCount(usage.calls)} calls`;
    parts.push(`${formatCount(tokens)} tokens in ${calls}`);
  }
  return parts
    .filter(Boolean)
    .map(part => `, ${part}`)
    .join('');
}
