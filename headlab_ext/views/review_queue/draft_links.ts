// Ties the sentences of a draft to the evidence rows that it cites.
//
// A draft cites its rows as a whole. A sentence is tied to a cited row if it names the row's id or
// its operation, or quotes its token; anything else would be a guess.
import type { Draft, EvidenceCard } from '../../contract/records';
import { rowIds } from '../evidence_rows';
import { firstSentence } from '../sentences';
import { rowFacts, wholeNumbers, type RowFacts } from './card_rows';

export interface Sentence {
  text: string;
  /** Cited rows that this sentence names. */
  rows: readonly string[];
  /** What does not fit between the sentence and the evidence, in words. */
  flags: readonly string[];
}

export interface LinkedDraft {
  sentences: readonly Sentence[];
  /** Every cited row, in the draft's order. */
  cited: readonly string[];
  /** Of these, rows that no sentence names. */
  whole: readonly string[];
  /** What does not fit about the draft as a whole. */
  flags: readonly string[];
}

/**
 * Sentences with their rows and flags. With hidden scores the rows that are missing, and numbers, are
 * not checked: they could not be found.
 */
export function linkDraft(
  draft: Pick<Draft, 'description' | 'evidence' | 'unclear'>,
  card: EvidenceCard | null,
  hiddenScores: boolean
): LinkedDraft {
  const present = card ? rowIds(card) : new Set<string>();
  const facts = card ? rowFacts(card) : new Map<string, RowFacts>();
  const texts = allSentences(draft.description);
  const cited = [...new Set([...draft.evidence, ...texts.flatMap(bracketed)])];
  const checked = card !== null && !hiddenScores;
  // a draft that found no pattern cites nothing, but may tell where it looked
  const [read, where] =
    cited.length > 0
      ? [cited, 'in none of the cited rows']
      : [[...facts.keys()], 'in no row of the card'];
  const known = numbersOf(read, facts).concat(card ? wholeNumbers(card) : []);
  const sentences = texts.map(text => {
    const rows = cited.filter(row => names(text, row, facts.get(row)));
    const odd = checked ? numbersIn(text).filter(number => !isAmong(number, known)) : [];
    return {
      text,
      rows,
      flags: odd.map(({ written }) => `${written} is ${where}`)
    };
  });
  const tied = new Set(sentences.flatMap(sentence => sentence.rows));
  const absent = checked ? cited.filter(row => !present.has(row)) : [];
  return {
    sentences,
    cited,
    whole: cited.filter(row => !tied.has(row)),
    flags: [
      ...absent.map(row => `It cites ${row}, a row that the card does not have.`),
      ...(cited.length === 0 && !draft.unclear ? ['It cites no evidence.'] : [])
    ]
  };
}

/** The sentences of a text; a point inside a number ends none. */
export function allSentences(text: string): string[] {
  const found: string[] = [];
  let left = text;
  while (left.trim() !== '') {
    const { first, rest } = firstSentence(left);
    found.push(first);
    left = rest;
  }
  return found;
}

const ROW = '[RMPQTUA]\\d{1,4}';
const BRACKET = new RegExp(`[[(]\\s*(${ROW}(?:\\s*[,;]\\s*${ROW})*)\\s*[\\])]`, 'g');

/** Row ids that stand in brackets: `[R1]`, `(M3, M4)`. */
function bracketed(sentence: string): string[] {
  return [...sentence.matchAll(BRACKET)].flatMap(match => match[1].split(/\s*[,;]\s*/));
}

function names(sentence: string, row: string, facts: RowFacts | undefined): boolean {
  return (
    hasWord(sentence, row) ||
    (facts?.names ?? []).some(
      name => hasWord(sentence, name) || hasWord(sentence, name.replaceAll('_', ' '))
    ) ||
    (facts?.tokens ?? []).some(token => quotes(sentence, token))
  );
}

function hasWord(sentence: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return (
    word !== '' &&
    new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'u').test(sentence)
  );
}

const QUOTED = /"([^"]+)"|“([^”]+)”|‘([^’]+)’|`([^`]+)`/g;

function quotes(sentence: string, token: string): boolean {
  return [...sentence.matchAll(QUOTED)].some(
    match =>
      match
        .slice(1)
        .find(part => part !== undefined)
        ?.trim() === token
  );
}

interface Written {
  written: string;
  value: number;
  /** Half of the last digit that is written. */
  slack: number;
}

/** Numbers that a reader would look up: those with a point, in percent, or from 10 on. */
function numbersIn(sentence: string): Written[] {
  const plain = sentence.replace(QUOTED, ' ');
  const found = [
    ...plain.matchAll(
      /(?<![\p{L}\p{N}_.])(\d+(?:,\d{3})*(?:\.\d+)?)(e[-+−]?\d+)?\s?(%)?(?![\p{L}\p{N}_])/gu
    )
  ];
  return found
    .map(([written, digits, exponent = '', percent]) => {
      const decimals = digits.split('.')[1]?.length ?? 0;
      const scale = Number(`1${exponent.replace('−', '-')}`) / (percent ? 100 : 1);
      return {
        written: written.trim(),
        value: Number(digits.replaceAll(',', '')) * scale,
        slack: 0.5 * 10 ** -decimals * scale
      };
    })
    .filter(({ written, value }) => /[.%]/.test(written) || value >= 10);
}

function isAmong({ value, slack }: Written, known: readonly number[]): boolean {
  return known.some(number => Math.abs(Math.abs(number) - value) <= slack * 1.001);
}

function numbersOf(rows: readonly string[], facts: ReadonlyMap<string, RowFacts>): number[] {
  return rows.flatMap(row => facts.get(row)?.numbers ?? []);
}
