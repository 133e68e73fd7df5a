import * as React from 'react';
import { CatalogueFilterBar } from '../views/catalogue_filters';
import { toSearch } from '../views/catalogue_query';
import { CatalogueSaved } from '../views/catalogue_saved';
import type { CatalogueCounts } from './catalogue_counts';
import type { CatalogueModel } from './catalogue_model';
import type { SavedFilters } from './catalogue_saved';
import { useElementId } from '../views/use_element_id';

export interface FieldsProps {
  model: CatalogueModel;
  counts: CatalogueCounts;
  saved: SavedFilters;
  onDone: () => void;
}

/** Search, filters and saved filters of a list of entries. */
export const CatalogueFields = React.forwardRef<HTMLInputElement, FieldsProps>(
  function CatalogueFields({ model, counts, saved, onDone }, search) {
    const { filters } = React.useSyncExternalStore(model.subscribe, model.get);
    const { overview, facets } = React.useSyncExternalStore(counts.subscribe, counts.get);
    const [savedShown, setSavedShown] = React.useState(false);
    const id = useElementId();
    return (
      <>
        <CatalogueFilterBar
          ref={search}
          filters={filters}
          overview={overview}
          facets={facets}
          onChange={change => model.setFilters(change)}
          onMore={shown => counts.setFacetsWanted(shown)}
          onDone={onDone}
        >
          <button
            type="button"
            className="hl-Button hl-Fold"
            aria-expanded={savedShown}
            aria-controls={id}
            onClick={() => {
              setSavedShown(!savedShown);
              if (!savedShown) {
                void saved.load();
              }
            }}
          >
            Saved
          </button>
        </CatalogueFilterBar>
        <div id={id} hidden={!savedShown}>
          {savedShown && <Saved model={model} saved={saved} />}
        </div>
      </>
    );
  }
);

function Saved({ model, saved }: Pick<FieldsProps, 'model' | 'saved'>): React.JSX.Element {
  const { filters } = React.useSyncExternalStore(model.subscribe, model.get);
  const view = React.useSyncExternalStore(saved.subscribe, saved.get);
  return (
    <CatalogueSaved
      saved={view.filters}
      busy={view.busy}
      problem={view.problem}
      filters={filters}
      onChoose={chosen => model.setFilters(chosen)}
      onSave={name => void saved.save(name, toSearch(filters))}
      onForget={name => void saved.forget(name)}
      onRetry={() => void saved.load()}
    />
  );
}
