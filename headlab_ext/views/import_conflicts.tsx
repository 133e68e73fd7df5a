import * as React from 'react';
import type { HistoryConflict, HistoryEnd } from '../contract/records';
import { FreeText } from './free_text';
import { headName } from './heads';
import { formatCount } from './numbers';
import { Time } from './times';

const MOST_SHOWN = 100;

/** Entries whose history here and in a file part: from which revision on, and who did what. */
export function Conflicts(props: { conflicts: readonly HistoryConflict[] }): React.JSX.Element {
  const { conflicts } = props;
  const hidden = conflicts.length - MOST_SHOWN;
  return (
    <section className="hl-Conflicts" aria-label="Edited on both sides">
      <p className="hl-Note" data-kind="warning">
        Edited on both sides, here and in the file: they stay as they are here.
      </p>
      <ul className="hl-Conflicts-list">
        {conflicts.slice(0, MOST_SHOWN).map(one => (
          <li key={one.entry_id}>
            <div>
              <strong>{headName(one.head)}</strong>
              {' of '}
              <FreeText text={one.model_name} />
              {`, from revision ${one.revision} on`}
            </div>
            <Side words="Here" end={one.here} />
            <Side words="In the file" end={one.there} />
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p className="hl-dim">
          {`and ${formatCount(hidden)} more; headlab catalogue import --dry-run lists all.`}
        </p>
      )}
    </section>
  );
}

function Side({ words, end }: { words: string; end: HistoryEnd }): React.JSX.Element {
  return (
    <div className="hl-dim">
      {`${words}: `}
      <FreeText text={end.action} />
      {' by '}
      <FreeText text={end.author} />
      {', '}
      <Time at={end.created_at} />
    </div>
  );
}
