import * as React from 'react';
import type { TypingApi } from './api';

const QUIET_MS = 400;

export interface TypedText {
  text: string;
  /** Whether the text differs from what is stored. */
  changed: boolean;
  /** When the restored text was typed; null once that is acknowledged or nothing was restored. */
  restoredAt: string | null;
  set(text: string): void;
  acknowledge(): void;
  /** Back to what is stored. */
  forget(): void;
}

interface Typed {
  key: string;
  text: string | null;
  restoredAt: string | null;
}

/** A text field's text over what is stored, kept under `key` until it is saved or discarded. */
export function useTypedText(typing: TypingApi, key: string, stored: string): TypedText {
  const [typed, setTyped] = React.useState(() => opened(typing, key, stored));
  if (typed.key !== key) {
    setTyped(opened(typing, key, stored));
  }
  const pending = React.useRef<{ text: string; timer: number } | null>(null);
  const flush = React.useCallback(() => {
    if (pending.current) {
      clearTimeout(pending.current.timer);
      typing.keep(key, pending.current.text);
      pending.current = null;
    }
  }, [typing, key]);
  React.useEffect(() => {
    window.addEventListener('pagehide', flush);
    return () => {
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [flush]);

  const text = typed.text ?? stored;
  return {
    text,
    changed: text !== stored,
    restoredAt: text === stored ? null : typed.restoredAt,
    set(next) {
      setTyped({ ...typed, key, text: next });
      clearTimeout(pending.current?.timer);
      const timer = window.setTimeout(flush, QUIET_MS);
      pending.current = { text: next === stored ? '' : next, timer };
    },
    acknowledge: () => setTyped({ ...typed, restoredAt: null }),
    forget() {
      clearTimeout(pending.current?.timer);
      pending.current = null;
      typing.keep(key, '');
      setTyped({ key, text: null, restoredAt: null });
    }
  };
}

function opened(typing: TypingApi, key: string, stored: string): Typed {
  const kept = typing.kept(key);
  if (!kept || kept.text === stored) {
    return { key, text: null, restoredAt: null };
  }
  return { key, text: kept.text, restoredAt: kept.at };
}
