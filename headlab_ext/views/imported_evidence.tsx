import * as React from 'react';
import type { Entry, ImportedEvidence, StoredImport } from '../contract/records';
import { FreeText } from './free_text';
import type { CardPart } from './head_card';
import { formatCount, formatNumber } from './numbers';
import { Time } from './times';
import { Token } from './token';

const FIRST = 10;

const KINDS: Record<ImportedEvidence['kind'], string> = {
  'maps-mappings': 'Salient mappings',
  'head-metrics': 'Metrics'
};

interface Answer {
  said: string;
  file: string;
  source: string;
}

interface Rows {
  evidence: ImportedEvidence;
  elsewhere: ReadonlyMap<string, readonly Answer[]>;
}

/** The part of an entry's page with what others published about the head; none without any. */
export function importedPart(entry: Entry | null): CardPart[] {
  const imported = entry?.imported ?? [];
  if (imported.length === 0) {
    return [];
  }
  return [
    {
      title: 'Imported evidence',
      note: 'Published by others and not measured here. No score, test or draft rests on it.',
      body: <ImportedList imported={imported} />
    }
  ];
}

/** Every source with what it says, the newest first; sources that disagree stand side by side. */
export function ImportedList(props: { imported: readonly StoredImport[] }): React.JSX.Element {
  const newest = [...props.imported].sort((a, b) => b.id - a.id);
  return (
    <ul className="hl-Imports" aria-label="Imported evidence by source">
      {newest.map(stored => (
        <ImportItem key={stored.id} stored={stored} all={newest} />
      ))}
    </ul>
  );
}

function ImportItem(props: {
  stored: StoredImport;
  all: readonly StoredImport[];
}): React.JSX.Element {
  const { stored, all } = props;
  const { evidence } = stored;
  const elsewhere = otherAnswers(stored, all);
  return (
    <li className="hl-Import">
      <div className="hl-Import-line">
        <b>{KINDS[evidence.kind]}</b>
        <span className="hl-Import-mark">
          <span aria-hidden="true">↧</span> imported
        </span>
      </div>
      <p className="hl-Import-source hl-dim">
        {'From '}
        <span className="hl-Import-file">
          <FreeText text={evidence.file} />
        </span>
        {', '}
        <code title={`sha256 of the file: ${evidence.sha256}`}>{evidence.sha256.slice(0, 12)}</code>
        {', by '}
        <FreeText text={stored.imported_by} />
        {', '}
        <Time at={stored.imported_at} />
      </p>
      {evidence.kind === 'maps-mappings' ? (
        <ImportedMappings evidence={evidence} elsewhere={elsewhere} />
      ) : (
        <ImportedMetrics evidence={evidence} elsewhere={elsewhere} />
      )}
    </li>
  );
}

function ImportedMappings({ evidence, elsewhere }: Rows): React.JSX.Element {
  const { shown, more } = useFirst(evidence.mappings);
  return (
    <>
      <table className="hl-Import-table" aria-label="Imported salient mappings">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Targets, in the order of the file</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((mapping, index) => (
            <tr key={index}>
              <th scope="row" title={saliencyOf(mapping.saliency)}>
                <Token text={mapping.source} kind="chip" />
              </th>
              <td>
                {mapping.targets.map((target, place) => (
                  <Token key={place} text={target} kind="chip" />
                ))}
                <Elsewhere answers={elsewhere.get(mapping.source)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

function ImportedMetrics({ evidence, elsewhere }: Rows): React.JSX.Element {
  const { shown, more } = useFirst(evidence.metrics);
  return (
    <>
      <table className="hl-Import-table" aria-label="Imported metrics">
        <thead>
          <tr>
            <th scope="col">Metric, as the file names it</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(metric => (
            <tr key={metric.name}>
              <th scope="row">
                <FreeText text={metric.name} />
              </th>
              <td>
                <span className="hl-number" title={String(metric.value)}>
                  {formatNumber(metric.value)}
                </span>
                <Elsewhere answers={elsewhere.get(metric.name)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

/** What other sources say instead, in words beside a sign. */
function Elsewhere({ answers }: { answers: readonly Answer[] | undefined }): React.JSX.Element {
  return (
    <>
      {answers?.map((answer, index) => (
        <span key={index} className="hl-Import-other" title={answer.source}>
          <span aria-hidden="true">≠ </span>
          <FreeText text={`${answer.said} in ${answer.file}`} />
        </span>
      ))}
    </>
  );
}

/** Other answers of other sources of the same kind, by metric or source token. */
function otherAnswers(stored: StoredImport, all: readonly StoredImport[]): Map<string, Answer[]> {
  const own = new Map(statements(stored.evidence));
  const found = new Map<string, Answer[]>();
  for (const { id, evidence } of all) {
    if (id === stored.id || evidence.kind !== stored.evidence.kind) {
      continue;
    }
    for (const [about, said] of statements(evidence)) {
      if (own.has(about) && own.get(about) !== said) {
        const source = `sha256 of that file: ${evidence.sha256}`;
        found.set(about, [...(found.get(about) ?? []), { said, file: evidence.file, source }]);
      }
    }
  }
  return found;
}

/** More digits than elsewhere, so that numbers that differ are seen to. */
function sixDigits(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function statements(evidence: ImportedEvidence): [string, string][] {
  return [
    ...evidence.metrics.map(({ name, value }): [string, string] => [name, sixDigits(value)]),
    ...evidence.mappings.map(({ source, targets }): [string, string] => [
      source,
      targets.map(target => target.trim()).join(', ')
    ])
  ];
}

/** The first rows, and a button for the others. */
function useFirst<Row>(rows: readonly Row[]): {
  shown: readonly Row[];
  more: React.JSX.Element | null;
} {
  const [all, setAll] = React.useState(false);
  const hidden = all ? 0 : rows.length - FIRST;
  if (hidden <= 0) {
    return { shown: rows, more: null };
  }
  return {
    shown: rows.slice(0, FIRST),
    more: (
      <button className="hl-TextButton" onClick={() => setAll(true)}>
        {`Show all ${formatCount(rows.length)}`}
      </button>
    )
  };
}

function saliencyOf(saliency: number | null | undefined): string | undefined {
  return saliency === null || saliency === undefined
    ? undefined
    : `saliency in the file: ${formatNumber(saliency)}`;
}
