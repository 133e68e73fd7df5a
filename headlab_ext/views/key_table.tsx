import * as React from 'react';

/** Keys, and what they do, one row an action. */
export function KeyTable(props: {
  className: string;
  id?: string;
  caption: string;
  rows: readonly (readonly [keys: readonly string[], what: string])[];
}): React.JSX.Element {
  return (
    <table className={`hl-Keys ${props.className}`} id={props.id}>
      <caption>{props.caption}</caption>
      <tbody>
        {props.rows.map(([keys, what]) => (
          <tr key={what}>
            <th scope="row">
              {keys.map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </th>
            <td>{what}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
