import * as React from 'react';
import { formatCount } from './numbers';
import { useElementId } from './use_element_id';

const FORMATS = [
  { format: 'json', words: 'JSON', what: 'everything with its history, to be imported again' },
  { format: 'csv', words: 'CSV', what: 'a table for spreadsheets' },
  { format: 'parquet', words: 'Parquet', what: 'a table for programs' },
  { format: 'markdown', words: 'Markdown', what: 'a text to read' },
  { format: 'html', words: 'HTML report', what: 'one file with figures' }
] as const;

const LICENCE = /^[a-z0-9][a-z0-9.+-]{1,60}$/;

export type CatalogueFormat = (typeof FORMATS)[number]['format'] | 'dataset';

/** What the list shows as a file. Links, so that the browser downloads as it always does. */
export function CatalogueExport(props: {
  /** How many entries the file has; null while that is not known. */
  total: number | null;
  urlOf: (format: CatalogueFormat, licence: string) => string;
}): React.JSX.Element {
  const { total, urlOf } = props;
  const id = useElementId();
  const [licence, setLicence] = React.useState('');
  if (total === 0) {
    return <p className="hl-Files hl-dim">No entry matches, so there is nothing to export.</p>;
  }
  const entries = total === null ? 'what the list shows' : countEntries(total);
  const fits = LICENCE.test(licence.trim());
  return (
    <section className="hl-Files" aria-label="Export">
      <p>Export {entries} as a file.</p>
      <ul className="hl-Files-formats">
        {FORMATS.map(({ format, words, what }) => (
          <li key={format}>
            <a className="hl-Button" href={urlOf(format, '')} download title={what}>
              {words}
            </a>
          </li>
        ))}
      </ul>
      <div className="hl-Files-dataset">
        <label htmlFor={`${id}-licence`}>Data set for a hub, licence</label>
        <div className="hl-Files-row">
          <input
            id={`${id}-licence`}
            className="hl-Input"
            placeholder="cc-by-4.0"
            maxLength={100}
            spellCheck={false}
            value={licence}
            onChange={event => setLicence(event.target.value)}
          />
          {fits ? (
            <a className="hl-Button" href={urlOf('dataset', licence.trim())} download>
              Data set
            </a>
          ) : (
            <button type="button" className="hl-Button" disabled title="Name a licence first">
              Data set
            </button>
          )}
        </div>
      </div>
    </section>
  );
}

export function countEntries(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'entry' : 'entries'}`;
}
