import type { DescriptionTest } from '../../contract/records';

export type TestKind = DescriptionTest['kind'];

/** What each test asks, and what its score stands beside. */
export const TEST_WORDS: Record<TestKind, { asks: string; beside: string }> = {
  S1: {
    asks: 'Can a reader of the text tell rows that the head writes from false ones?',
    beside: 'no description, another head’s description'
  },
  S2: {
    asks: 'Can a reader of the text tell tokens that the head responds to from ordinary ones?',
    beside: 'no description, another head’s description'
  },
  S3: {
    asks: 'Does the head write the words that a reader of the text names for its sources?',
    beside: 'no description, another head’s description, random heads'
  },
  S4: {
    asks: 'Does the head serve new pairs written from the text, better than other heads do?',
    beside: 'pairs without a text, another head’s description, shuffled targets'
  },
  S5: {
    asks: 'Does the model lose those pairs without the head, more than without other heads?',
    beside: 'other heads, a control relation, the pairs of other texts'
  }
};

/** `2 tests`, `1 test` */
export function countTests(count: number): string {
  return count === 1 ? '1 test' : `${count} tests`;
}
