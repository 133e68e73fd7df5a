import * as React from 'react';
import { useElementId } from './use_element_id';

/** How many of the highest heads are suggested. */
export const TOP = 12;
/** As many as a batch takes. */
const MOST = 5000;

/** All heads, or so many of the highest by what `children` show. */
export function TopHeads(props: {
  /** null: all. */
  top: number | null;
  /** What "all" are called. */
  all: string;
  disabled?: boolean;
  onTop: (top: number | null) => void;
  children: React.ReactNode;
}): React.JSX.Element {
  const { top, disabled, onTop } = props;
  const group = useElementId();
  const [count, setCount] = React.useState(String(top ?? TOP));
  return (
    <>
      <div className="hl-BatchForm-choice">
        <input
          id={`${group}-top`}
          type="radio"
          name={group}
          aria-label="The highest by a measure"
          checked={top !== null}
          disabled={disabled}
          onChange={() => onTop(readTop(count))}
        />
        <span className="hl-BatchForm-ranked">
          The{' '}
          <input
            className="hl-Input hl-BatchForm-count"
            type="number"
            min={1}
            max={MOST}
            aria-label="How many of the highest heads"
            value={count}
            disabled={disabled}
            onChange={event => {
              setCount(event.target.value);
              onTop(readTop(event.target.value));
            }}
          />{' '}
          <label htmlFor={`${group}-top`}>highest by</label> {props.children}
        </span>
      </div>
      <label className="hl-BatchForm-choice">
        <input type="radio" name={group} checked={top === null} onChange={() => onTop(null)} />
        {props.all}
      </label>
    </>
  );
}

/** How many, between 1 and what a batch takes. */
function readTop(text: string): number {
  const count = Math.round(Number(text));
  return count >= 1 ? Math.min(MOST, count) : 1;
}
