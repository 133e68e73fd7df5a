import * as React from 'react';
import type { Provenance } from '../contract/records';
import { copyText } from './clipboard';
import { FreeText } from './free_text';
import { formatSeconds } from './numbers';
import { Time } from './times';

const SHARED: [keyof Provenance, string][] = [
  ['model', 'model'],
  ['revision', 'revision'],
  ['fingerprint', 'fingerprint'],
  ['tokenizer_hash', 'tokenizer hash'],
  ['dtype', 'dtype'],
  ['device', 'device'],
  ['attention_kernel', 'attention kernel'],
  ['headlab_version', 'HeadLab']
];

/** How every number of a card was made; closed until asked for. */
export function ProvenanceDetails(props: {
  provenances: readonly Provenance[];
}): React.JSX.Element {
  const { provenances } = props;
  const [said, setSaid] = React.useState('');
  const copy = async () => {
    const done = await copyText(JSON.stringify(provenances, null, 2));
    setSaid(done ? 'Copied.' : 'This page may not write to the clipboard.');
  };
  return (
    <details className="hl-Provenance">
      <summary>{`How ${provenances.length} results were made`}</summary>
      <div className="hl-Provenance-bar">
        <button className="hl-Button" onClick={() => void copy()}>
          Copy as JSON
        </button>
        <span role="status">{said}</span>
      </div>
      <dl className="hl-Provenance-shared">
        {SHARED.map(([field, name]) => (
          <div key={field}>
            <dt>{name}</dt>
            <dd>
              <FreeText text={distinct(provenances, field)} />
            </dd>
          </div>
        ))}
      </dl>
      <ul className="hl-Provenance-list">
        {provenances.map((one, index) => (
          <li key={index}>
            <b>
              <FreeText text={one.analysis} />
            </b>
            {` version ${one.analysis_version}`}
            {one.seed !== null && `, seed ${one.seed}`}
            {', '}
            <Time at={one.created_at} />
            {`, took ${formatSeconds(one.seconds)}`}
            {one.prompts_hash && `, prompts ${one.prompts_hash}`}
            <Parameters parameters={one.parameters} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Parameters(props: { parameters: Provenance['parameters'] }): React.JSX.Element | null {
  const named = Object.entries(props.parameters);
  if (named.length === 0) {
    return null;
  }
  const written = named.map(([name, value]) => {
    return `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return (
    <div className="hl-Provenance-parameters">
      <FreeText text={written.join('; ')} />
    </div>
  );
}

/** The field's value, or all of them where results were made differently. */
function distinct(provenances: readonly Provenance[], field: keyof Provenance): string {
  const values = new Set(provenances.map(one => String(one[field] ?? 'none')));
  return [...values].join(', ');
}
