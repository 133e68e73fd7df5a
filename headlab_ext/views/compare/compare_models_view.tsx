import * as React from 'react';
import type { CatalogueComparison, Head, ModelCount } from '../../contract/records';
import { FreeText, visibleText } from '../free_text';
import { formatCount } from '../numbers';
import { useDelayed } from '../use_delayed';
import { CoverageTable } from './coverage_table';
import { NearestHeads } from './nearest_heads';

interface Pair {
  first: string;
  second: string;
}

export interface CompareModelsViewProps {
  /** Null until the catalogue has answered. */
  models: readonly ModelCount[] | null;
  /** Fingerprints of the models that are chosen. */
  pair: Pair;
  /** What was compared last; null before anyone has asked. */
  compared: (Pair & { comparison: CatalogueComparison }) | null;
  /** Whether the catalogue has changed since. */
  stale: boolean;
  loading: boolean;
  problem: string | null;
  onChoose: (change: Partial<Pair>) => void;
  onCompare: () => void;
  onRetry: () => void;
  onHeads: (first: Head, second: Head) => void;
}

/** What the catalogue holds of two models, or of two versions of one. */
export function CompareModelsView(props: CompareModelsViewProps): React.JSX.Element {
  const { models, pair, compared, loading, problem } = props;
  const waiting = useDelayed(models === null && problem === null);
  const few = models !== null && models.length < 2;
  const same = pair.first === pair.second;
  const shown = compared && compared.first === pair.first && compared.second === pair.second;
  return (
    <article className="hl-CompareModels" aria-label="Comparison of models">
      <h2>Compare models</h2>
      {waiting && <p className="hl-dim">Reading the catalogue…</p>}
      {few && (
        <p>
          {models.length === 0
            ? 'The catalogue has no entries yet. Draft descriptions of heads of two models in a workbench, or import them.'
            : 'The catalogue has entries of one model only. Draft descriptions of heads of another one in a workbench, or import them.'}
        </p>
      )}
      {models !== null && !few && (
        <>
          <div className="hl-CompareModels-choices">
            <ModelChoice
              label="First model"
              models={models}
              value={pair.first}
              onChoose={first => props.onChoose({ first })}
            />
            <ModelChoice
              label="Second model"
              models={models}
              value={pair.second}
              onChoose={second => props.onChoose({ second })}
            />
            <button
              type="button"
              className="hl-Button"
              data-main={!shown || undefined}
              disabled={loading || same}
              title={same ? 'Choose two different models' : undefined}
              onClick={props.onCompare}
            >
              {shown ? 'Compare again' : 'Compare'}
            </button>
          </div>
          {!shown && !loading && (
            <p className="hl-CompareModels-state hl-dim">
              {`Shows how far the catalogue is with each, and for each head of the first model the nearest heads of the second. It reads ${formatCount(entriesOf(models, pair))} entries and runs no model.`}
            </p>
          )}
        </>
      )}
      <p className="hl-CompareModels-state" role="status">
        {loading
          ? 'Comparing…'
          : shown && props.stale
            ? 'The catalogue has changed since this was computed.'
            : ''}
      </p>
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />{' '}
          <button type="button" className="hl-Button" disabled={loading} onClick={props.onRetry}>
            Retry
          </button>
        </p>
      )}
      {shown && models && <Compared {...props} models={models} comparison={compared.comparison} />}
    </article>
  );
}

function Compared(
  props: CompareModelsViewProps & {
    models: readonly ModelCount[];
    comparison: CatalogueComparison;
  }
): React.JSX.Element {
  const { models, pair, comparison, onHeads } = props;
  const names = [nameOf(pair.first, models), nameOf(pair.second, models)] as const;
  return (
    <>
      <section aria-label="Coverage">
        <h3>Coverage</h3>
        <Notes notes={comparison.coverage.notes} />
        <CoverageTable table={comparison.coverage} names={names} />
      </section>
      <section aria-label="Nearest heads">
        <h3>Nearest heads</h3>
        <p className="hl-CompareModels-note hl-dim">
          {`For each head of ${visibleText(names[0])}, the most similar of ${visibleText(names[1])}. Choose a head of the second model to see both side by side.`}
        </p>
        <Notes notes={comparison.heads.notes} />
        <NearestHeads table={comparison.heads} onHeads={onHeads} />
      </section>
    </>
  );
}

function Notes({ notes }: { notes: readonly string[] }): React.JSX.Element {
  return (
    <details className="hl-CompareModels-note">
      <summary>How this is measured</summary>
      <ul>
        {notes.map((note, index) => (
          <li key={index}>
            <FreeText text={note} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function ModelChoice(props: {
  label: string;
  models: readonly ModelCount[];
  value: string;
  onChoose: (fingerprint: string) => void;
}): React.JSX.Element {
  const { label, models, value, onChoose } = props;
  return (
    <label>
      <span>{label}</span>
      <select className="hl-Select" value={value} onChange={event => onChoose(event.target.value)}>
        {models.map(model => (
          <option key={model.fingerprint} value={model.fingerprint}>
            {`${visibleText(nameOf(model.fingerprint, models))}, ${formatCount(model.entries)} ${model.entries === 1 ? 'entry' : 'entries'}`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The name of a model, with the start of its fingerprint where several have that name. */
export function nameOf(fingerprint: string, models: readonly ModelCount[]): string {
  const model = models.find(one => one.fingerprint === fingerprint);
  if (!model) {
    return fingerprint.slice(0, 12);
  }
  const twins = models.filter(one => one.name === model.name);
  return twins.length > 1 ? `${model.name} (${fingerprint.slice(0, 8)})` : model.name;
}

function entriesOf(models: readonly ModelCount[], pair: Pair): number {
  return models
    .filter(({ fingerprint }) => fingerprint === pair.first || fingerprint === pair.second)
    .reduce((sum, model) => sum + model.entries, 0);
}
