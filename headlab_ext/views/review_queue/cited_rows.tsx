import * as React from 'react';
import type {
  AffectedToken,
  EvidenceCard,
  Mapping,
  RelationEvidence
} from '../../contract/records';
import { Citation } from '../evidence_links';
import { rowIndex } from '../evidence_rows';
import { FreeText } from '../free_text';
import { formatNumber, formatRank, formatSigned } from '../numbers';
import { Token } from '../token';
import { TokenContext } from '../token_context';
import type { Links } from './use_links';

/** The rows that the draft cites, in its order, each on one line; the tables below hold all rows. */
export function CitedRows(props: {
  card: EvidenceCard;
  cited: readonly string[];
  links: Links;
  hiddenScores: boolean;
}): React.JSX.Element {
  const { card, cited, links, hiddenScores } = props;
  if (cited.length === 0) {
    return <p className="hl-dim">The draft on the screen cites no row.</p>;
  }
  const at = links.at && 'row' in links.at ? links.at.row : cited[0];
  return (
    <ol className="hl-CitedRows" aria-label="Cited rows">
      {cited.map(row => (
        <li
          key={row}
          className="hl-CitedRow"
          data-cited={row}
          data-linked={links.isRowLinked(row) || undefined}
          tabIndex={row === at ? 0 : -1}
          onFocus={() => links.focus({ row })}
          onMouseEnter={() => links.hover({ row })}
          onMouseLeave={() => links.hover(null)}
        >
          <Citation row={row} />
          <span className="hl-CitedRow-says">
            <RowSays card={card} row={row} hiddenScores={hiddenScores} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function RowSays(props: {
  card: EvidenceCard;
  row: string;
  hiddenScores: boolean;
}): React.JSX.Element {
  const { card, row, hiddenScores } = props;
  const { ablation } = card;
  const relation = card.relations[rowIndex('R', row)];
  const mapping = card.mappings[rowIndex('M', row)];
  const hurt = ablation?.hurt_tokens[rowIndex('T', row)];
  const helped = ablation?.helped_tokens[rowIndex('U', row)];
  const position =
    ablation?.hurt_positions[rowIndex('P', row)] ?? ablation?.helped_positions[rowIndex('Q', row)];
  if (relation) {
    return <RelationSays row={relation} />;
  }
  if (mapping) {
    return <MappingSays row={mapping} />;
  }
  if (hurt) {
    return <TokenSays row={hurt} />;
  }
  if (helped) {
    return <TokenSays row={helped} />;
  }
  if (position) {
    return (
      <>
        <TokenContext context={position.context} />{' '}
        <span className="hl-number">{`${formatSigned(position.change)} nats`}</span>
      </>
    );
  }
  const looks = card.attention;
  const place = rowIndex('A', row);
  const measure = looks?.measures[place];
  const pair = looks?.pairs[place - looks.measures.length];
  if (measure) {
    return (
      <>
        <FreeText text={measure.title} /> <b className="hl-number">{formatNumber(measure.value)}</b>
        <span className="hl-dim">
          {`, control ${formatNumber(measure.control)}; ${formatRank(measure.rank, measure.n_heads)}`}
        </span>
      </>
    );
  }
  if (pair) {
    return (
      <>
        <Token text={pair.query} id={pair.query_id} kind="chip" />
        {' looks at '}
        <Token text={pair.key} id={pair.key_id} kind="chip" />
        <span className="hl-dim hl-number">{` weight ${formatNumber(pair.weight)}`}</span>
      </>
    );
  }
  return (
    <span className="hl-dim">
      {/^[RA]/.test(row) && hiddenScores ? 'hidden with the scores' : 'see the tables below'}
    </span>
  );
}

function RelationSays({ row }: { row: RelationEvidence }): React.JSX.Element {
  const suppresses = row.suppression - row.suppression_control > row.score - row.control;
  const score = suppresses ? row.suppression : row.score;
  const control = suppresses ? row.suppression_control : row.control;
  const rank = suppresses ? row.suppression_rank : row.rank;
  return (
    <>
      <code className="hl-CitedRow-name">
        <FreeText text={row.name} />
      </code>
      {suppresses ? ' suppression ' : ' '}
      <b className="hl-number">{formatNumber(score)}</b>
      <span className="hl-dim">
        {`, shuffled ${formatNumber(control)}; ${formatRank(rank, row.n_heads)}`}
      </span>
    </>
  );
}

function MappingSays({ row }: { row: Mapping }): React.JSX.Element {
  return (
    <>
      <Token text={row.text} id={row.token_id} kind="chip" />
      {' → '}
      {row.targets.slice(0, 4).map((target, index) => (
        <Token key={index} text={target.text} id={target.token_id} kind="chip" />
      ))}
      <span className="hl-dim hl-number">{` saliency ${formatNumber(row.saliency)}`}</span>
    </>
  );
}

function TokenSays({ row }: { row: AffectedToken }): React.JSX.Element {
  return (
    <>
      <Token text={row.text} id={row.token_id} kind="chip" />{' '}
      <span className="hl-number">{`${formatSigned(row.effect)} nats`}</span>
      <span className="hl-dim hl-number">
        {`, p ${formatNumber(row.p_clean)} → ${formatNumber(row.p_ablated)} without the head`}
      </span>
    </>
  );
}
