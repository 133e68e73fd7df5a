import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QueueItem } from '../../contract/records';
import {
  FakeEntries,
  FakeTyping,
  makeCard,
  makeDraft,
  makeEntry,
  makeMapping
} from '../spec_records';
import { CommandLine, type QueueCommand } from './queue_keys';
import type { Current, Judgement, QueueState } from './queue_records';
import { QueueView, type QueueActions } from './queue_view';

const SECRET = 'secret-model';
const TEXT = 'Maps countries (country_to_capital: score 0.90). It also copies. Number 77.';
const KEYS = { accept: ['q'], reject: ['x'], history: ['h'], keys: ['?'] };

let made: Judgement[];
let called: string[];
let opened: QueueItem[];
let commands: CommandLine;

beforeEach(() => {
  made = [];
  called = [];
  opened = [];
  commands = new CommandLine();
});
afterEach(cleanup);

const item: QueueItem = {
  entry_id: 4,
  model_name: SECRET,
  model_fingerprint: 'cd61',
  head: { layer: 1, index: 10 },
  state: 'drafted',
  drafter: 'language model x',
  n_votes: 0,
  assigned: [],
  reasons: []
};

function makeCurrent(change: Partial<Current> = {}): Current {
  const drafter = { ...makeDraft().drafter, kind: 'llm' as const, name: 'secret-drafter' };
  const draft = makeDraft({ description: TEXT, evidence: ['R1', 'M2'], drafter });
  const card = makeCard({ mappings: [makeMapping(0), makeMapping(1)] });
  const entry = makeEntry({
    model_name: SECRET,
    card,
    drafts: [{ id: 2, draft }],
    description: TEXT
  });
  return {
    item,
    entry,
    showing: 1,
    earlier: null,
    spent: 0,
    trouble: null,
    votes: null,
    ...change
  };
}

function makeState(change: Partial<QueueState> = {}): QueueState {
  const current = makeCurrent();
  return {
    choice: { mode: 'votes', order: 'uncertain', blind: [], model: '' },
    page: {
      order: 'uncertain',
      reviewer: 'Rosa',
      items: [item],
      total: 1,
      progress: { n_entries: 3, n_decided: 2, n_open: 0, median_seconds: null, reviewers: [] }
    },
    waiting: [item],
    skipped: [],
    current,
    done: [],
    undone: [],
    before: 0,
    loading: false,
    problem: null,
    saving: 0,
    said: '',
    ...change
  };
}

function show(state: QueueState): HTMLElement {
  const note = (name: string) => () => void called.push(name);
  const actions: QueueActions = {
    choose: change => void called.push(`choose ${JSON.stringify(change)}`),
    judge: judgement => (made.push(judgement), null),
    skip: note('skip'),
    takeSkipped: note('takeSkipped'),
    undo: note('undo'),
    redo: note('redo'),
    showVotes: note('showVotes'),
    take: note('take'),
    insist: note('insist'),
    open: note('open'),
    retry: note('retry'),
    refresh: note('refresh')
  };
  const none = () => Promise.reject(new Error('not asked'));
  return render(
    <QueueView
      state={state}
      keys={KEYS}
      models={[]}
      actions={actions}
      commands={commands}
      api={new FakeEntries(makeEntry())}
      round={{
        agreement: none,
        assign: none,
        release: none,
        mayAssign: none,
        disagreements: none
      }}
      typing={new FakeTyping()}
      onEntry={one => opened.push(one)}
      onCatalogue={note('catalogue')}
    />
  ).container;
}

const send = (...sent: QueueCommand[]) =>
  sent.forEach(command => act(() => commands.send(command)));

/** Roles and names of all buttons take seconds to compute; their words are enough here. */
function button(words: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find(one =>
    one.textContent.includes(words)
  );
  return found ?? expect.fail(`no button says ${words}`);
}

describe('a head to be judged', () => {
  it('judges what is on the screen, and nothing is chosen beforehand', () => {
    const page = show(makeState());
    expect(page.querySelectorAll('input:checked')).toHaveLength(0);
    expect(page.querySelectorAll('[data-main]')).toHaveLength(0);
    send('rate-3', 'accept');
    expect(made).toEqual([{ decision: 'accepted', draftId: 2, text: '', reason: '', rating: 3 }]);
  });

  it('sends the reason and the text that were typed', () => {
    show(makeState());
    send('edit');
    fireEvent.change(screen.getByLabelText('Your wording, in place of the draft'), {
      target: { value: 'Mine.' }
    });
    send('reason');
    fireEvent.keyDown(document.querySelector('.hl-Reasons-usual')!, { key: '4' });
    fireEvent.click(button('Save edit'));
    expect(made).toEqual([
      { decision: 'edited', draftId: 2, text: 'Mine.', reason: 'It is too narrow.', rating: null }
    ]);
  });

  it('writes the keys in force on its buttons', () => {
    show(makeState());
    expect(button('Accept').textContent).toBe('Accept q');
    expect(button('Accept').getAttribute('aria-keyshortcuts')).toBe('q');
    send('keys');
    const table = document.querySelector('.hl-Queue-keys')?.textContent;
    expect(table).toContain('Accept the draft as it is written');
    expect(table).not.toContain('Mark as unclear');
  });

  it('links sentences and rows both ways', () => {
    const page = show(makeState());
    const linked = (kind: string) =>
      [...page.querySelectorAll<HTMLElement>(`[data-${kind}][data-linked]`)].map(
        one => one.dataset[kind]
      );
    expect(linked('cited')).toEqual(['R1']);
    send('next-sentence');
    expect(linked('cited')).toEqual([]);
    send('next-row');
    expect(linked('sentence')).toEqual(['0']);
    send('next-row');
    expect(linked('sentence')).toEqual([]);
    expect(screen.getByText('77 is in none of the cited rows')).toBeDefined();
  });

  it('hides the source, and does not say that hidden scores are none', () => {
    const choice = { ...makeState().choice, blind: ['scores', 'source'] as const };
    const entry = makeEntry({
      model_name: '',
      card: makeCard({ relations: [], provenances: [] }),
      drafts: makeCurrent().entry.drafts
    });
    const page = show(makeState({ choice, current: makeCurrent({ entry }) }));
    expect(page.textContent).toContain('model hidden');
    expect(page.innerHTML).not.toContain('secret-');
    expect(page.textContent).not.toContain('No operation could be scored');
    expect(page.textContent).toContain('hidden with the scores');
    expect(page.textContent).not.toContain('in none of the cited rows');
  });

  it('opens the card only for the one who decides', () => {
    show(makeState());
    send('open');
    expect(opened).toEqual([]);
    cleanup();
    show(makeState({ choice: { ...makeState().choice, mode: 'decide' } }));
    send('open');
    expect(opened).toEqual([item]);
  });

  it('asks for the votes before they are shown', () => {
    const choice = { ...makeState().choice, mode: 'decide' as const };
    const entry = makeEntry({ open_votes: 2 });
    show(makeState({ choice, current: makeCurrent({ entry }) }));
    fireEvent.click(button('Show the 2 votes'));
    expect(called).toEqual(['showVotes']);
  });

  const judgement = {
    decision: 'rejected',
    draftId: 2,
    text: '',
    reason: '',
    rating: 2
  } as const;

  it('has the keyboard after theirs was loaded, so that single keys still work', () => {
    const trouble = { kind: 'stale', theirs: makeEntry({ revision: 9 }), judgement } as const;
    show(makeState({ current: makeCurrent({ trouble, earlier: judgement }) }));
    button('Load theirs').focus();
    fireEvent.click(button('Load theirs'));
    expect(called).toEqual(['take']);
    expect(document.activeElement?.matches('[data-sentence]')).toBe(true);
  });

  it('brings a failed judgement back with a way to try again', () => {
    const trouble = { kind: 'failed', message: 'No answer.', judgement } as const;
    show(makeState({ current: makeCurrent({ trouble, earlier: judgement }) }));
    expect(document.querySelector('[role=alert]')?.textContent).toContain(
      'Not stored as rejected: No answer.'
    );
    expect(document.querySelector('input:checked')?.parentElement?.title).toBe('mostly wrong');
    fireEvent.click(button('Try again'));
    expect(called).toEqual(['insist']);
  });
});

describe('a queue without a head', () => {
  const empty = { waiting: [], current: null };

  it('says why there is nothing to do', () => {
    show(makeState(empty));
    expect(document.querySelector('h2')?.textContent).toBe('Nothing to review');
    expect(screen.getByText(/of 3 heads with drafts/)).toBeDefined();
    fireEvent.click(button('Show the catalogue'));
    expect(called).toEqual(['catalogue']);
  });

  it('sums up, and takes commands still', () => {
    const judgement = {
      decision: 'accepted',
      draftId: 2,
      text: '',
      reason: '',
      rating: null
    } as const;
    const done = { item, mode: 'votes', judgement, at: '', revision: null, again: false } as const;
    const seconds = [10, 20, 60];
    show(
      makeState({
        ...empty,
        skipped: [item],
        done: seconds.map((one, number) => ({ ...done, number, seconds: one }))
      })
    );
    expect(screen.getByText('3 judged here, median 20 s each, 2.0 a minute.')).toBeDefined();
    expect(screen.getByText(/Skipped: L1H10/)).toBeDefined();
    send('undo');
    expect(called).toEqual(['undo']);
    send('redo');
    expect(called).toEqual(['undo', 'redo']);
  });

  it('refuses what needs a head, in words, until one has come', () => {
    const root = show(makeState({ waiting: [item], current: null, loading: true, saving: 1 }));
    const bar = () => root.querySelector('.hl-QueueBar-said')?.textContent;
    send('accept');
    expect(made).toEqual([]);
    expect(bar()).toBe('Nothing was done: the next head was not on the screen yet. Storing 1…');
    fireEvent.click(button('Skip'));
    send('next-row', 'rate-3', 'open');
    expect([made, called, opened]).toEqual([[], [], []]);
    expect(button('Accept').getAttribute('aria-disabled')).toBe('true');
    expect(button('Undo').getAttribute('aria-disabled')).toBeNull();
    send('undo');
    expect(called).toEqual(['undo']);
    expect(bar()).toBe(' Storing 1…');
  });

  it('has the focus while a head is on its way, so that keys reach it', () => {
    const root = show(makeState({ waiting: [item], current: null, loading: true }));
    expect(document.activeElement).toBe(root.querySelector('.hl-Queue-main'));
  });

  it('passes over a head that could not be read', () => {
    show(makeState({ waiting: [item], current: null, problem: 'L1H10 could not be read.' }));
    send('accept', 'skip');
    expect(called).toEqual(['skip']);
    expect(made).toEqual([]);
  });

  it('says what went wrong, with a way to try again', () => {
    show(makeState({ ...empty, problem: 'The server does not answer.' }));
    fireEvent.click(button('Retry'));
    expect(called).toEqual(['retry']);
  });
});
