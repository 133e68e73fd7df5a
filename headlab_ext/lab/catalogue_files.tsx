import * as React from 'react';
import { CatalogueExport } from '../views/catalogue_export';
import { CatalogueImportForm } from '../views/catalogue_import';
import { toSearch } from '../views/catalogue_query';
import { formatCount } from '../views/numbers';
import type { CatalogueCounts } from './catalogue_counts';
import type { CatalogueImport } from './catalogue_import';
import type { CatalogueModel } from './catalogue_model';
import type { RestApi } from './rest';
import { useElementId } from '../views/use_element_id';

export interface FilesProps {
  model: CatalogueModel;
  counts: CatalogueCounts;
  imports: CatalogueImport;
  exportUrl: RestApi['exportUrl'];
}

type Shown = 'export' | 'import' | null;

/** How many entries match, and the way of files out of the catalogue and into it. */
export function CatalogueFiles(props: FilesProps): React.JSX.Element {
  const { model, counts, imports, exportUrl } = props;
  const { total, filters } = React.useSyncExternalStore(model.subscribe, model.get);
  const { overview } = React.useSyncExternalStore(counts.subscribe, counts.get);
  const importing = React.useSyncExternalStore(imports.subscribe, imports.get);
  const [shown, setShown] = React.useState<Shown>(null);
  const id = useElementId();
  const fold = (which: Exclude<Shown, null>, words: string) => (
    <button
      type="button"
      className="hl-Button hl-Fold"
      aria-expanded={shown === which}
      aria-controls={id}
      onClick={() => setShown(shown === which ? null : which)}
    >
      {words}
    </button>
  );
  return (
    <div className="hl-CatalogueFiles">
      <div className="hl-CatalogueFiles-open" id={id} hidden={shown === null}>
        {shown === 'export' && (
          <CatalogueExport
            total={total}
            urlOf={(format, licence) => {
              const search = toSearch(filters);
              return exportUrl(format, { ...search.filters, text: search.text }, licence);
            }}
          />
        )}
        {shown === 'import' && (
          <CatalogueImportForm
            {...importing}
            onFile={file => void imports.choose(file)}
            onConfirm={() => void imports.confirm()}
            onForget={() => imports.forget()}
          />
        )}
      </div>
      <div className="hl-CatalogueFiles-line">
        <p className="hl-CataloguePanel-total hl-dim" role="status">
          {total !== null && countWords(total, overview?.total ?? total)}
        </p>
        <div className="hl-CatalogueFiles-folds">
          {fold('export', 'Export')}
          {fold('import', 'Import')}
        </div>
      </div>
    </div>
  );
}

function countWords(total: number, all: number): string {
  const entries = all === 1 ? 'entry' : 'entries';
  return total === all
    ? `${formatCount(total)} ${entries}`
    : `${formatCount(total)} of ${formatCount(all)} ${entries}`;
}
