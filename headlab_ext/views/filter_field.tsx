import * as React from 'react';
import { useElementId } from './use_element_id';

export interface FilterFieldProps {
  text: string;
  onText: (text: string) => void;
  /** The count of heads that pass, or why the text filters nothing. */
  outcome: string;
  ignored: boolean;
  /** Leave for the map; with a head in the field, at that head. */
  onDone: () => void;
}

/** Keeps the heads that pass a threshold, one head, or those of a state. */
export const FilterField = React.forwardRef<HTMLInputElement, FilterFieldProps>(
  function FilterField(props, ref) {
    const id = useElementId();
    const onKeyDown = (event: React.KeyboardEvent) => {
      if (event.key === 'Escape' && props.text !== '') {
        props.onText('');
      } else if (event.key === 'Escape' || event.key === 'Enter') {
        props.onDone();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    };
    return (
      <div className="hl-FilterField">
        <label htmlFor={id}>Filter</label>
        <input
          id={id}
          ref={ref}
          className="hl-Input"
          type="text"
          value={props.text}
          placeholder="≥ .15, L5H3, accepted"
          autoComplete="off"
          spellCheck={false}
          aria-keyshortcuts="/"
          aria-describedby={`${id}-outcome`}
          onChange={event => props.onText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <span
          id={`${id}-outcome`}
          className="hl-FilterField-outcome hl-number"
          data-ignored={props.ignored || undefined}
        >
          {props.outcome}
        </span>
      </div>
    );
  }
);
