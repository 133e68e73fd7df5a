// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { EntryHistory } from './entry_history';
import { ReviewState } from './review_state';
import { FakeEntries, makeEntry, makeRevision } from './spec_records';

afterEach(cleanup);

describe('names', () => {
  it('are marked in a history where a login vouches for them, and only there', async () => {
    const entry = makeEntry();
    const api = new FakeEntries(entry);
    api.revisions = [
      makeRevision({ number: 1, author: 'ada', change: { authenticated_by: 'hub.Provider' } }),
      makeRevision({ number: 2, author: '<b>eve</b>', action: 'redo', change: { redoes: 4 } })
    ];
    const { container } = render(<EntryHistory entry={entry} api={api} />);
    const details = container.querySelector('details')!;
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
    await screen.findByText(/<b>eve/);
    const marks = [...container.querySelectorAll('.hl-SignedIn')];
    expect(marks.map(mark => mark.parentElement?.textContent)).toEqual([
      expect.stringContaining('ada signed in')
    ]);
    expect(screen.getByText(/Names are as their bearers gave them/)).toBeDefined();
    expect(container.querySelector('b')).toBeNull();
    expect(screen.getByText(/put back revision 4/)).toBeDefined();
  });

  it('are marked beside the state in force', () => {
    const review = {
      decision: 'unclear' as const,
      reviewer: 'ada',
      description: '',
      reason: '',
      rating: null,
      draft_id: null,
      created_at: '2026-01-02T04:00:00Z'
    };
    const state = (signed: object) =>
      render(
        <ReviewState entry={makeEntry({ state: 'unclear', reviews: [{ ...review, ...signed }] })} />
      ).container.textContent;
    expect(state({ authenticated_by: 'hub.Provider' })).toContain('by ada signed in,');
    expect(state({})).toContain('by ada,');
  });
});
