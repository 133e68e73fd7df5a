import * as React from 'react';
import type { Revision } from '../contract/records';
import type { EntryApi } from './api';
import { FreeText } from './free_text';
import { StateMark } from './state_mark';
import { TextChange } from './text_change';
import { Time } from './times';
import type { EntryEdits } from './use_entry_edits';

/** Both versions of an entry that was changed elsewhere; nothing is lost, a person chooses. */
export function StaleEdit(props: {
  conflict: NonNullable<EntryEdits['conflict']>;
  api: EntryApi;
  onLoad: () => void;
  onApply: () => void;
}): React.JSX.Element {
  const { conflict, api } = props;
  const { theirs, edit } = conflict;
  const newest = useNewestRevision(api, conflict);
  return (
    <div className="hl-Note hl-StaleEdit" data-kind="warning" role="alert">
      <p>
        <b>
          Changed meanwhile
          {newest && (
            <>
              {' by '}
              <FreeText text={newest.author} />
            </>
          )}
        </b>
        {newest && (
          <>
            {', '}
            <Time at={newest.created_at} />
          </>
        )}
        {`. Your change was not saved; the entry is now at revision ${theirs.revision}.`}
      </p>
      <dl>
        <div>
          <dt>Theirs</dt>
          <dd>
            <StateMark state={theirs.state} />{' '}
            <FreeText text={theirs.description || 'no description in force'} />
          </dd>
        </div>
        <div>
          <dt>Yours</dt>
          <dd>
            <FreeText text={edit.title} />
            {edit.text !== undefined && (
              <TextChange before={theirs.description} after={edit.text} />
            )}
          </dd>
        </div>
      </dl>
      <div className="hl-StaleEdit-bar">
        <button type="button" className="hl-Button" onClick={props.onLoad}>
          Load theirs
        </button>
        <button type="button" className="hl-Button" onClick={props.onApply}>
          Apply mine anyway
        </button>
      </div>
    </div>
  );
}

/** Who made the newest revision; the entry itself does not say. */
function useNewestRevision(
  api: EntryApi,
  conflict: NonNullable<EntryEdits['conflict']>
): Revision | null {
  const [newest, setNewest] = React.useState<Revision | null>(null);
  const { theirs } = conflict;
  React.useEffect(() => {
    let current = true;
    api.history(theirs).then(
      history => {
        const found = history.find(revision => revision.number === theirs.revision);
        if (current && found) {
          setNewest(found);
        }
      },
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [api, theirs]);
  return newest;
}
