import * as React from 'react';
import { visibleText } from './free_text';
import { formatCount } from './numbers';

export interface Choice {
  value: string;
  words: string;
  /** How many entries have it, where that is known. */
  count?: number;
}

/** One value of several, or any. A chosen value stays in the list when no entry has it any more. */
export function CatalogueChoice(props: {
  name: string;
  /** The name is said, not shown, because the choices speak for themselves. */
  hidden?: boolean;
  any: string;
  value: string;
  choices: readonly Choice[];
  onChange: (value: string) => void;
}): React.JSX.Element {
  const { name, hidden, any, value, choices, onChange } = props;
  const known = value === '' || choices.some(choice => choice.value === value);
  const listed = known ? choices : [...choices, { value, words: value }];
  return (
    <label className="hl-CatalogueChoice">
      <span className={hidden ? 'hl-visually-hidden' : undefined}>{name}</span>
      <select
        className="hl-Select"
        data-active={value !== '' || undefined}
        value={value}
        onChange={event => onChange(event.target.value)}
      >
        <option value="">{any}</option>
        {listed.map(choice => (
          <option key={choice.value} value={choice.value}>
            {counted(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

function counted({ words, count }: Choice): string {
  const shown = visibleText(words);
  return count === undefined ? shown : `${shown} (${formatCount(count)})`;
}
