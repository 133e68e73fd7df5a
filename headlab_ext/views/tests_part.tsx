import * as React from 'react';
import type { Entry } from '../contract/records';
import type { TestApi } from './api';
import type { CardPart } from './head_card';
import { TestPanel } from './test_description/test_panel';
import { TestsList } from './tests_list';

/** Where tests can be made: what answers them, and who hears of the entry with its results. */
export interface Testing {
  api: TestApi;
  onEntry: (entry: Entry) => void;
}

/**
 * The part of a card with the tests of its description. Without `testing` there is none before the
 * first test.
 */
export function testsPart(entry: Entry | null, testing?: Testing): CardPart[] {
  const tests = entry?.tests ?? [];
  if (!entry || (tests.length === 0 && !(testing && entry.description))) {
    return [];
  }
  const body = testing ? (
    <TestPanel key={entry.id} entry={entry} api={testing.api} onEntry={testing.onEntry} />
  ) : (
    <TestsList tests={tests} description={entry.description} />
  );
  return [{ title: 'Tests', body }];
}
