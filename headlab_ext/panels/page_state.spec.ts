import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isOfTheLab, keepKeysInside } from './cell_keys';
import { FakeModel } from './fake_model';
import { KeptTyping } from './kept_typing';
import { PageSelection } from './page_selection';
import { SELECT_EVENT, type SelectDetail } from '../views/page_events';

const STATUS = { model: { fingerprint: 'f1' }, model_name: 'demo', job: null };
const head = { layer: 1, index: 3 };

function select(detail: SelectDetail): void {
  window.dispatchEvent(new CustomEvent(SELECT_EVENT, { detail }));
}

describe('PageSelection', () => {
  let model: FakeModel;
  let selection: PageSelection;
  beforeEach(() => {
    model = new FakeModel({ status: STATUS, selected: '' });
    selection = new PageSelection(model);
  });

  it('writes the widget and tells the page', () => {
    const heard = vi.fn();
    window.addEventListener(SELECT_EVENT, heard, { once: true });
    selection.set(head);
    expect(model.get('selected')).toBe('L1H3');
    expect((heard.mock.calls[0][0] as CustomEvent<SelectDetail>).detail).toEqual({
      fingerprint: 'f1',
      head,
      source: 'panel'
    });
  });

  it('follows the side bar for its own model only', () => {
    select({ fingerprint: 'other', head, source: 'sidebar' });
    expect(selection.get()).toBeNull();
    select({ fingerprint: 'f1', head, source: 'sidebar' });
    expect(selection.get()).toEqual(head);
  });

  it('does not follow another panel, so that two cannot chase each other', () => {
    select({ fingerprint: 'f1', head, source: 'panel' });
    expect(selection.get()).toBeNull();
  });

  it('gives the same object for the same head', () => {
    selection.set(head);
    expect(selection.get()).toBe(selection.get());
  });
});

describe('KeptTyping', () => {
  beforeEach(() => localStorage.clear());

  it('finds a text again in the storage of the browser and in the widget', () => {
    const model = new FakeModel({ typing: {} });
    new KeptTyping(model).keep('entry:4', 'half a sent');
    expect(new KeptTyping(new FakeModel({ typing: {} })).kept('entry:4')?.text).toBe('half a sent');
    localStorage.clear();
    expect(new KeptTyping(model).kept('entry:4')?.text).toBe('half a sent');
  });

  it('takes the newer of the two', () => {
    const old = { text: 'old', at: '2020-01-01T00:00:00Z' };
    const typing = new KeptTyping(new FakeModel({ typing: { key: old } }));
    localStorage.setItem('headlab:typing:key', JSON.stringify({ ...old, text: 'new', at: '2021' }));
    expect(typing.kept('key')?.text).toBe('new');
  });

  it('forgets an empty text everywhere', () => {
    const model = new FakeModel({ typing: {} });
    const typing = new KeptTyping(model);
    typing.keep('key', 'text');
    typing.keep('key', '');
    expect(typing.kept('key')).toBeNull();
    expect(model.get('typing')).toEqual({});
    expect(localStorage.length).toBe(0);
  });

  it('does not trip over a stranger in the storage', () => {
    localStorage.setItem('headlab:typing:key', '{"text": 3}');
    expect(new KeptTyping(new FakeModel({ typing: {} })).kept('key')).toBeNull();
  });
});

describe('keys in a cell', () => {
  function press(init: KeyboardEventInit): { outside: boolean } {
    const host = document.body.appendChild(document.createElement('div'));
    const button = host.appendChild(document.createElement('button'));
    const release = keepKeysInside(host);
    let outside = false;
    const heard = () => (outside = true);
    document.body.addEventListener('keydown', heard, { once: true });
    button.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
    document.body.removeEventListener('keydown', heard);
    release();
    host.remove();
    return { outside };
  }

  it('keeps the notebook from hearing what would act on its cells', () => {
    for (const key of ['a', 'x', 'd', '0', 'Enter', 'Escape', 'ArrowDown']) {
      expect(press({ key }).outside).toBe(false);
    }
    expect(press({ key: 'Enter', ctrlKey: true }).outside).toBe(false);
    expect(press({ key: 'z', ctrlKey: true }).outside).toBe(false);
  });

  it('lets the keys of the lab pass', () => {
    expect(press({ key: 's', ctrlKey: true }).outside).toBe(true);
    expect(press({ key: 'C', ctrlKey: true, shiftKey: true }).outside).toBe(true);
    expect(isOfTheLab(new KeyboardEvent('keydown', { key: 's' }))).toBe(false);
  });
});
