import * as React from 'react';
import type { Entry, Revision } from '../contract/records';
import type { EntryApi } from './api';
import { FreeText } from './free_text';
import { messageOf } from './problems';
import { describedIn, isSignedIn, replacedBy, summaryOf } from './revision_changes';
import { NAMES_AS_GIVEN, SignedName } from './signed_name';
import { TextChange } from './text_change';
import { Time } from './times';

/** Every revision of an entry, the newest first; loaded when it is opened. */
export function EntryHistory(props: { entry: Entry; api: EntryApi }): React.JSX.Element {
  const { entry, api } = props;
  const [open, setOpen] = React.useState(false);
  return (
    <details className="hl-History" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{`History, ${entry.revision} ${entry.revision === 1 ? 'revision' : 'revisions'}`}</summary>
      {open && <Loaded key={entry.id} entry={entry} api={api} />}
    </details>
  );
}

function Loaded(props: { entry: Entry; api: EntryApi }): React.JSX.Element {
  const { entry, api } = props;
  const [history, setHistory] = React.useState<Revision[] | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [times, setTimes] = React.useState(0);
  // The entry as it was when asked; only a new revision is a reason to ask again.
  const asked = React.useRef(entry);
  React.useEffect(() => {
    asked.current = entry;
  });
  React.useEffect(() => {
    let current = true;
    api.history(asked.current).then(
      found => {
        if (current) {
          setHistory(found);
          setProblem(null);
        }
      },
      (error: unknown) => current && setProblem(messageOf(error))
    );
    return () => {
      current = false;
    };
  }, [api, entry.revision, times]);

  if (problem) {
    return (
      <p className="hl-Note" data-kind="error" role="alert">
        <FreeText text={problem} />{' '}
        <button className="hl-Button" onClick={() => setTimes(times + 1)}>
          Retry
        </button>
      </p>
    );
  }
  if (!history) {
    return <p className="hl-dim">Reading the history…</p>;
  }
  return (
    <>
      <ol className="hl-History-list" reversed>
        {[...history]
          .sort((a, b) => b.number - a.number)
          .map(revision => (
            <RevisionItem key={revision.number} revision={revision} history={history} />
          ))}
      </ol>
      <p className="hl-dim">{NAMES_AS_GIVEN}</p>
    </>
  );
}

function RevisionItem(props: {
  revision: Revision;
  history: readonly Revision[];
}): React.JSX.Element {
  const { revision, history } = props;
  const text = describedIn(revision);
  const before = replacedBy(revision, history);
  return (
    <li value={revision.number}>
      <div>
        <FreeText text={summaryOf(revision)} />
        <span className="hl-dim">
          {', '}
          <SignedName name={revision.author} signedIn={isSignedIn(revision)} />
          {revision.source !== 'human' && ` (${revision.source})`}
          {', '}
          <Time at={revision.created_at} />
        </span>
      </div>
      {revision.imports?.map(made => (
        <div key={`${made.sha256} ${made.imported_at}`} className="hl-dim">
          {'imported by '}
          <FreeText text={made.imported_by} />
          {' from '}
          <FreeText text={made.source} />
          {', '}
          <Time at={made.imported_at} />
          {made.carried_by && ', into another catalogue'}
        </div>
      ))}
      {text !== null && before !== text && <TextChange before={before ?? text} after={text} />}
    </li>
  );
}
