import * as React from 'react';
import { useElementId } from './use_element_id';

export type RatingValue = 1 | 2 | 3 | 4 | 5;

const WORDS: Record<RatingValue, string> = {
  1: 'wrong',
  2: 'mostly wrong',
  3: 'partly right',
  4: 'mostly right',
  5: 'right'
};
const VALUES: RatingValue[] = [1, 2, 3, 4, 5];

/** How good the draft is, if one wants to say; stored with the decision. */
export function Rating(props: {
  value: number | null;
  onChange: (value: RatingValue | null) => void;
  disabled: boolean;
}): React.JSX.Element {
  const { value, onChange, disabled } = props;
  const group = useElementId();
  return (
    <fieldset className="hl-Rating" disabled={disabled}>
      <legend>Rating, optional, stored with the decision</legend>
      {VALUES.map(one => (
        <label key={one} className="hl-Rating-value" title={WORDS[one]}>
          <input type="radio" name={group} checked={one === value} onChange={() => onChange(one)} />
          {one}
          <span className="hl-visually-hidden">{` ${WORDS[one]}`}</span>
        </label>
      ))}
      {value !== null && (
        <button type="button" className="hl-TextButton" onClick={() => onChange(null)}>
          no rating
        </button>
      )}
    </fieldset>
  );
}
