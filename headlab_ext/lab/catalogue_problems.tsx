import * as React from 'react';
import { FreeText } from '../views/free_text';
import type { CatalogueCounts } from './catalogue_counts';
import type { CatalogueModel } from './catalogue_model';

/** Why a list or the counts could not be read, and what to know about the catalogue's place. */
export function CatalogueProblems(props: {
  model: CatalogueModel;
  counts: CatalogueCounts;
}): React.JSX.Element {
  const { model, counts } = props;
  const view = React.useSyncExternalStore(model.subscribe, model.get);
  const { overview, problem } = React.useSyncExternalStore(counts.subscribe, counts.get);
  const why = view.problem ?? problem;
  return (
    <>
      {why !== null && (
        <div className="hl-Note hl-CatalogueProblem" data-kind="error" role="alert">
          <p>{why}</p>
          <button
            type="button"
            className="hl-Button"
            disabled={view.loading}
            onClick={() => {
              model.retry();
              counts.changed();
            }}
          >
            Retry
          </button>
        </div>
      )}
      {overview?.warnings.map(warning => (
        <p className="hl-Note" data-kind="warning" key={warning}>
          <FreeText text={warning} />
        </p>
      ))}
    </>
  );
}
