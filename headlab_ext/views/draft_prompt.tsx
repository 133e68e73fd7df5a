import * as React from 'react';
import type { PromptText } from '../contract/records';
import type { PromptsApi } from './api';
import { FreeText } from './free_text';
import { useAsked } from './review_queue/use_asked';
import { useDelayed } from './use_delayed';

/** The text of the prompt that a draft was made with, read when it is opened. */
export function DraftPrompt(props: { template: string; api: PromptsApi }): React.JSX.Element {
  const { template, api } = props;
  const { value, asking, problem, ask } = useAsked<PromptText>();
  const waiting = useDelayed(asking);
  const read = () => ask(() => api.promptText(template));
  return (
    <details
      className="hl-DraftPrompt"
      onToggle={event => {
        if (event.currentTarget.open && value === null && !asking) {
          read();
        }
      }}
    >
      <summary>Prompt</summary>
      {waiting && <p className="hl-dim">Reading the prompt…</p>}
      {problem !== null && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />{' '}
          <button className="hl-Button" disabled={asking} onClick={read}>
            Retry
          </button>
        </p>
      )}
      {value && (
        <>
          <p className="hl-dim hl-DraftPrompt-hash">
            The template, before the evidence was filled in; sha256 {value.sha256}
          </p>
          <pre className="hl-DraftPrompt-text" tabIndex={0} aria-label="Text of the prompt">
            <FreeText text={value.text} />
          </pre>
        </>
      )}
    </details>
  );
}
