import * as React from 'react';
import type { CatalogueOverview } from '../contract/records';
import { STATES } from '../contract/records';
import { stateWord } from './head_states';
import { formatCount } from './numbers';

/** Which entries a list shows; an empty filter lets all through. `model` is a fingerprint. */
export interface CatalogueFilters {
  text: string;
  state: string;
  model: string;
}

export const NO_FILTERS: CatalogueFilters = { text: '', state: '', model: '' };

export function isFiltered(filters: CatalogueFilters): boolean {
  return Object.values(filters).some(filter => filter.trim() !== '');
}

export interface CatalogueFiltersProps {
  filters: CatalogueFilters;
  overview: CatalogueOverview | null;
  onChange: (change: Partial<CatalogueFilters>) => void;
  /** Leave the search field for the list. */
  onDone: () => void;
}

/** The search field and the filters of a list of entries. */
export const CatalogueFilterBar = React.forwardRef<HTMLInputElement, CatalogueFiltersProps>(
  function CatalogueFilterBar({ filters, overview, onChange, onDone }, search) {
    const id = React.useId();
    const onKeyDown = (event: React.KeyboardEvent) => {
      if (event.key === 'Escape' && filters.text !== '') {
        onChange({ text: '' });
      } else if (event.key === 'Escape' || event.key === 'Enter' || event.key === 'ArrowDown') {
        onDone();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    };
    return (
      <div className="hl-CatalogueFilters" role="search" aria-label="Catalogue">
        <label className="hl-visually-hidden" htmlFor={`${id}-text`}>
          Search descriptions, notes, tags and heads
        </label>
        <input
          id={`${id}-text`}
          ref={search}
          className="hl-Input"
          type="search"
          value={filters.text}
          placeholder="Search (press /)"
          autoComplete="off"
          spellCheck={false}
          maxLength={1000}
          aria-keyshortcuts="/"
          onChange={event => onChange({ text: event.target.value })}
          onKeyDown={onKeyDown}
        />
        <div className="hl-CatalogueFilters-choices">
          <select
            className="hl-Select"
            aria-label="State"
            value={filters.state}
            onChange={event => onChange({ state: event.target.value })}
          >
            <option value="">All states</option>
            {STATES.map(state => (
              <option key={state} value={state}>
                {counted(stateWord(state), overview?.states[state])}
              </option>
            ))}
          </select>
          <select
            className="hl-Select"
            aria-label="Model"
            value={filters.model}
            onChange={event => onChange({ model: event.target.value })}
          >
            <option value="">All models</option>
            {modelOptions(overview, filters.model).map(({ fingerprint, name, entries }) => (
              <option key={fingerprint} value={fingerprint}>
                {counted(name, entries)}
              </option>
            ))}
          </select>
        </div>
      </div>
    );
  }
);

interface ModelOption {
  name: string;
  fingerprint: string;
  entries: number | undefined;
}

/** Models once each, whatever names they were loaded by; the chosen one even without entries. */
function modelOptions(overview: CatalogueOverview | null, chosen: string): ModelOption[] {
  const found = new Map<string, ModelOption>();
  for (const { name, fingerprint, entries } of overview?.models ?? []) {
    const same = found.get(fingerprint);
    found.set(fingerprint, {
      fingerprint,
      name: same ? `${same.name}, ${name}` : name,
      entries: (same?.entries ?? 0) + entries
    });
  }
  if (chosen && !found.has(chosen)) {
    const entries = overview ? 0 : undefined;
    found.set(chosen, { name: `model ${chosen.slice(0, 8)}`, fingerprint: chosen, entries });
  }
  return Array.from(found.values(), option => ({
    ...option,
    name: isUnique(option.name, found)
      ? option.name
      : `${option.name} ${option.fingerprint.slice(0, 8)}`
  }));
}

function isUnique(name: string, options: Map<string, ModelOption>): boolean {
  return Array.from(options.values()).filter(option => option.name === name).length === 1;
}

function counted(name: string, count: number | undefined): string {
  return count === undefined ? name : `${name} (${formatCount(count)})`;
}
