import { cleanup, render } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { InReview } from './catalogue_in_review';

afterEach(cleanup);

const shown = (of: React.ComponentProps<typeof InReview>['of']) => {
  const { container } = render(<InReview of={of} />);
  const mark = container.querySelector('.hl-InReview');
  return mark && [mark.textContent, mark.getAttribute('title')];
};

describe('an entry in review', () => {
  it('says so as soon as people are asked, with the votes that wait', () => {
    expect(shown({ in_review: true })).toEqual(['in review', 'reviewers are asked, no vote yet']);
    expect(shown({ in_review: true, open_votes: 1 })?.[1]).toBe('1 vote without a decision');
    expect(shown({ in_review: true, open_votes: 2 })?.[1]).toBe('2 votes without a decision');
  });

  it('is what the catalogue says it is', () => {
    expect(shown({})).toBeNull();
    expect(shown({ open_votes: 0, in_review: false })).toBeNull();
  });
});
