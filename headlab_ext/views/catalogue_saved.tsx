import * as React from 'react';
import type { SavedFilter } from '../contract/records';
import { Cross } from './catalogue_chips';
import {
  activeGroups,
  fromSearch,
  groupWords,
  isFiltered,
  type CatalogueFilters
} from './catalogue_query';
import { FreeText, visibleText } from './free_text';
import { useDelayed } from './use_delayed';

export interface SavedFiltersProps {
  /** Null until they are known. */
  saved: readonly SavedFilter[] | null;
  busy: boolean;
  problem: string | null;
  /** The filters in force, which can be saved. */
  filters: CatalogueFilters;
  onChoose: (filters: CatalogueFilters) => void;
  onSave: (name: string) => void;
  onForget: (name: string) => void;
  onRetry: () => void;
}

/** Searches that have a name: to choose, to add the present one, to forget. */
export function CatalogueSaved(props: SavedFiltersProps): React.JSX.Element {
  const { saved, busy, problem, filters } = props;
  const waiting = useDelayed(saved === null && busy);
  return (
    <section className="hl-Saved" aria-label="Saved filters" aria-busy={busy}>
      {problem !== null && (
        <div className="hl-Note" data-kind="error" role="alert">
          <p>{problem}</p>
          <button type="button" className="hl-Button" disabled={busy} onClick={props.onRetry}>
            Retry
          </button>
        </div>
      )}
      {waiting && <p className="hl-dim">Reading the saved filters…</p>}
      {saved?.length === 0 && (
        <p className="hl-dim">None yet. Set filters or a search, then save them under a name.</p>
      )}
      {saved !== null && saved.length > 0 && (
        <ul className="hl-Saved-list">
          {saved.map(one => (
            <SavedOne key={`${one.author} ${one.name}`} one={one} {...props} />
          ))}
        </ul>
      )}
      {isFiltered(filters) && <SaveForm {...props} />}
    </section>
  );
}

function SavedOne(props: SavedFiltersProps & { one: SavedFilter }): React.JSX.Element {
  const { one, busy } = props;
  const filters = fromSearch(one);
  const words = activeGroups(filters).map(group => groupWords(group, filters));
  return (
    <li className="hl-Saved-one">
      <button
        type="button"
        className="hl-Saved-choose"
        title={visibleText(words.join(', ')) || 'all entries'}
        onClick={() => props.onChoose(filters)}
      >
        <FreeText text={one.name} />
      </button>
      <button
        type="button"
        className="hl-Button hl-Button-icon"
        aria-label={`Forget ${visibleText(one.name)}`}
        title="Forget this filter"
        disabled={busy}
        onClick={() => props.onForget(one.name)}
      >
        <Cross />
      </button>
    </li>
  );
}

function SaveForm({ saved, busy, onSave }: SavedFiltersProps): React.JSX.Element {
  const [name, setName] = React.useState('');
  const taken = saved?.some(one => one.name === name.trim());
  return (
    <form
      className="hl-Saved-form"
      onSubmit={event => {
        event.preventDefault();
        onSave(name.trim());
        setName('');
      }}
    >
      <input
        className="hl-Input"
        aria-label="Name for the present filters"
        placeholder="Name"
        maxLength={200}
        value={name}
        onChange={event => setName(event.target.value)}
      />
      <button type="submit" className="hl-Button" disabled={busy || !name.trim()}>
        {taken ? 'Replace' : 'Save'}
      </button>
    </form>
  );
}
