import * as React from 'react';
import { STAGES, type Facets } from '../contract/records';
import { CatalogueChoice, type Choice } from './catalogue_choice';
import { readLayer, readScore, type CatalogueFilters, type FilterName } from './catalogue_query';
import { useDelayed } from './use_delayed';

interface MoreFiltersProps {
  filters: CatalogueFilters;
  facets: Facets | null;
  onChange: (change: Partial<CatalogueFilters>) => void;
}

type Values = Record<string, number>;

/** The filters that are asked for less often; those that choose say how many entries there are. */
export function MoreFilters(props: MoreFiltersProps): React.JSX.Element {
  const { filters, facets, onChange } = props;
  const waiting = useDelayed(facets === null);
  const choice = (name: string, filter: FilterName, values: Values | undefined, any = 'Any') => (
    <CatalogueChoice
      name={name}
      any={any}
      value={filters[filter]}
      choices={choicesOf(values)}
      onChange={value => onChange({ [filter]: value })}
    />
  );
  return (
    <div className="hl-MoreFilters" aria-busy={facets === null}>
      <Bounds
        title="Layers"
        {...props}
        from="layer_from"
        to="layer_to"
        step="1"
        fits={text => readLayer(text) !== null}
      />
      {choice('Category', 'category', facets?.categories)}
      <CatalogueChoice
        name="Stage"
        any="Any"
        value={filters.stage}
        choices={Object.entries(STAGES).map(([value, title]) => ({
          value,
          words: `${value} ${title}`,
          count: facets ? (facets.stages[value] ?? 0) : undefined
        }))}
        onChange={stage => onChange({ stage })}
      />
      {choice('Tag', 'tag', facets?.tags)}
      {choice('Head name', 'head_name', facets?.head_names)}
      {choice('Reviewer', 'reviewer', facets?.reviewers, 'Anyone')}
      {choice('Operation', 'operation', facets?.operations)}
      <Bounds
        title="Score"
        {...props}
        from="score_from"
        to="score_to"
        step="0.05"
        fits={text => readScore(text) !== null}
      />
      <CatalogueChoice
        name="Tests"
        any="Any"
        value={filters.has_failed_test}
        choices={[
          { value: 'true', words: 'a test failed' },
          { value: 'false', words: 'no test failed' }
        ]}
        onChange={value => onChange({ has_failed_test: value })}
      />
      {waiting && <p className="hl-dim">Reading what there is to choose from…</p>}
    </div>
  );
}

function Bounds(
  props: MoreFiltersProps & {
    title: string;
    from: FilterName;
    to: FilterName;
    step: string;
    fits: (text: string) => boolean;
  }
): React.JSX.Element {
  const { title, filters, onChange } = props;
  const field = (name: FilterName, words: string) => (
    <input
      className="hl-Input"
      type="number"
      min={0}
      step={props.step}
      aria-label={`${title} ${words}`}
      placeholder={words}
      value={filters[name]}
      aria-invalid={(filters[name] !== '' && !props.fits(filters[name])) || undefined}
      onChange={event => onChange({ [name]: event.target.value })}
    />
  );
  return (
    <div className="hl-MoreFilters-bounds" role="group" aria-label={title}>
      <span aria-hidden="true">{title}</span>
      {field(props.from, 'from')}
      {field(props.to, 'to')}
    </div>
  );
}

function choicesOf(values: Values | undefined): Choice[] {
  return Object.entries(values ?? {})
    .map(([value, count]) => ({ value, words: value, count }))
    .sort((one, other) => one.words.localeCompare(other.words));
}
