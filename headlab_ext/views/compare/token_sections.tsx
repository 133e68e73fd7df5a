import * as React from 'react';
import type { AffectedToken, Mapping } from '../../contract/records';
import { useShown } from '../evidence_links';
import { formatNumber, formatSigned } from '../numbers';
import { Token } from '../token';
import { Value } from '../value';
import { inSome, type ReadColumn } from './columns';
import { CompareTable, Missing } from './compare_table';
import { haveOneTokenizer, sharedTokens, type TokenRow } from './shared_tokens';

const FIRST_MAPPINGS = 10;
const FIRST_AFFECTED = 6;
const TARGETS = 5;

interface Shown {
  columns: readonly ReadColumn[];
}

/** Source tokens that the heads pass on, shared ones first; what they write for them side by side. */
export function SharedMappings({ columns }: Shown): React.JSX.Element {
  const lists = listsOf(columns, column => column.entry.card?.mappings ?? null);
  const measured = lists.filter(list => list.tokens).length;
  const rows = sharedTokens(lists);
  const { shown, more } = useShown(rows, FIRST_MAPPINGS, 'M');
  const most = Math.max(0, ...rows.flatMap(row => row.cells.map(cell => cell?.saliency ?? 0)));
  if (rows.length === 0) {
    return <p className="hl-dim">None of these heads has salient mappings here.</p>;
  }
  return (
    <>
      <CompareTable
        caption="Salient mappings"
        columns={columns}
        rows={shown.map(row => ({
          key: row.key,
          label: <RowToken row={row} of={measured} />,
          shared: row.count > 1,
          cells: columns.map((column, place) => {
            const cell = row.cells[place];
            return cell ? (
              <MappingCell key={place} row={row} mapping={cell} most={most} />
            ) : (
              <Missing key={place} why={notListed(columns, column, 'salient source tokens')} />
            );
          })
        }))}
      />
      {more}
    </>
  );
}

/** Vocabulary tokens that lose, or gain, probability without the heads. */
export function SharedAffected(props: Shown & { way: 'hurt' | 'helped' }): React.JSX.Element {
  const { columns, way } = props;
  const listed = (column: ReadColumn): readonly AffectedToken[] | null => {
    const effect = column.entry.card?.ablation;
    return effect ? (way === 'hurt' ? effect.hurt_tokens : effect.helped_tokens) : null;
  };
  const lists = listsOf(columns, listed);
  const measured = lists.filter(list => list.tokens).length;
  const rows = sharedTokens(lists);
  const { shown, more } = useShown(rows, FIRST_AFFECTED, way === 'hurt' ? 'T' : 'U');
  if (rows.length === 0) {
    return <p className="hl-dim">{`No token is ${way}, or no card holds an ablation.`}</p>;
  }
  return (
    <>
      <CompareTable
        caption={way === 'hurt' ? 'Hurt tokens' : 'Helped tokens'}
        columns={columns}
        rows={shown.map(row => ({
          key: row.key,
          label: <RowToken row={row} of={measured} />,
          shared: row.count > 1,
          cells: columns.map((column, place) => {
            const cell = row.cells[place];
            if (!cell) {
              const why = listed(column)
                ? notListed(columns, column, `${way} tokens`)
                : 'the card holds no ablation';
              return <Missing key={place} why={why} />;
            }
            return (
              <Value
                key={place}
                value={cell.effect}
                format={formatSigned}
                tip="probability-weighted change of its log-probability, summed over positions, in nats"
              />
            );
          })
        }))}
      />
      {more}
    </>
  );
}

function RowToken<T extends { token_id: number; text: string }>(props: {
  row: TokenRow<T>;
  /** How many heads were measured. */
  of: number;
}): React.JSX.Element {
  const { row, of } = props;
  return (
    <span className="hl-Compare-token">
      <Token text={row.text} id={row.id ?? undefined} kind="chip" />
      {of > 1 && <span className="hl-Compare-count hl-dim">{inSome(row.count, of)}</span>}
    </span>
  );
}

function MappingCell(props: {
  row: TokenRow<Mapping>;
  mapping: Mapping;
  most: number;
}): React.JSX.Element {
  const { row, mapping, most } = props;
  const share = most > 0 ? Math.max(0, mapping.saliency / most) : 0;
  const same = (target: { token_id: number; text: string }) =>
    row.cells.filter(cell =>
      cell?.targets.some(other =>
        row.id === null ? other.text === target.text : other.token_id === target.token_id
      )
    ).length > 1;
  return (
    <span className="hl-Compare-mapping">
      <span className="hl-Compare-saliency">
        <span className="hl-Bar" aria-hidden="true">
          <span className="hl-Bar-fill" style={{ width: `${100 * share}%` }} />
        </span>
        <Value value={mapping.saliency} tip="saliency: ||e' W_VO|| / ||e'||, no unit" />
      </span>
      <span className="hl-Compare-targets">
        {mapping.targets.slice(0, TARGETS).map((target, index) => (
          <span key={index} className="hl-Compare-target" data-shared={same(target) || undefined}>
            <Token
              text={target.text}
              id={target.token_id}
              kind="chip"
              note={`target ${index + 1}, logit ${formatNumber(target.score)} by e' W_VO W_U${same(target) ? '; shared' : ''}`}
            />
          </span>
        ))}
      </span>
    </span>
  );
}

function listsOf<T>(columns: readonly ReadColumn[], tokens: (column: ReadColumn) => T) {
  return columns.map(column => ({ tokenizer: tokenizerOf(column), tokens: tokens(column) }));
}

function tokenizerOf(column: ReadColumn): string {
  return column.entry.card?.model.tokenizer_hash ?? '';
}

/** A list is the top of a longer one: a token that is not in it may still be somewhere below. */
function notListed(columns: readonly ReadColumn[], column: ReadColumn, what: string): string {
  if (!column.entry.card) {
    return 'no evidence here';
  }
  const listed = `not among the ${what} that the card lists`;
  const measured = columns.filter(one => one.entry.card);
  return haveOneTokenizer(measured.map(one => ({ tokenizer: tokenizerOf(one) })))
    ? listed
    : `${listed}; the tokenizers differ, and a card does not say whether its model has this token`;
}
