import * as React from 'react';

/** Of this bundle: the lab's and the panels' stand on one page. */
const BUNDLE = Math.random().toString(36).slice(2, 8);
let count = 0;

/**
 * An id that no other element of the page has. React's own `useId` counts within a root, and every
 * widget is a root: a label would name an element of another one.
 */
export function useElementId(): string {
  const [id] = React.useState(() => `hl-${BUNDLE}-${++count}`);
  return id;
}
