import * as React from 'react';
import type { ModelChoice, ModelFacts } from '../contract/records';
import type { BenchApi } from './api';
import { FreeText, visibleText } from './free_text';
import { formatCount } from './numbers';
import { messageOf } from './problems';

/** Name and size of the model in hand; the tip has the rest. */
export function ModelChip(props: { model: ModelFacts; name: string }): React.JSX.Element {
  const { model } = props;
  const groups =
    model.n_kv_heads < model.n_heads ? `, ${model.n_kv_heads} key-value heads a layer` : '';
  const tip = [
    `${model.architecture}, revision ${model.revision ?? 'local'}`,
    `d_model ${model.d_model}, d_head ${model.d_head}, vocabulary ${model.d_vocab}${groups}`,
    `attention kernel ${model.attention_kernel}, fingerprint ${model.fingerprint}`
  ].join('\n');
  return (
    <span className="hl-ModelChip" title={tip}>
      <b>
        <FreeText text={model.name} />
      </b>
      <span className="hl-dim">
        {` ${model.family}, ${model.n_layers} layers × ${model.n_heads} heads, ` +
          `${formatCount(model.n_parameters)} parameters, ${model.dtype} on ${model.device}`}
      </span>
    </span>
  );
}

/** The demo model, models loaded lately, a folder or a hub id. */
export function ModelChooser(props: {
  api: BenchApi;
  loaded: string;
  onLoaded: () => void;
}): React.JSX.Element {
  const { api, loaded, onLoaded } = props;
  const [choices, setChoices] = React.useState<ModelChoice[]>([]);
  const [given, setGiven] = React.useState('');
  const [loading, setLoading] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);

  React.useEffect(() => {
    let current = true;
    api.models().then(
      found => current && setChoices(found),
      (error: unknown) => current && setProblem(messageOf(error))
    );
    return () => {
      current = false;
    };
  }, [api]);

  const load = (name: string) => {
    setLoading(name);
    setProblem(null);
    api
      .load(name)
      .then(onLoaded, (error: unknown) => setProblem(messageOf(error)))
      .finally(() => setLoading(null));
  };
  const busy = loading !== null;

  return (
    <section className="hl-ModelChooser" aria-label="Choose a model" data-region tabIndex={-1}>
      <h2 className="hl-ModelChooser-title">Choose a model to look into</h2>
      <ul className="hl-ModelChooser-list">
        {choices.map(choice => (
          <li key={choice.name}>
            <button
              className="hl-Button"
              data-main={choice.source === 'demo' && !loaded ? true : undefined}
              disabled={busy}
              title={visibleText(choice.name)}
              onClick={() => load(choice.name)}
            >
              <FreeText text={choice.title} />
              {choice.source === 'recent' && <span className="hl-dim"> recent</span>}
            </button>
          </li>
        ))}
      </ul>
      <form
        className="hl-ModelChooser-own"
        onSubmit={event => {
          event.preventDefault();
          load(given.trim());
        }}
      >
        <label>
          Folder or Hugging Face id
          <input
            className="hl-Input"
            value={given}
            placeholder="gpt2 or ~/models/my-model"
            spellCheck={false}
            onChange={event => setGiven(event.target.value)}
          />
        </label>
        <button className="hl-Button" type="submit" disabled={busy || given.trim() === ''}>
          Load
        </button>
      </form>
      <p className="hl-dim hl-ModelChooser-note">
        Causal language models with safetensors weights. Code that comes with a model is never run.
        A folder stays on this machine; a hub id is downloaded once.
      </p>
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />
        </p>
      )}
    </section>
  );
}
