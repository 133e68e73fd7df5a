import { describe, expect, it } from 'vitest';
import type { Revision } from '../contract/records';
import { summaryOf } from './revision_changes';

function assigned(change: Revision['change']): Revision {
  return {
    entry_id: 1,
    number: 3,
    action: 'assign',
    author: 'cy',
    source: 'human',
    change,
    parent: '',
    hash: '',
    created_at: '2026-01-02T03:04:05Z'
  };
}

describe('a revision in words', () => {
  it('says who is asked for a vote, who no more, and why', () => {
    expect(summaryOf(assigned({ asked: ['ada', 'bob'], reason: '' }))).toBe(
      'asked for a vote: ada, bob'
    );
    expect(summaryOf(assigned({ released: ['ada'], reason: 'on leave' }))).toBe(
      'released: ada; reason: on leave'
    );
  });

  it('says what a decision set beside the text', () => {
    const decision = {
      decision: 'accepted',
      draft_id: 2,
      rating: 4,
      reason: '',
      note: 'look again',
      tags: ['odd'],
      head_names: []
    };
    expect(summaryOf({ ...assigned(decision), action: 'review' })).toBe(
      'accepted; about draft 2; rated 4; note: look again; tags: odd; head names: none'
    );
  });
});
