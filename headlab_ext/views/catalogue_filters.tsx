import * as React from 'react';
import { STATES, type CatalogueOverview, type Facets } from '../contract/records';
import { CatalogueChips } from './catalogue_chips';
import { CatalogueChoice, type Choice } from './catalogue_choice';
import { MoreFilters } from './catalogue_more_filters';
import { IN_REVIEW, stateWords, type CatalogueFilters } from './catalogue_query';
import { FreeText } from './free_text';
import { stateWord } from './head_states';
import { intoFields, typedFilters } from './typed_filters';
import { useElementId } from './use_element_id';

export interface CatalogueFiltersProps {
  filters: CatalogueFilters;
  overview: CatalogueOverview | null;
  /** What the further filters can choose from; null while that is not known. */
  facets: Facets | null;
  onChange: (change: Partial<CatalogueFilters>) => void;
  /** Further filters are shown, or not any more. */
  onMore: (shown: boolean) => void;
  /** Leave the search field for the list. */
  onDone: () => void;
  /** What stands beside the further filters, such as the saved ones. */
  children?: React.ReactNode;
}

/** The search field and the filters of a list of entries. */
export const CatalogueFilterBar = React.forwardRef<HTMLInputElement, CatalogueFiltersProps>(
  function CatalogueFilterBar(props, search) {
    const { filters, overview, onChange, onDone } = props;
    const id = useElementId();
    const [more, setMore] = React.useState(false);
    const { wrong } = typedFilters(filters.text);
    const settle = () => {
      const change = intoFields(filters.text);
      if (change) {
        onChange(change);
      }
    };
    const onKeyDown = (event: React.KeyboardEvent) => {
      if (event.key === 'Escape' && filters.text !== '') {
        onChange({ text: '' });
      } else if (event.key === 'Escape' || event.key === 'Enter' || event.key === 'ArrowDown') {
        settle();
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
          className="hl-Input hl-CatalogueFilters-search"
          type="search"
          value={filters.text}
          placeholder="Search (press /)"
          autoComplete="off"
          spellCheck={false}
          maxLength={1000}
          aria-keyshortcuts="/"
          title='Words, and filters such as layer:3-5 state:drafted score>0.4 tag:"to check"'
          aria-describedby={wrong.length > 0 ? `${id}-wrong` : undefined}
          onChange={event => onChange({ text: event.target.value })}
          onKeyDown={onKeyDown}
          onBlur={settle}
        />
        <div className="hl-CatalogueFilters-choices">
          <CatalogueChoice
            name="State"
            hidden
            any="All states"
            value={filters.state}
            choices={[
              ...STATES.map(state => ({
                value: state,
                words: stateWord(state),
                count: overview?.states[state]
              })),
              {
                value: IN_REVIEW,
                words: stateWords(IN_REVIEW),
                count: overview ? (overview.in_review ?? 0) : undefined
              }
            ]}
            onChange={state => onChange({ state })}
          />
          <CatalogueChoice
            name="Model"
            hidden
            any="All models"
            value={filters.model}
            choices={modelChoices(overview, filters.model)}
            onChange={model => onChange({ model })}
          />
        </div>
        <div className="hl-CatalogueFilters-folds">
          <button
            type="button"
            className="hl-Button hl-Fold"
            aria-expanded={more}
            aria-controls={`${id}-more`}
            onClick={() => {
              setMore(!more);
              props.onMore(!more);
            }}
          >
            More filters
          </button>
          {props.children}
        </div>
        <div id={`${id}-more`} hidden={!more}>
          {more && <MoreFilters filters={filters} facets={props.facets} onChange={onChange} />}
        </div>
        <CatalogueChips filters={filters} onChange={onChange} />
        <div className="hl-CatalogueFilters-wrong" role="status" id={`${id}-wrong`}>
          {wrong.map(({ part, why }, place) => (
            <p key={place} className="hl-Note" data-kind="warning">
              Left out: <FreeText text={part} /> – {why}.
            </p>
          ))}
        </div>
      </div>
    );
  }
);

/** Models once each, whatever names they were loaded by; the chosen one even without entries. */
function modelChoices(overview: CatalogueOverview | null, chosen: string): Choice[] {
  const found = new Map<string, Choice>();
  for (const { name, fingerprint, entries } of overview?.models ?? []) {
    const same = found.get(fingerprint);
    found.set(fingerprint, {
      value: fingerprint,
      words: same ? `${same.words}, ${name}` : name,
      count: (same?.count ?? 0) + entries
    });
  }
  if (chosen && !found.has(chosen)) {
    const count = overview ? 0 : undefined;
    found.set(chosen, { words: `model ${chosen.slice(0, 8)}`, value: chosen, count });
  }
  const all = Array.from(found.values());
  return all.map(choice =>
    all.filter(other => other.words === choice.words).length === 1
      ? choice
      : { ...choice, words: `${choice.words} ${choice.value.slice(0, 8)}` }
  );
}
