// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { Draft, Entry } from '../contract/records';
import { EntryDrafts } from './entry_drafts';
import { FakeEntries, FakeTyping, makeDraft, makeEntry } from './spec_records';

afterEach(cleanup);

const by = (
  kind: Draft['drafter']['kind'],
  name: string,
  prompt_version: string | null = null
) => ({
  ...makeDraft().drafter,
  kind,
  name,
  prompt_version
});

const DRAFTS = [
  { id: 2, draft: makeDraft({ description: 'Maps countries to capitals.' }) },
  {
    id: 3,
    draft: makeDraft({
      description: 'Maps countries to their capital cities.',
      categories: ['translation'],
      stages: ['EP'],
      drafter: by('llm', 'model-x', '4')
    })
  },
  { id: 5, draft: makeDraft({ description: 'Copies.', drafter: by('person', 'Mira') }) }
];

function open(over: Partial<Entry> = {}, typing = new FakeTyping()) {
  const api = new FakeEntries(makeEntry({ drafts: DRAFTS, revision: 5, ...over }));
  function Page(): React.JSX.Element {
    const [entry, setEntry] = React.useState(api.current);
    return <EntryDrafts entry={entry} api={api} typing={typing} onEntry={setEntry} />;
  }
  render(<Page />);
  return { api, typing };
}

const beside = () => fireEvent.click(screen.getByRole('button', { name: 'Side by side' }));
const columns = () =>
  within(screen.getByRole('list', { name: 'Drafts side by side' })).getAllByRole('listitem');
const marked = (item: HTMLElement) =>
  [...item.querySelectorAll('ins, del')].map(
    word => `${word.localName} ${word.textContent!.trim()}`
  );

describe('several drafts', () => {
  it('stand side by side with their drafters and the words that differ', () => {
    open();
    beside();
    const [first, second, third] = columns();
    expect(first.textContent).toContain('rule-based, no language model');
    expect(second.textContent).toContain('language model model-x');
    expect(second.textContent).toContain('prompt 4');
    expect(third.textContent).toContain('written by Mira');
    expect(marked(first)).toEqual([]);
    expect(marked(second)).toEqual(['del capitals.', 'ins their capital cities.']);
    expect(marked(third)).toEqual(['del Maps countries to capitals.', 'ins Copies.']);
  });

  it('differ from the draft that is chosen', () => {
    open();
    beside();
    fireEvent.change(screen.getByLabelText('Differences to'), { target: { value: '3' } });
    expect(columns().map(item => marked(item).length > 0)).toEqual([true, false, true]);
  });

  it('are two to four columns', () => {
    const drafts = [...DRAFTS, { ...DRAFTS[0], id: 6 }, { ...DRAFTS[1], id: 7 }];
    open({ drafts });
    beside();
    const names = () => columns().map(item => item.querySelector('b')!.textContent);
    expect(names()).toEqual(['Draft 3', 'Draft 5', 'Draft 6', 'Draft 7']);
    const pick = (name: RegExp) => screen.getByRole('checkbox', { name }) as HTMLInputElement;
    expect(pick(/Draft 2/).disabled).toBe(true);
    fireEvent.click(pick(/Draft 7/));
    fireEvent.click(pick(/Draft 2/));
    expect(names()).toEqual(['Draft 2', 'Draft 3', 'Draft 5', 'Draft 6']);
    fireEvent.click(pick(/Draft 6/));
    fireEvent.click(pick(/Draft 5/));
    expect(pick(/Draft 3/).disabled).toBe(true);
  });

  it('are accepted one by one, with the labels of the draft', async () => {
    const { api } = open();
    beside();
    fireEvent.click(screen.getByRole('button', { name: 'Accept draft 3' }));
    await screen.findByText('Draft 3 accepted, revision 6.');
    expect(api.edits).toEqual([
      {
        decision: 'accepted',
        description: '',
        reason: '',
        rating: null,
        draft_id: 3,
        categories: ['translation'],
        stages: ['EP']
      }
    ]);
    expect(within(columns()[1]).getByText('This draft is accepted.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Accept draft 2' })).toBeTruthy();
  });

  it('leave labels that a person has set', async () => {
    const { api } = open({ categories: ['copying'], stages: ['KR'] });
    fireEvent.click(screen.getByRole('button', { name: 'Accept draft 3' }));
    await screen.findByText(/Draft 3 accepted/);
    expect(api.edits[0]).toMatchObject({ categories: ['copying'], stages: ['KR'] });
  });

  it('show both versions where the entry was changed meanwhile', async () => {
    const { api } = open();
    api.current = { ...api.current, revision: 9, description: 'Theirs.' };
    fireEvent.click(screen.getByRole('button', { name: 'Accept draft 2' }));
    expect((await screen.findByRole('alert')).textContent).toContain('Theirs.');
    const apply = screen.getByRole('button', { name: 'Apply mine anyway' });
    apply.focus();
    fireEvent.click(apply);
    await screen.findByText('Draft 2 accepted, revision 10.');
    expect(document.activeElement).toBe(screen.getByRole('group', { name: 'Drafts' }));
  });

  it('cannot be set side by side when there is one', () => {
    open({ drafts: DRAFTS.slice(0, 1) });
    const button = screen.getByRole('button', { name: 'Side by side' }) as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    expect(screen.queryByRole('button', { name: /Accept/ })).toBeNull();
  });
});

describe('a draft of one’s own', () => {
  const write = (text: string) => {
    fireEvent.click(screen.getByRole('button', { name: 'Write your own' }));
    fireEvent.change(screen.getByLabelText('Your draft'), { target: { value: text } });
  };

  it('is listed beside the others and decides nothing', async () => {
    const { api } = open();
    write(' Answers a country with its capital. ');
    fireEvent.click(screen.getByRole('button', { name: /Add draft/ }));
    await screen.findByText('Draft added, revision 6.');
    expect(api.calls).toEqual(['draft on 5']);
    expect(api.current.state).toBe('drafted');
    expect(screen.getByText('written by you')).toBeTruthy();
    expect(screen.queryByLabelText('Your draft')).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Write your own' }));
  });

  it('is not empty, and is kept until it is saved', async () => {
    const typing = new FakeTyping();
    open({}, typing);
    write('   ');
    expect((screen.getByRole('button', { name: /Add draft/ }) as HTMLButtonElement).disabled).toBe(
      true
    );
    fireEvent.change(screen.getByLabelText('Your draft'), { target: { value: 'Half a' } });
    cleanup();
    open({}, typing);
    await waitFor(() =>
      expect((screen.getByLabelText('Your draft') as HTMLTextAreaElement).value).toBe('Half a')
    );
  });
});
