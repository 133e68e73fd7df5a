// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../contract/records';
import { ReviewForm } from './review_form';
import { FakeEntries, FakeTyping, makeDraft, makeEntry, makeRevision } from './spec_records';

afterEach(() => {
  vi.useRealTimers();
  cleanup();
});

function Page(props: { api: FakeEntries; typing: FakeTyping }): React.JSX.Element {
  const [entry, setEntry] = React.useState<Entry>(props.api.current);
  return <ReviewForm entry={entry} api={props.api} typing={props.typing} onEntry={setEntry} />;
}

function open(entry = makeEntry(), typing = new FakeTyping()) {
  const api = new FakeEntries(entry);
  const page = render(<Page api={api} typing={typing} />);
  return { api, typing, page };
}

const area = () => screen.getByLabelText(/^Description/) as HTMLTextAreaElement;
const heading = () => screen.getByRole('heading', { name: /Decision on/ });
const said = () => document.querySelector('.hl-Review-said')!.textContent;
const missed = () => document.querySelector('.hl-Review-missed')?.textContent;
const press = (key: string, over: KeyboardEventInit = {}) =>
  fireEvent.keyDown(heading(), { key, ...over });
const typeText = (text: string) => fireEvent.change(area(), { target: { value: text } });
const save = () => fireEvent.keyDown(area(), { key: 'Enter', ctrlKey: true });

describe('decisions', () => {
  it('accepts the draft with one key and says so', async () => {
    const { api } = open();
    press('a');
    await waitFor(() => expect(said()).toBe('Accepted, revision 3.'));
    expect(api.edits).toEqual([
      {
        decision: 'accepted',
        description: '',
        reason: '',
        rating: null,
        draft_id: 2,
        categories: ['knowledge'],
        stages: ['KR']
      }
    ]);
    expect(document.activeElement).toBe(heading());
    expect(screen.getByText('accepted')).toBeTruthy();
  });

  it('decides once while a key is held, and nothing while saving', async () => {
    const { api } = open();
    press('a');
    press('a', { repeat: true });
    press('a');
    press('x');
    await waitFor(() => expect(said()).toContain('Accepted'));
    expect(api.calls).toEqual(['review accepted on 2']);
    expect(missed()).toMatch(/^Not done, since .* still being saved: reject the draft\.$/);
    press('3');
    press('z');
    await waitFor(() => expect(said()).toContain('Undone'));
    expect(missed()).toBeUndefined();
  });

  it('says that a rating came while a decision was being saved', async () => {
    const { api } = open();
    press('a');
    press('4');
    expect(missed()).toMatch(/: rate 4\.$/);
    await waitFor(() => expect(said()).toContain('Accepted'));
    expect(api.edits[0].rating).toBeNull();
  });

  it('decides once when a second press comes before the page is drawn', async () => {
    const { api } = open();
    act(() => {
      press('a');
      press('x');
    });
    await waitFor(() => expect(said()).toContain('Accepted'));
    expect(api.calls).toEqual(['review accepted on 2']);
  });

  it('keeps its keys from the page, and others not', () => {
    open();
    expect(press('a')).toBe(false);
    expect(press('b')).toBe(true);
    expect(press('a', { ctrlKey: true })).toBe(true);
  });

  it.each(['Enter', 'Backspace', 'Delete', ' '])('%j decides nothing', key => {
    const { api } = open();
    press(key);
    expect(api.calls).toEqual([]);
  });

  it('decides nothing while text is typed', () => {
    const { api } = open();
    for (const field of [area(), screen.getByLabelText('Note')]) {
      for (const key of 'axe zoo') {
        expect(fireEvent.keyDown(field, { key })).toBe(true);
      }
    }
    expect(api.calls).toEqual([]);
  });

  it('rejects at once and takes the reason afterwards', async () => {
    const { api } = open();
    press('x');
    const reason = await screen.findByLabelText(/Why/);
    expect(api.calls).toEqual(['review rejected on 2']);
    expect(api.edits[0]).toMatchObject({ description: '', categories: null, stages: null });
    fireEvent.change(reason, { target: { value: 'not in the rows' } });
    fireEvent.keyDown(reason, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(said()).toBe('Reason saved, revision 4.'));
    expect(api.edits[1]).toMatchObject({ decision: 'rejected', reason: 'not in the rows' });
    expect(screen.queryByLabelText(/Why/)).toBeNull();
  });

  it('rates with a digit and stores it with the decision', async () => {
    const { api } = open();
    press('4');
    press('u');
    await waitFor(() => expect(said()).toContain('Marked as unclear'));
    expect(api.edits[0]).toMatchObject({ decision: 'unclear', rating: 4 });
  });

  it('undoes', async () => {
    const { api } = open();
    press('a');
    await waitFor(() => expect(said()).toContain('Accepted'));
    press('z');
    await waitFor(() => expect(said()).toBe('Undone, revision 4.'));
    expect(api.calls).toEqual(['review accepted on 2', 'undo on 3']);
  });

  it('redoes what was undone, until another step is made', async () => {
    const { api } = open();
    expect(screen.queryByRole('button', { name: /^Redo/ })).toBeNull();
    press('Z', { shiftKey: true });
    expect(said()).toContain('nothing to redo');
    press('a');
    await waitFor(() => expect(said()).toContain('Accepted'));
    press('z', { ctrlKey: true });
    await waitFor(() => expect(said()).toBe('Undone, revision 4.'));
    expect(screen.getByRole('button', { name: /^Redo/ })).toBeDefined();
    press('Z', { ctrlKey: true, shiftKey: true });
    await waitFor(() => expect(said()).toBe('Redone, revision 5.'));
    expect(api.current.state).toBe('accepted');
    expect(screen.queryByRole('button', { name: /^Redo/ })).toBeNull();
    press('z');
    await waitFor(() => expect(said()).toBe('Undone, revision 6.'));
    press('u');
    await waitFor(() => expect(said()).toContain('unclear'));
    expect(screen.queryByRole('button', { name: /^Redo/ })).toBeNull();
    expect(api.calls.filter(call => call.startsWith('redo'))).toEqual(['redo on 4']);
  });
});

describe('editing', () => {
  it('goes to the text with e and saves it with Ctrl+Enter', async () => {
    const { api } = open();
    press('e');
    expect(document.activeElement).toBe(area());
    typeText('Maps countries to their capitals.');
    save();
    await waitFor(() => expect(said()).toBe('Edit saved and accepted, revision 3.'));
    expect(api.edits[0]).toMatchObject({
      decision: 'edited',
      description: 'Maps countries to their capitals.',
      draft_id: 2
    });
    expect(area().value).toBe('Maps countries to their capitals.');
  });

  it('never accepts over a changed text, and does not save an empty or unchanged one', () => {
    const { api } = open();
    save();
    expect(said()).toContain('unchanged');
    typeText('mine');
    press('a');
    expect(said()).toContain('The text was changed');
    typeText('  ');
    save();
    expect(said()).toContain('The text is empty');
    expect(api.calls).toEqual([]);
  });

  it('starts from the newest draft, others can be chosen', () => {
    const drafts = [
      { id: 2, draft: makeDraft() },
      { id: 3, draft: makeDraft({ description: 'Newer.' }) }
    ];
    open(makeEntry({ drafts }));
    expect(area().value).toBe('Newer.');
    fireEvent.change(screen.getByLabelText('Start from'), { target: { value: 'draft/2' } });
    expect(area().value).toBe('Maps countries to capitals.');
  });

  it('takes a description without any draft', async () => {
    const { api } = open(makeEntry({ drafts: [], state: 'undescribed', description: '' }));
    press('a');
    expect(said()).toContain('choose a draft');
    typeText('Copies names.');
    save();
    await waitFor(() => expect(api.edits).toHaveLength(1));
    expect(api.edits[0]).toMatchObject({ decision: 'edited', draft_id: null });
  });
});

describe('typing', () => {
  it('is kept 400 ms after the last letter', () => {
    vi.useFakeTimers();
    const { typing } = open();
    typeText('half a tho');
    act(() => void vi.advanceTimersByTime(399));
    expect(typing.texts.size).toBe(0);
    act(() => void vi.advanceTimersByTime(1));
    expect([...typing.texts.values()].map(kept => kept.text)).toEqual(['half a tho']);
  });

  it('is kept when the view goes', () => {
    const { typing, page } = open();
    typeText('half a tho');
    page.unmount();
    expect([...typing.texts.values()].map(kept => kept.text)).toEqual(['half a tho']);
  });

  it('comes back with its time and can be discarded', () => {
    const { typing, page } = open();
    typeText('half a tho');
    page.unmount();
    open(makeEntry(), typing);
    expect(area().value).toBe('half a tho');
    expect(document.querySelector('.hl-TypedField-restored')!.textContent).toContain('12:31');
    fireEvent.click(screen.getByRole('button', { name: 'Discard' }));
    expect(area().value).toBe('Maps countries to capitals.');
    expect(typing.texts.size).toBe(0);
  });

  it('survives a newer entry and a newer draft', () => {
    const api = new FakeEntries(makeEntry());
    const typing = new FakeTyping();
    const form = (entry: Entry) => (
      <ReviewForm entry={entry} api={api} typing={typing} onEntry={() => undefined} />
    );
    const page = render(form(api.current));
    typeText('mine');
    const drafts = [...api.current.drafts, { id: 3, draft: makeDraft({ description: 'Newer.' }) }];
    page.rerender(form({ ...api.current, drafts, revision: 3 }));
    expect(area().value).toBe('mine');
  });

  it('is forgotten once saved', async () => {
    const { typing } = open();
    typeText('mine');
    save();
    await waitFor(() => expect(said()).toContain('Edit saved'));
    expect(typing.texts.size).toBe(0);
  });
});

describe('an edit on an old revision', () => {
  async function conflict() {
    const opened = open();
    opened.api.current = makeEntry({
      revision: 3,
      state: 'edited',
      description: 'Their words.',
      reviews: [
        {
          decision: 'edited',
          reviewer: 'mira',
          description: 'Their words.',
          reason: '',
          rating: null,
          draft_id: 2,
          created_at: '2026-01-02T03:30:00Z'
        }
      ]
    });
    opened.api.revisions = [makeRevision({ number: 3, action: 'review' })];
    typeText('My words.');
    save();
    const alert = await screen.findByRole('alert');
    await waitFor(() => expect(alert.textContent).toContain('Changed meanwhile by mira'));
    return { ...opened, alert };
  }

  it('shows both versions and applies mine on the new revision', async () => {
    const { api, alert } = await conflict();
    expect(alert.textContent).toContain('Their words.');
    expect(alert.textContent).toContain('My');
    const apply = screen.getByRole('button', { name: 'Apply mine anyway' });
    apply.focus();
    fireEvent.click(apply);
    await waitFor(() => expect(said()).toBe('Edit saved and accepted, revision 4.'));
    expect(document.activeElement).toBe(heading());
    expect(api.calls).toContain('review edited on 3');
    expect(api.current.description).toBe('My words.');
  });

  it('loads theirs and keeps what was typed', async () => {
    await conflict();
    const load = screen.getByRole('button', { name: 'Load theirs' });
    load.focus();
    fireEvent.click(load);
    expect(said()).toContain('Loaded revision 3');
    expect(document.activeElement).toBe(heading());
    expect(area().value).toBe('My words.');
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

describe('labels and note', () => {
  it('saves a note by itself', async () => {
    const { api } = open();
    const note = screen.getByLabelText('Note');
    fireEvent.change(note, { target: { value: 'Compare with L0H1.' } });
    fireEvent.keyDown(note, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(said()).toBe('Note saved, revision 3.'));
    expect(api.current.note).toBe('Compare with L0H1.');
  });

  it('saves changed categories and tags, and leaves the rest', async () => {
    const { api } = open();
    fireEvent.click(screen.getByLabelText('induction'));
    const tag = screen.getByLabelText('another tag');
    fireEvent.change(tag, { target: { value: 'to test' } });
    fireEvent.keyDown(tag, { key: 'Enter' });
    fireEvent.click(screen.getByRole('button', { name: 'Save labels' }));
    await waitFor(() => expect(said()).toBe('Labels saved, revision 3.'));
    expect(api.current.categories).toEqual(['knowledge', 'induction']);
    expect(api.current.tags).toEqual(['to test']);
    expect(api.current.stages).toEqual([]);
  });
});

describe('failure', () => {
  it('says why and tries again', async () => {
    const { api } = open();
    vi.spyOn(api, 'review').mockRejectedValueOnce(new Error('the disk is full'));
    press('a');
    expect((await screen.findByRole('alert')).textContent).toContain('the disk is full');
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(said()).toBe('Accepted, revision 3.'));
  });
});

describe('history', () => {
  it('is read when it is opened, newest first, with changed words marked', async () => {
    const { api } = open();
    api.revisions = [
      makeRevision({
        number: 1,
        imports: [
          {
            imported_by: 'mia',
            imported_at: '2026-01-02T03:04:05Z',
            source: '<b>a.json',
            sha256: '0'
          }
        ]
      }),
      makeRevision({ number: 2, action: 'draft', change: { draft: { description: 'One two.' } } }),
      makeRevision({
        number: 3,
        action: 'review',
        change: { decision: 'edited', draft_id: 2, description: 'One three.' }
      })
    ];
    expect(api.calls).toEqual([]);
    const details = document.querySelector<HTMLDetailsElement>('.hl-History')!;
    details.open = true;
    fireEvent(details, new Event('toggle'));
    await screen.findByText('entry created from evidence');
    const items = Array.from(document.querySelectorAll('.hl-History-list > li'));
    expect(items[0].textContent).toContain('edited; about draft 2');
    expect(items[2].textContent).toContain('imported by mia from <b>a.json, ');
    expect(items[0].textContent).not.toContain('imported');
    expect(items[0].querySelector('del')!.textContent).toBe(' two.');
    expect(items[0].querySelector('ins')!.textContent).toBe(' three.');
  });
});
