import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import type { Head, ModelFacts } from '../contract/records';
import type { Selection } from './api';
import { bestHead, type HeadTable } from './head_table';
import { hasHead, headName, parseHead } from './heads';

export interface HeadFocus {
  /** The head under the keyboard: the one last moved to, else the selected, else the best. */
  focused: Head;
  selected: Head | null;
  setFocused: (head: Head) => void;
}

const FIRST: Head = { layer: 0, index: 0 };

/** The head under the keyboard follows the selection; moving it selects nothing. */
export function useHeadFocus(
  selection: Selection,
  model: ModelFacts,
  table: HeadTable | null
): HeadFocus {
  // By name, because the selection may hand out a new object each time.
  const name = useSyncExternalStore(selection.onChange, () => {
    const head = selection.get();
    return head ? headName(head) : '';
  });
  const selected = useMemo(() => {
    const head = parseHead(name);
    return head && hasHead(head, model.n_layers, model.n_heads) ? head : null;
  }, [name, model]);

  const [moved, setMoved] = useState<{ head: Head; since: string } | null>(null);
  const [best, setBest] = useState<Head | null>(null);
  if (best === null && table) {
    // Chosen once: the keyboard stays where it is when the measure changes.
    setBest(bestHead(table) ?? FIRST);
  }
  return {
    focused: (moved?.since === name ? moved.head : null) ?? selected ?? best ?? FIRST,
    selected,
    setFocused: useCallback((head: Head) => setMoved({ head, since: name }), [name])
  };
}
