import * as React from 'react';
import type { Context } from '../contract/records';
import { copyTokens } from './copy_tokens';
import { Token, Tokens } from './token';

const AROUND = 12;

/** A position in its prompt: up to 12 tokens either side of the boxed target. */
export function TokenContext(props: {
  context: Context;
  /** The affected token, where it is not the true next one. */
  target?: { text: string; id: number };
}): React.JSX.Element {
  const { context, target } = props;
  const before = context.before.slice(-AROUND);
  const after = context.after.slice(0, AROUND);
  const start = context.position + 1 - before.length;
  const boxed = target ?? { text: context.next, id: context.next_id };
  const place = `prompt ${context.prompt}, position ${context.position}`;
  return (
    <span className="hl-TokenContext" onCopy={copyTokens}>
      {start > 0 && <span className="hl-dim">… </span>}
      <Tokens texts={before} from={start} />
      <Token
        text={boxed.text}
        id={boxed.id}
        position={context.position + 1}
        kind="target"
        note={`predicted at ${place}`}
      />
      {boxed.id === context.next_id ? (
        <Tokens texts={after} from={context.position + 2} />
      ) : (
        <span className="hl-dim">
          {' in fact '}
          <Token text={context.next} id={context.next_id} position={context.position + 1} />
        </span>
      )}
      {context.after.length > AROUND && <span className="hl-dim"> …</span>}
    </span>
  );
}
