import * as React from 'react';
import { copyTokens } from './copy_tokens';
import { codePoint, readToken, type Piece, type TokenText } from './escapes';

export interface TokenProps {
  /** Escaped text, as records hold it. */
  text: string;
  id?: number;
  position?: number;
  /** How it is drawn: in running text, as a chip in a table, or as the boxed target of a context. */
  kind?: 'plain' | 'chip' | 'target';
  /** A further line of the tip, such as a score. */
  note?: string;
}

/**
 * One token. What does not show by itself is drawn as a mark; the marks are made by the style sheet,
 * so that a selection copies the token's own characters.
 */
export const Token = React.memo(function Token(props: TokenProps): React.JSX.Element {
  const { text, id, position, kind = 'plain', note } = props;
  const token = readToken(text);
  const place = [
    id === undefined ? '' : `, id ${id}`,
    position === undefined ? '' : `, position ${position}`
  ].join('');
  const tip = `\u2068${quoted(token)}\u2069${place}${note ? `\n${note}` : ''}`;
  return (
    <span
      className="hl-Token"
      data-kind={kind}
      data-special={token.special || undefined}
      data-breaks={token.pieces.some(piece => piece.kind === 'newline') || undefined}
      role="img"
      aria-label={spoken(token) + place}
      title={tip}
      onCopy={copyTokens}
    >
      {token.pieces.length === 0 && <span className="hl-Token-box" data-mark="empty" />}
      {token.pieces.map((piece, index) => (
        <PieceView key={index} piece={piece} />
      ))}
    </span>
  );
});

/** Tokens in running text, one of them boxed. */
export function Tokens(props: {
  texts: readonly string[];
  boxed?: number;
  ids?: readonly number[];
  /** The position of the first token. */
  from?: number;
}): React.JSX.Element {
  const { texts, boxed, ids, from } = props;
  return (
    <span className="hl-Tokens" onCopy={copyTokens}>
      {texts.map((text, index) => (
        <Token
          key={index}
          text={text}
          id={ids?.[index]}
          position={from === undefined ? undefined : from + index}
          kind={index === boxed ? 'target' : 'plain'}
        />
      ))}
    </span>
  );
}

// What has no sign of its own that every font knows is named in a box.
const BOXED = new Set<Piece['kind']>(['control', 'byte', 'return']);

function PieceView({ piece }: { piece: Piece }): React.JSX.Element {
  if (piece.kind === 'text') {
    return <bdi data-mark={piece.mark || undefined}>{piece.text}</bdi>;
  }
  const boxed = BOXED.has(piece.kind);
  return (
    <span
      className={boxed ? 'hl-Token-box' : 'hl-Token-mark'}
      data-mark={piece.mark}
      data-piece={piece.kind}
    >
      <span className="hl-Token-true">{piece.text}</span>
    </span>
  );
}

const SPOKEN: Partial<Record<Piece['kind'], string>> = {
  space: 'space',
  newline: 'newline',
  tab: 'tab',
  return: 'carriage return'
};

/** "space-the", "newline-newline", "U+202E" */
function spoken(token: TokenText): string {
  const words = token.pieces.map(piece => SPOKEN[piece.kind] ?? (piece.mark || piece.text));
  const name = token.pieces.length === 0 ? 'empty token' : words.join('-');
  return token.special ? `special token ${name}` : name;
}

const WRITTEN: Partial<Record<Piece['kind'], string>> = {
  newline: '\\n',
  tab: '\\t',
  return: '\\r'
};

function quoted(token: TokenText): string {
  const inner = token.pieces
    .map(piece => {
      if (piece.kind === 'control') {
        return `\\u{${codePoint(piece.text).slice(2).toLowerCase()}}`;
      }
      return WRITTEN[piece.kind] ?? piece.text;
    })
    .join('');
  return token.special ? `special token ${inner}` : `"${inner}"`;
}
