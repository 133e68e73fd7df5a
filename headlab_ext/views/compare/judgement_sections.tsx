import * as React from 'react';
import { TESTS, type Entry, type StoredTest } from '../../contract/records';
import { totalHeads } from '../heads';
import { FreeText } from '../free_text';
import { formatNumber, formatRank, formatSigned } from '../numbers';
import { VERDICT_MARKS } from '../tests_list';
import { Value } from '../value';
import { inSome, type ReadColumn } from './columns';
import { CompareTable, Missing, type CompareRow } from './compare_table';

interface Shown {
  columns: readonly ReadColumn[];
}

/** What the loss becomes without each head, or how far from the baseline's that is. */
export function AblationNumbers(props: Shown & { baseline: number | null }): React.JSX.Element {
  const { columns, baseline } = props;
  const row = (
    label: string,
    tip: string,
    read: (entry: Entry) => number | null | undefined
  ): CompareRow => {
    const values = columns.map(column => read(column.entry) ?? null);
    const base = baseline === null ? 0 : values[baseline];
    return {
      key: label,
      label,
      cells: values.map((value, place) => {
        const measured = value !== null && base !== null;
        const own = baseline === null || baseline === place;
        return measured ? (
          <Value key={place} value={own ? value : value - base} format={formatSigned} tip={tip} />
        ) : (
          <Missing key={place} why="the card holds no ablation" />
        );
      })
    };
  };
  const rows = [
    row(
      'Loss change, nats',
      'mean change of the loss of the true next token; positive where the head helps',
      entry => entry.card?.ablation?.loss_change
    ),
    row('KL, nats', 'mean KL(with the head || without it)', entry => entry.card?.ablation?.kl),
    {
      key: 'rank',
      label: 'Rank by loss change',
      cells: columns.map(({ key, entry }) =>
        entry.card && entry.card.loss_change_rank !== null ? (
          <span key={key}>
            {formatRank(entry.card.loss_change_rank, totalHeads(entry.card.model))}
          </span>
        ) : (
          <Missing key={key} why="not ranked" />
        )
      )
    }
  ];
  return <CompareTable caption="Without the head" columns={columns} rows={rows} />;
}

/** The verdicts on the descriptions in force. */
export function TestVerdicts({ columns }: Shown): React.JSX.Element {
  const kinds = (Object.keys(TESTS) as (keyof typeof TESTS)[]).filter(kind =>
    columns.some(column => testOf(column.entry, kind))
  );
  if (kinds.length === 0) {
    return <p className="hl-dim">No description of these heads has been tested.</p>;
  }
  const rows = kinds.map(kind => {
    const tests = columns.map(column => testOf(column.entry, kind));
    const verdicts = new Set(tests.flatMap(test => test?.result.verdict ?? []));
    return {
      key: kind,
      label: `${kind} ${TESTS[kind]}`,
      differs: verdicts.size > 1,
      cells: tests.map((test, place) =>
        test ? <Verdict key={place} test={test} /> : <Missing key={place} why="not tested" />
      )
    };
  });
  return <CompareTable caption="Tests of the descriptions" columns={columns} rows={rows} />;
}

/** A result counts while the tested text is in force. */
function testOf(entry: Entry, kind: string): StoredTest | undefined {
  return entry.tests?.find(
    ({ result, description }) => result.kind === kind && description === entry.description
  );
}

function Verdict({ test: { result } }: { test: StoredTest }): React.JSX.Element {
  return (
    <span title={result.reason || undefined}>
      <span aria-hidden="true">{VERDICT_MARKS[result.verdict]}</span>
      {` ${result.verdict}`}
      {result.score !== null && (
        <span className="hl-dim">
          {' '}
          <FreeText text={result.measure} />
          {` ${formatNumber(result.score)}`}
        </span>
      )}
    </span>
  );
}

/** Categories, stages, names and tags; those that several heads have are said to be shared. */
export function SharedLabels({ columns }: Shown): React.JSX.Element {
  const kinds: [string, (entry: Entry) => readonly string[]][] = [
    ['Categories', entry => entry.categories],
    ['Stages', entry => entry.stages],
    ['Head names', entry => entry.head_names ?? []],
    ['Tags', entry => entry.tags]
  ];
  const rows = kinds
    .map(([kind, read]) => ({ kind, lists: columns.map(column => read(column.entry)) }))
    .filter(({ lists }) => lists.some(list => list.length > 0));
  if (rows.length === 0) {
    return <p className="hl-dim">None of these heads has a label.</p>;
  }
  return (
    <CompareTable
      caption="Labels"
      columns={columns}
      rows={rows.map(({ kind, lists }) => ({
        key: kind,
        label: kind,
        differs: new Set(lists.map(list => [...list].sort().join('\n'))).size > 1,
        cells: lists.map((list, place) =>
          list.length === 0 ? (
            <Missing key={place} why="none" />
          ) : (
            <ul key={place} className="hl-Compare-labels">
              {list.map(label => {
                const count = lists.filter(one => one.includes(label)).length;
                return (
                  <li
                    key={label}
                    data-shared={count > 1 || undefined}
                    title={inSome(count, lists.length)}
                  >
                    <FreeText text={label} />
                  </li>
                );
              })}
            </ul>
          )
        )
      }))}
    />
  );
}
