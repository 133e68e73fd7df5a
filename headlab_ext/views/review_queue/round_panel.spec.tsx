import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Assigning, QueuePage, Releasing } from '../../contract/records';
import { ApiError } from '../api';
import { RoundPanel, type RoundApi } from './round_panel';

const HOSTILE = '<img src=x onerror=alert(1)>';

function aPage(asked: Record<string, number>): QueuePage {
  return {
    order: 'uncertain',
    reviewer: null,
    items: [],
    total: 0,
    progress: {
      n_entries: 3,
      n_decided: 1,
      n_open: 0,
      median_seconds: null,
      reviewers: Object.entries(asked).map(([reviewer, n_assigned]) => ({
        reviewer,
        n_assigned,
        n_votes: 1,
        n_waiting: 0,
        median_seconds: null
      }))
    }
  };
}

let released: Releasing[];
let assigned: Assigning[];
let refused: Error | null;
let read: number;
let may: () => Promise<boolean>;

beforeEach(() => {
  released = [];
  assigned = [];
  refused = null;
  read = 0;
  may = () => Promise.resolve(true);
});
afterEach(cleanup);

function panel(page: QueuePage, model = ''): React.JSX.Element {
  return (
    <RoundPanel
      round={round}
      page={page}
      model={model}
      onOpen={() => undefined}
      onAssigned={() => read++}
    />
  );
}

const none = () => Promise.reject(new Error('not asked'));
const round: RoundApi = {
  agreement: none,
  disagreements: none,
  mayAssign: () => may(),
  assign: async wanted => {
    assigned.push(wanted);
    return Promise.resolve(aPage({ Ada: 4 }));
  },
  release: async wanted => {
    released.push(wanted);
    if (refused) {
      throw refused;
    }
    return Promise.resolve(aPage({ [wanted.reviewer]: 0, Bob: 1 }));
  }
};

async function show(page = aPage({ Ada: 2, Bob: 1 }), model = '') {
  const shown = render(panel(page, model));
  await act(() => Promise.resolve());
  return shown;
}

const button = (name: string) => screen.getByRole('button', { name });
const press = (name: string) => fireEvent.click(button(name));

async function send(name: string) {
  press(name);
  await act(() => Promise.resolve());
}

describe('releasing a reviewer', () => {
  it('asks once more, and sends who and why', async () => {
    await show(undefined, 'demo');
    press('Release Ada');
    const form = screen.getByRole('group', { name: 'Release a reviewer' });
    expect(form.textContent).toContain('Ada is asked about 2 heads of the chosen model.');
    const reason = within(form).getByLabelText('Reason (optional)');
    expect(document.activeElement).toBe(reason);
    fireEvent.change(reason, { target: { value: ' on leave ' } });
    fireEvent.keyDown(reason, { key: 'Enter' });
    expect(released).toEqual([]);
    await send('Release from 2 heads');
    expect(released).toEqual([{ reviewer: 'Ada', model: 'demo', reason: 'on leave' }]);
    expect(screen.queryByRole('group', { name: 'Release a reviewer' })).toBeNull();
    expect(screen.getByText('Ada is asked for nothing more.')).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Release Ada' })).toBeNull();
    expect(read).toBe(1);
  });

  it('is left by Escape or a button, with nothing sent', async () => {
    await show();
    press('Release Bob');
    expect(button('Release Bob').getAttribute('aria-expanded')).toBe('true');
    fireEvent.keyDown(screen.getByLabelText('Reason (optional)'), { key: 'Escape' });
    expect(screen.queryByRole('group', { name: 'Release a reviewer' })).toBeNull();
    press('Release Bob');
    press('Keep');
    expect(screen.queryByRole('group', { name: 'Release a reviewer' })).toBeNull();
    expect(released).toEqual([]);
  });

  it('says why it failed, and stays open', async () => {
    refused = new ApiError({ kind: 'forbidden', message: 'Not yours to change.', current: null });
    await show();
    press('Release Ada');
    await send('Release from 2 heads');
    expect(screen.getByRole('alert').textContent).toBe('Not yours to change.');
    expect(read).toBe(0);
  });

  it('is offered only for who is asked about something', async () => {
    await show(aPage({ Ada: 0, Bob: 1 }));
    expect(screen.queryByRole('button', { name: 'Release Ada' })).toBeNull();
    expect(button('Release Bob')).toBeDefined();
  });

  it('shows names as text', async () => {
    const { container } = await show(aPage({ [HOSTILE]: 1 }));
    press(`Release ${HOSTILE}`);
    expect(container.querySelector('img')).toBeNull();
    expect(screen.getByRole('group', { name: 'Release a reviewer' }).textContent).toContain(
      HOSTILE
    );
  });
});

describe('a round', () => {
  it('offers nothing to change to who may only read', async () => {
    may = () => Promise.resolve(false);
    await show();
    expect(screen.queryByRole('button', { name: /Release/ })).toBeNull();
    expect(screen.queryByRole('form', { name: 'Ask reviewers' })).toBeNull();
    expect(screen.getByText(/You may read this catalogue/)).toBeDefined();
    expect(screen.getByRole('row', { name: /Ada/ })).toBeDefined();
  });

  it('says when the server does not tell what one may, and asks again', async () => {
    may = () => Promise.reject(new ApiError({ kind: 'internal', message: 'Gone.', current: null }));
    await show();
    expect(screen.getByRole('alert').textContent).toContain('Gone.');
    expect(screen.queryByRole('button', { name: 'Release Ada' })).toBeNull();
    may = () => Promise.resolve(true);
    await send('Retry');
    expect(button('Release Ada')).toBeDefined();
  });

  it('sends why reviewers are asked', async () => {
    await show();
    fireEvent.change(screen.getByLabelText('Reason, for the history (optional)'), {
      target: { value: 'second round' }
    });
    await send('Share out what is undecided');
    expect(assigned).toEqual([
      { reviewers: ['Ada', 'Bob'], per_entry: 2, seed: 0, reason: 'second round', model: null }
    ]);
  });

  it('shows the answer until the queue is read anew', async () => {
    const { rerender } = await show();
    await send('Share out what is undecided');
    const asked = () => screen.getByRole('row', { name: /Ada/ }).querySelector('td')?.textContent;
    expect(asked()).toBe('4');
    rerender(panel(aPage({ Ada: 5, Bob: 1 })));
    expect(asked()).toBe('5');
  });
});
