import * as React from 'react';
import type { CatalogueOverview } from '../contract/records';
import { groupWords, NO_FILTERS, without, type CatalogueFilters } from '../views/catalogue_query';
import { FreeText } from '../views/free_text';
import { formatCount } from '../views/numbers';
import type { CatalogueModel } from './catalogue_model';
import type { Loosening } from './loosenings';

/** In place of a list that found nothing. */
export function NoEntries(props: {
  model: CatalogueModel;
  overview: CatalogueOverview | null;
  onWorkbench: () => void;
}): React.JSX.Element {
  const { model, overview, onWorkbench } = props;
  const { filters, loosenings } = model.get();
  return overview?.total === 0 ? (
    <FirstUse place={overview.place} onWorkbench={onWorkbench} />
  ) : (
    <NoMatch
      filters={filters}
      loosenings={loosenings}
      onChange={change => model.setFilters(change)}
    />
  );
}

/** What a catalogue is, for those who have none yet. */
function FirstUse(props: { place: string; onWorkbench: () => void }): React.JSX.Element {
  return (
    <div className="hl-NoEntries">
      <p>
        The catalogue is empty. It keeps what you find out about attention heads: one entry per
        head, with its evidence, its drafted descriptions, the decisions about them and their
        history.
      </p>
      <p>
        To make the first entry, open a workbench, load a model, choose a head on the map and draft
        a description of it.
      </p>
      <button className="hl-Button" data-main onClick={props.onWorkbench}>
        Open workbench
      </button>
      <p className="hl-dim">
        Kept in <FreeText text={props.place} />
      </p>
    </div>
  );
}

/** Which filter to take away when nothing passes them all. */
function NoMatch(props: {
  filters: CatalogueFilters;
  loosenings: Loosening[];
  onChange: (change: Partial<CatalogueFilters>) => void;
}): React.JSX.Element {
  const { filters, loosenings, onChange } = props;
  const helpful = loosenings.filter(one => one.total > 0);
  return (
    <div className="hl-NoEntries">
      <p>No entry matches.</p>
      {helpful.map(({ filter, total }) => (
        <button key={filter} className="hl-Button" onClick={() => onChange(without(filter))}>
          <span>
            Without <FreeText text={groupWords(filter, filters)} />: {formatCount(total)}
          </span>
        </button>
      ))}
      {loosenings.length > 0 && helpful.length === 0 && (
        <p>Taking away one filter is not enough; clear them all.</p>
      )}
      <button className="hl-Button" onClick={() => onChange(NO_FILTERS)}>
        Clear all filters
      </button>
    </div>
  );
}
