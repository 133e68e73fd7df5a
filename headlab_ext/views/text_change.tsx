import * as React from 'react';
import { FreeText } from './free_text';
import { wordDiff } from './word_diff';

/** A changed text: removed words struck through, added ones underlined. */
export function TextChange(props: { before: string; after: string }): React.JSX.Element {
  const { before, after } = props;
  const parts = React.useMemo(() => wordDiff(before, after), [before, after]);
  return (
    <p className="hl-TextChange">
      {parts.map((part, index) => {
        const text = <FreeText text={part.text} />;
        if (part.kind === 'same') {
          return <React.Fragment key={index}>{text}</React.Fragment>;
        }
        return part.kind === 'added' ? (
          <ins key={index}>{text}</ins>
        ) : (
          <del key={index}>{text}</del>
        );
      })}
    </p>
  );
}
