// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { BatchEvent } from '../contract/records';
import { BatchEvents, stepWords } from './batch_events';

afterEach(cleanup);

function makeEvent(action: BatchEvent['action'], over: Partial<BatchEvent> = {}): BatchEvent {
  return {
    action,
    author: 'ada',
    created_at: '2026-01-02T03:04:05Z',
    jobs: null,
    prompt_version: '',
    template: null,
    cap: null,
    cap_before: null,
    reason: '',
    ...over
  };
}

const items = () => screen.getAllByRole('listitem').map(item => item.textContent);

describe('the steps of a batch', () => {
  it('are told in words', () => {
    const words: [BatchEvent, string][] = [
      [
        makeEvent('started', { jobs: 1200, cap: 0.4, prompt_version: '2' }),
        'started: 1,200 jobs, cap 0.40, prompt 2'
      ],
      [makeEvent('started', { jobs: 1 }), 'started: 1 job, no cap, prompt '],
      [makeEvent('extended', { jobs: 2 }), 'added 2 jobs'],
      [makeEvent('paused'), 'paused'],
      [makeEvent('stopped', { reason: 'The key is refused.' }), 'stopped: The key is refused.'],
      [makeEvent('resumed'), 'resumed'],
      [makeEvent('cap', { cap_before: 0.4, cap: 1 }), 'changed the cap: 0.40 before, 1.00 now'],
      [makeEvent('cap', { cap: 1 }), 'changed the cap: no cap before, 1.00 now'],
      [makeEvent('cancelled', { jobs: 1 }), 'cancelled 1 job'],
      [makeEvent('retried', { jobs: 3 }), 'sends again 3 jobs']
    ];
    expect(words.map(([event]) => stepWords(event))).toEqual(words.map(([, said]) => said));
  });

  it('stand newest first, three of them until more are asked for', () => {
    const events = [
      makeEvent('started', { jobs: 2, prompt_version: '2' }),
      makeEvent('paused', { author: 'bob' }),
      makeEvent('resumed', { author: 'cleo' }),
      makeEvent('stopped', { author: 'headlab', reason: 'The cap is reached.' })
    ];
    render(<BatchEvents events={events} />);
    expect(items().map(text => text.replace(/^[\d :-]+/, ''))).toEqual([
      'headlabstopped: The cap is reached.',
      'cleoresumed',
      'bobpaused'
    ]);
    fireEvent.click(screen.getByRole('button', { name: 'and 1 earlier' }));
    expect(items()).toHaveLength(4);
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('show nothing of a batch of before they were kept', () => {
    const { container } = render(<BatchEvents events={[]} />);
    expect(container.innerHTML).toBe('');
  });

  it('take names and reasons as text', () => {
    const nasty = '<img src=x onerror=alert(1)>';
    render(<BatchEvents events={[makeEvent('stopped', { author: nasty, reason: nasty })]} />);
    expect(document.querySelector('img')).toBeNull();
    expect(items()[0]).toContain(`${nasty}stopped: ${nasty}`);
  });
});
