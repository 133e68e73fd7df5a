import * as React from 'react';
import type { Entry, Head, HeadView } from '../contract/records';
import type { BenchApi } from './api';
import { sameHead } from './heads';
import { isCancelled, messageOf } from './problems';

const QUIET_MS = 150;

export interface LoadedHead {
  /** The card of the head asked for; for an instant the one before, so that nothing flickers. */
  view: HeadView | null;
  problem: string | null;
  reload(): void;
  setEntry(entry: Entry): void;
}

/** The evidence of a head: late replies are dropped, a newer entry replaces an older one. */
export function useHeadView(api: BenchApi, head: Head | null, model: string): LoadedHead {
  const [view, setView] = React.useState<HeadView | null>(null);
  const [problem, setProblem] = React.useState<{ head: Head; message: string } | null>(null);
  const [times, setTimes] = React.useState(0);
  const layer = head?.layer;
  const index = head?.index;

  React.useEffect(() => {
    if (layer === undefined || index === undefined) {
      return;
    }
    const asked = { layer, index };
    const control = new AbortController();
    const clear = setTimeout(() => {
      setView(shown => (sameHead(shown?.head, asked) ? shown : null));
      setProblem(null);
    }, QUIET_MS);
    api.head(asked, { signal: control.signal }).then(
      found => {
        clearTimeout(clear);
        if (!control.signal.aborted) {
          setProblem(null);
          setView(found);
        }
      },
      (error: unknown) => {
        clearTimeout(clear);
        if (!control.signal.aborted) {
          setView(null);
          const message = isCancelled(error)
            ? 'Computing the evidence was cancelled.'
            : messageOf(error);
          setProblem({ head: asked, message });
        }
      }
    );
    return () => {
      clearTimeout(clear);
      control.abort();
    };
  }, [api, layer, index, model, times]);

  React.useEffect(() => {
    if (layer === undefined || index === undefined) {
      return;
    }
    const asked = { layer, index };
    let control = new AbortController();
    const stop = api.onCatalogueChange(() => {
      control.abort();
      const own = (control = new AbortController());
      api.head(asked, { signal: own.signal }).then(
        found => !own.signal.aborted && setView(shown => newer(shown, found)),
        // The card on the page stays as it is; an edit on it says so if it is out of date.
        () => undefined
      );
    });
    return () => {
      stop();
      control.abort();
    };
  }, [api, layer, index, model]);

  const setEntry = React.useCallback(
    (entry: Entry) =>
      setView(shown =>
        shown && sameHead(shown.head, entry.head) && isNewer(entry, shown.entry)
          ? { ...shown, entry }
          : shown
      ),
    []
  );
  return {
    view: head ? view : null,
    problem: sameHead(problem?.head, head) ? (problem?.message ?? null) : null,
    reload: () => setTimes(times + 1),
    setEntry
  };
}

function newer(shown: HeadView | null, found: HeadView): HeadView | null {
  return shown && sameHead(shown.head, found.head) && isNewer(found.entry, shown.entry)
    ? found
    : shown;
}

function isNewer(found: Entry | null, shown: Entry | null): boolean {
  if (!found || !shown) {
    return found !== shown;
  }
  return found.id !== shown.id || found.revision > shown.revision;
}
