import * as React from 'react';
import { KeyTable } from './key_table';
import { MAP_KEYS } from './map_keys';

/** The keys of the map, as they are. */
export function MapKeyTable({ id }: { id: string }): React.JSX.Element {
  return <KeyTable className="hl-MapKeys" id={id} caption="Keys of the map" rows={MAP_KEYS} />;
}
