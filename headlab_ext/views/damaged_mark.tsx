import * as React from 'react';

/** The stored row of an entry cannot be read: nothing is known of it here, by a shape and a word. */
export function DamagedMark(): React.JSX.Element {
  return (
    <span className="hl-StateMark hl-DamagedMark">
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        <path className="hl-StateMark-line" d="M8 2.5 14 13.5H2z" />
        <path className="hl-StateMark-fill" d="M7.2 6h1.6v3.6H7.2zM7.2 10.6h1.6v1.6H7.2z" />
      </svg>
      damaged
    </span>
  );
}
