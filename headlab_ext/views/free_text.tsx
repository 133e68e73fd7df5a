import * as React from 'react';
import { codePoint } from './escapes';

// Joiners and variation selectors belong to ordinary text; what reorders or hides it does not.
const UNSEEN = /(?![\n\t\u00a0\u200c\u200d\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
const ALL = new RegExp(UNSEEN.source, 'gu');
const SPLIT = new RegExp(`(${UNSEEN.source})`, 'u');

/** The same for places that hold no elements, such as tips and options. */
export function visibleText(text: string): string {
  return text.replace(ALL, character => `[${codePoint(character)}]`);
}

/** The characters of a text that do not show or that reorder it, each once. */
export function unseenIn(text: string): string[] {
  return [...new Set(text.match(ALL) ?? [])].map(codePoint);
}

/** Text by a person, a language model or an import: never markup, kept from reordering the page. */
export function FreeText({ text }: { text: string }): React.JSX.Element {
  return (
    <bdi className="hl-FreeText">
      {text
        .split(SPLIT)
        .map((part, index) =>
          UNSEEN.test(part) ? (
            <span key={index} className="hl-Token-box" data-mark={codePoint(part)} />
          ) : (
            part
          )
        )}
    </bdi>
  );
}
