// Reads the escaped texts of tokens (`headlab/records/text.py`) back into what they stand for.

export type PieceKind = 'text' | 'space' | 'newline' | 'tab' | 'return' | 'control' | 'byte';

export interface Piece {
  kind: PieceKind;
  /** The characters themselves, which the clipboard gets; a byte that is no text stays escaped. */
  text: string;
  /** What is drawn in their place, or before a text that starts with a combining character. */
  mark: string;
}

export interface TokenText {
  /** Special tokens and unused ids arrive between ‹ and ›. */
  special: boolean;
  pieces: Piece[];
}

const ESCAPE = /\\(?:[ntr\\]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})/g;
const SHORT: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
const KNOWN: Record<string, { kind: PieceKind; mark: string }> = {
  ' ': { kind: 'space', mark: '·' },
  '\n': { kind: 'newline', mark: '↵' },
  '\t': { kind: 'tab', mark: '→' },
  '\r': { kind: 'return', mark: 'CR' }
};
// Nothing of these shows, or they change how other text is laid out. U+2800 is a blank glyph.
const HIDDEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
const COMBINING = /^\p{M}/u;

export function readToken(escaped: string): TokenText {
  const special = /^‹[\s\S]+›$/u.test(escaped);
  return { special, pieces: readPieces(special ? escaped.slice(1, -1) : escaped) };
}

/** The pieces of an escaped text, in order; adjacent plain characters form one piece. */
export function readPieces(escaped: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of escaped.matchAll(ESCAPE)) {
    addText(pieces, escaped.slice(end, match.index));
    const written = match[0];
    if (written[1] === 'x') {
      const mark = `<0x${written.slice(2).toUpperCase()}>`;
      pieces.push({ kind: 'byte', text: written, mark });
    } else {
      addText(pieces, characterOf(written));
    }
    end = match.index + written.length;
  }
  addText(pieces, escaped.slice(end));
  return pieces;
}

/** The characters that an escaped text stands for. */
export function trueText(pieces: readonly Piece[]): string {
  return pieces.map(piece => piece.text).join('');
}

/** `U+202E` */
export function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

function characterOf(written: string): string {
  const short = SHORT[written[1]];
  if (short !== undefined) {
    return short;
  }
  const code = parseInt(written.slice(2), 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : written;
}

function addText(pieces: Piece[], text: string): void {
  for (const character of text) {
    const last = pieces.at(-1);
    if (character in KNOWN) {
      pieces.push({ text: character, ...KNOWN[character] });
    } else if (HIDDEN.test(character)) {
      pieces.push({ kind: 'control', text: character, mark: codePoint(character) });
    } else if (last?.kind === 'text') {
      last.text += character;
    } else {
      pieces.push({ kind: 'text', text: character, mark: COMBINING.test(character) ? '◌' : '' });
    }
  }
}
