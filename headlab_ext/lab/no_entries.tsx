import * as React from 'react';
import { NO_FILTERS, type CatalogueFilters } from '../views/catalogue_filters';
import { FreeText } from '../views/free_text';
import { isState, stateWord } from '../views/head_states';
import { formatCount } from '../views/numbers';
import type { Loosening } from './loosenings';

/** What a catalogue is, for those who have none yet. */
export function FirstUse(props: { place: string; onWorkbench: () => void }): React.JSX.Element {
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
export function NoMatch(props: {
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
        <button key={filter} className="hl-Button" onClick={() => onChange({ [filter]: '' })}>
          Without {filterWords(filter, filters)}: {formatCount(total)}
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

function filterWords(filter: keyof CatalogueFilters, filters: CatalogueFilters): string {
  const { state, text } = filters;
  switch (filter) {
    case 'text':
      return `the search for “${text.trim().slice(0, 40)}”`;
    case 'state':
      return `the state “${isState(state) ? stateWord(state) : state}”`;
    case 'model':
      return 'the model';
  }
}
