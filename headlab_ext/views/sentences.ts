/** The first sentence of a text and what follows it. A point inside a number ends nothing. */
export function firstSentence(text: string): { first: string; rest: string } {
  const whole = text.trim();
  const end = /[.!?…]["”’)]*(?=\s+\S)/u.exec(whole);
  const cut = end ? end.index + end[0].length : whole.length;
  return { first: whole.slice(0, cut), rest: whole.slice(cut).trim() };
}
