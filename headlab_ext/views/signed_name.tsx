import * as React from 'react';
import { FreeText } from './free_text';

/** Stands below lists of names. */
export const NAMES_AS_GIVEN =
  'Names are as their bearers gave them; the Jupyter server vouches for those marked “signed in”.';

/** Who did something, and whether a login says so; the mark is no text that a name could hold. */
export function SignedName(props: { name: string; signedIn: boolean }): React.JSX.Element {
  return (
    <>
      <FreeText text={props.name} />
      {props.signedIn && (
        <>
          {' '}
          <span className="hl-SignedIn" title="The Jupyter server vouches for this name">
            signed in
          </span>
        </>
      )}
    </>
  );
}
