import * as React from 'react';
import type { Table } from '../../contract/records';
import { FreeText } from '../free_text';
import { isState, stateWord } from '../head_states';
import { formatCount } from '../numbers';
import { numberIn, tableRows, textIn, type TableRow } from './table_rows';

const COUNTS = [
  ['heads', 'Entries', 'entries of the catalogue'],
  ['described', 'Described', 'with a description in force'],
  ['accepted', 'Accepted', 'accepted by a person, as drafted or edited']
] as const;

const GROUPS: Record<string, string> = {
  all: 'All',
  state: 'States',
  layer: 'Layers',
  category: 'Categories'
};

/** How far the catalogue is with two models: all heads, then by state, layer and category. */
export function CoverageTable(props: {
  table: Table;
  /** How the two models are called above their columns. */
  names: readonly [string, string];
}): React.JSX.Element {
  const { table, names } = props;
  const rows = tableRows(table);
  const groups = Object.keys(GROUPS).filter(group => rows.some(row => row.group === group));
  return (
    <div className="hl-CompareModels-table">
      <table aria-label="Coverage">
        <thead>
          <tr className="hl-Coverage-sides">
            <td />
            {names.map((name, side) => (
              <th
                key={side}
                scope="colgroup"
                colSpan={COUNTS.length}
                className={side === 1 ? 'hl-Coverage-second' : undefined}
              >
                <FreeText text={name} />
              </th>
            ))}
          </tr>
          <tr>
            <td />
            {['a', 'b'].flatMap(side =>
              COUNTS.map(([count, word, tip], place) => (
                <th key={count + side} scope="col" title={tip} className={numberClass(side, place)}>
                  {word}
                </th>
              ))
            )}
          </tr>
        </thead>
        {groups.map(group => (
          <tbody key={group}>
            {group !== 'all' && (
              <tr className="hl-Coverage-group">
                <th scope="rowgroup" colSpan={1 + 2 * COUNTS.length}>
                  {GROUPS[group]}
                </th>
              </tr>
            )}
            {rows
              .filter(row => row.group === group)
              .map(row => (
                <CoverageRow key={textIn(row, 'value')} row={row} />
              ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function CoverageRow({ row }: { row: TableRow }): React.JSX.Element {
  const value = textIn(row, 'value');
  const name = { all: 'All heads', layer: `Layer ${value}`, state: stateName(value) }[
    textIn(row, 'group')
  ];
  return (
    <tr>
      <th scope="row">
        <FreeText text={name ?? value} />
      </th>
      {['a', 'b'].flatMap(side =>
        COUNTS.map(([count], place) => (
          <td key={count + side} className={numberClass(side, place)}>
            {formatCount(numberIn(row, `${count}_${side}`))}
          </td>
        ))
      )}
    </tr>
  );
}

function numberClass(side: string, place: number): string {
  return side === 'b' && place === 0 ? 'hl-number hl-Coverage-second' : 'hl-number';
}

function stateName(state: string): string {
  return isState(state) ? stateWord(state) : state;
}
