import * as React from 'react';
import type { Entry } from '../contract/records';
import type { CardPart } from './head_card';
import { TestsList } from './tests_list';

/** The part of a card with the tests of its description; none before the first test. */
export function testsPart(entry: Entry | null): CardPart[] {
  const tests = entry?.tests ?? [];
  if (!entry || tests.length === 0) {
    return [];
  }
  const body = <TestsList tests={tests} description={entry.description} />;
  return [{ title: 'Tests', body }];
}
