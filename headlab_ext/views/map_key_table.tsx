import * as React from 'react';
import { MAP_KEYS } from './map_keys';

/** The keys of the map, as they are. */
export function MapKeyTable({ id }: { id: string }): React.JSX.Element {
  return (
    <table className="hl-Keys hl-MapKeys" id={id}>
      <caption>Keys of the map</caption>
      <tbody>
        {MAP_KEYS.map(([keys, what]) => (
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
