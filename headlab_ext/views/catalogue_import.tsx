import * as React from 'react';
import type { ImportResult } from '../contract/records';
import { countEntries } from './catalogue_export';
import { FreeText } from './free_text';
import { Conflicts } from './import_conflicts';
import { formatCount } from './numbers';
import { useDelayed } from './use_delayed';

export interface CatalogueImportProps {
  /** The chosen file's name, empty while there is none. */
  name: string;
  busy: boolean;
  result: ImportResult | null;
  problem: string | null;
  onFile: (file: File) => void;
  onConfirm: () => void;
  onForget: () => void;
}

/** A JSON export of another catalogue: what it would change, and then one button. */
export function CatalogueImportForm(props: CatalogueImportProps): React.JSX.Element {
  const { name, busy, result, problem, onFile } = props;
  const waiting = useDelayed(busy);
  return (
    <section className="hl-Files" aria-label="Import" aria-busy={busy}>
      <label className="hl-Files-choose">
        <span>
          A JSON export of another catalogue. Nothing is changed before you have seen what.
        </span>
        <input
          type="file"
          accept=".json,application/json"
          disabled={busy}
          onChange={event => {
            const [file] = event.target.files ?? [];
            event.target.value = ''; // so that the same file can be chosen again
            if (file) {
              onFile(file);
            }
          }}
        />
      </label>
      {name && (
        <p>
          <FreeText text={name} />
        </p>
      )}
      {waiting && <p className="hl-dim">{result ? 'Importing…' : 'Reading the file…'}</p>}
      {problem !== null && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} /> Nothing was imported.
        </p>
      )}
      {result && <Outcome {...props} result={result} />}
    </section>
  );
}

function Outcome(props: CatalogueImportProps & { result: ImportResult }): React.JSX.Element {
  const { result, busy, onConfirm, onForget } = props;
  const { added, extended, unchanged, dry_run } = result;
  const conflicts = result.conflicts ?? [];
  const beside = (result.votes ?? 0) + (result.asked ?? 0);
  const more = beside + (result.filters ?? 0) + (result.answers ?? 0);
  const nothing = added + extended + more === 0;
  const entries = added + extended > 0 ? countEntries(added + extended) : 'what is new';
  const rest = conflicts.length > 0;
  return (
    <>
      <dl className="hl-Files-outcome" role="status">
        <Count words={dry_run ? 'would be added' : 'added'} count={countEntries(added)} />
        <Count
          words={dry_run ? 'would get newer revisions' : 'got newer revisions'}
          count={countEntries(extended)}
        />
        <Count words="are here already, unchanged" count={countEntries(unchanged)} />
        {rest && <Count words="were edited on both sides" count={countEntries(conflicts.length)} />}
        {beside > 0 && <Count words="new votes and requests for one" count={formatCount(beside)} />}
        {!!result.filters && (
          <Count words="new saved filters" count={formatCount(result.filters)} />
        )}
        {!!result.answers && <Count words="new paid answers" count={formatCount(result.answers)} />}
      </dl>
      {rest && <Conflicts conflicts={conflicts} />}
      {!!result.kept?.length && (
        <p>
          {'Saved filters that are others here, and stay: '}
          <FreeText text={result.kept.join(', ')} />
        </p>
      )}
      {dry_run && !nothing && (
        <div className="hl-Files-row">
          <button type="button" className="hl-Button" data-main disabled={busy} onClick={onConfirm}>
            {rest ? `Import the rest, ${entries}` : `Import ${entries}`}
          </button>
          <button type="button" className="hl-Button" disabled={busy} onClick={onForget}>
            Cancel
          </button>
        </div>
      )}
      {dry_run && nothing && <p>{`There is nothing ${rest ? 'else ' : ''}to import.`}</p>}
      {!dry_run && <p>Imported.</p>}
    </>
  );
}

function Count({ words, count }: { words: string; count: string }): React.JSX.Element {
  return (
    <div>
      <dt>{words}</dt>
      <dd className="hl-number">{count}</dd>
    </div>
  );
}
