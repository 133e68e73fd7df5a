import * as React from 'react';
import type { Draft, DrafterChoice, DraftFailure, Entry, Head } from '../contract/records';
import type { BenchApi } from './api';
import { isCancelled, messageOf } from './problems';

/** A failed draft: the drafter's own reason, or why the request itself broke. */
export interface Failed {
  failure: DraftFailure | null;
  message: string;
}

export interface Drafting {
  running: boolean;
  /** The text so far, not yet checked. */
  text: string;
  failed: Failed | null;
  said: string;
  /** `again`: ask the language model anew, although its answer is known. */
  start(drafter: DrafterChoice['key'], again?: boolean): void;
  cancel(): void;
}

const KNOWN = 'The answer was known. Nothing was sent.';

/** One draft at a time; the text is shown at most once a frame. */
export function useDrafting(api: BenchApi, head: Head, onEntry: (entry: Entry) => void): Drafting {
  const [running, setRunning] = React.useState(false);
  const [text, setText] = React.useState('');
  const [failed, setFailed] = React.useState<Failed | null>(null);
  const [said, setSaid] = React.useState('');
  const control = React.useRef<AbortController | null>(null);

  const start = async (drafter: DrafterChoice['key'], again: boolean) => {
    if (control.current) {
      return;
    }
    const own = new AbortController();
    control.current = own;
    const stream = perFrame(setText);
    setRunning(true);
    setText('');
    setFailed(null);
    setSaid('Drafting.');
    try {
      const result = await api.draft(head, drafter, stream.push, { signal: own.signal, again });
      if (result.entry) {
        setSaid(wasKnown(result.draft) ? KNOWN : 'The draft was added.');
        onEntry(result.entry);
      } else {
        setSaid('');
        setFailed({ failure: result.failure, message: result.failure?.message ?? '' });
      }
    } catch (error) {
      const cancelled = own.signal.aborted || isCancelled(error);
      setSaid(cancelled ? 'Drafting was cancelled.' : '');
      setFailed(cancelled ? null : { failure: null, message: messageOf(error) });
    } finally {
      stream.stop();
      control.current = null;
      setRunning(false);
    }
  };

  return {
    running,
    text,
    failed,
    said,
    start: (drafter, again = false) => void start(drafter, again),
    cancel: () => control.current?.abort()
  };
}

/** Whether a language model's draft came out of the ledger. */
function wasKnown(draft: Draft | null): boolean {
  return draft?.drafter.kind === 'llm' && draft.usage.calls === 0;
}

function perFrame(show: (text: string) => void): { push(text: string): void; stop(): void } {
  let latest = '';
  let frame = 0;
  return {
    push(text) {
      latest = text;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        show(latest);
      });
    },
    stop: () => cancelAnimationFrame(frame)
  };
}
