import * as React from 'react';
import { bestOperation } from '../best_operation';
import { FreeText } from '../free_text';
import { formatNumber } from '../numbers';
import { Value } from '../value';
import { columnName, type ReadColumn } from './columns';
import { CompareTable, Missing } from './compare_table';
import { ShapeSign } from './head_shape';
import { correlation, profileRows } from './profiles';

/** How alike the heads score, pair by pair, and what each does best. */
export function Likeness({ columns }: { columns: readonly ReadColumn[] }): React.JSX.Element {
  const rows = profileRows(columns.map(column => column.entry.card));
  const pairs = columns.map((column, one) => ({
    key: String(column.key),
    label: (
      <span className="hl-Compare-pair">
        <ShapeSign place={one} /> <FreeText text={columnName(column, columns)} />
      </span>
    ),
    cells: columns.map((other, two) => {
      if (one === two) {
        return (
          <span key={other.key} className="hl-dim">
            itself
          </span>
        );
      }
      const { r, operations } = correlation(rows, one, two);
      const over = `${operations} shared operations`;
      return r === null ? (
        <Missing key={other.key} why={`not defined over ${over}`} />
      ) : (
        <span key={other.key}>
          <Value
            value={r}
            tip={`Pearson correlation of relation scores over ${over}: 1 alike, 0 unrelated`}
          />{' '}
          <span className="hl-dim">{`over ${operations}`}</span>
        </span>
      );
    })
  }));
  const best = {
    key: 'best',
    label: 'Strongest operation',
    cells: columns.map(column => <BestCell key={column.key} column={column} />)
  };
  return (
    <CompareTable
      caption="Correlation of relation profiles"
      columns={columns}
      rows={[best, ...pairs]}
    />
  );
}

function BestCell({ column }: { column: ReadColumn }): React.JSX.Element {
  const best = column.entry.card && bestOperation(column.entry.card);
  if (!best) {
    return <Missing why="no operation is scored" />;
  }
  return (
    <>
      {best.way === 'suppresses' && 'suppresses '}
      <code className="hl-Compare-operation">
        <FreeText text={best.row.name} />
      </code>{' '}
      <Value
        value={best.score}
        tip={`highest with shuffled targets ${formatNumber(best.control)}`}
      />
      {!best.aboveControl && <span className="hl-dim"> not above its control</span>}
    </>
  );
}
