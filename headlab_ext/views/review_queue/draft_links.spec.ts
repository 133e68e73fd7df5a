import { describe, expect, it } from 'vitest';
import { makeCard, makeDraft, makeRelation } from '../spec_records';
import { allSentences, linkDraft } from './draft_links';

const TEXT =
  'Maps countries to their capitals (country_to_capital: score 0.90 of 120 pairs at k=10, rank 1 of 60, ' +
  'shuffled control 0.05). Without the head the mean loss rises by 0.0101. ' +
  'The tokens that lose most without it: "a", "b". It answers with words. Seen in [M17] and (R2).';

describe('linkDraft', () => {
  const draft = makeDraft({ description: TEXT, evidence: ['R1', 'T1', 'T2', 'M17', 'M3'] });
  const linked = linkDraft(draft, makeCard(), false);

  it('ties sentences to the rows that they name', () => {
    expect(linked.sentences.map(sentence => sentence.rows)).toEqual([
      ['R1'],
      [],
      ['T1', 'T2'],
      [],
      ['M17', 'R2']
    ]);
  });

  it('keeps the order of the draft, then rows that only its text names', () => {
    expect(linked.cited).toEqual(['R1', 'T1', 'T2', 'M17', 'M3', 'R2']);
    expect(linked.whole).toEqual(['M3']);
  });

  it('finds every number of a faithful draft in the card', () => {
    expect(linked.sentences.flatMap(sentence => sentence.flags)).toEqual([]);
    expect(linked.flags).toEqual([]);
  });

  it('finds the numbers of the drafting side, which are the ones a drafter gets', () => {
    const description =
      'Maps countries (country_to_capital: score 0.97 of 63 pairs, control 0.13).';
    const half = { n_pairs: 63, score: 0.968, rank: 1, control: 0.127 };
    const drafting = { ...half, suppression: 0, suppression_rank: 1, suppression_control: 0 };
    const flags = (relation: ReturnType<typeof makeRelation>) =>
      linkDraft(
        { description, evidence: ['R1'], unclear: false },
        makeCard({ relations: [relation] }),
        false
      ).sentences[0].flags.length;
    expect(flags(makeRelation({ drafting }))).toBe(0);
    expect(flags(makeRelation({}))).toBe(3);
  });

  it('flags numbers that no cited row holds, at the precision that is written', () => {
    const flagged = (description: string) =>
      linkDraft({ description, evidence: ['R1'], unclear: false }, makeCard(), false).sentences[0]
        .flags;
    expect(flagged('Score 0.91 of 120 pairs.')).toEqual(['0.91 is in none of the cited rows']);
    expect(flagged('Score 0.9 of 130 pairs.')).toEqual(['130 is in none of the cited rows']);
    expect(flagged('Right for 90 % of pairs, rank 1 of 60.')).toEqual([]);
    expect(flagged('It quotes "1234" and does 3 things.')).toEqual([]);
  });

  it('looks in all rows where a draft cites none', () => {
    const flagged = (description: string) =>
      linkDraft({ description, evidence: [], unclear: true }, makeCard(), false).sentences[0].flags;
    expect(flagged('No operation stands out: the highest is 0.90, rank 1 of 60.')).toEqual([]);
    expect(flagged('The highest is 0.1234.')).toEqual(['0.1234 is in no row of the card']);
  });

  it('flags rows that the card lacks, and a draft without evidence', () => {
    const absent = linkDraft(makeDraft({ evidence: ['R9'] }), makeCard(), false);
    expect(absent.flags).toEqual(['It cites R9, a row that the card does not have.']);
    const bare = { description: 'Copies.', evidence: [], unclear: false };
    expect(linkDraft(bare, makeCard(), false).flags).toEqual(['It cites no evidence.']);
    expect(linkDraft({ ...bare, unclear: true }, makeCard(), false).flags).toEqual([]);
  });

  it('does not check what is hidden', () => {
    const card = makeCard({ relations: [] });
    const found = linkDraft(draft, card, true);
    expect(found.flags).toEqual([]);
    expect(found.sentences.flatMap(sentence => sentence.flags)).toEqual([]);
  });

  it('tells operations with similar names apart', () => {
    const relations = [makeRelation({ name: 'name_copying' }), makeRelation({ name: 'copying' })];
    const found = linkDraft(
      {
        description: 'It does name_copying. It does copying.',
        evidence: ['R1', 'R2'],
        unclear: false
      },
      makeCard({ relations }),
      false
    );
    expect(found.sentences.map(sentence => sentence.rows)).toEqual([['R1'], ['R2']]);
  });
});

describe('allSentences', () => {
  it('loses no word and cuts no number', () => {
    expect(allSentences(' One 0.5 of it. Two? Three!  ')).toEqual([
      'One 0.5 of it.',
      'Two?',
      'Three!'
    ]);
    expect(allSentences('')).toEqual([]);
  });
});
