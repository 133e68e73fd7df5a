import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoredTyping } from './stored_typing';

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

describe('text that is not saved yet', () => {
  it('outlives the page until it is emptied', () => {
    new StoredTyping().keep('entry 1', 'maps countr');
    expect(new StoredTyping().kept('entry 1')?.text).toBe('maps countr');
    expect(new StoredTyping().kept('entry 2')).toBeNull();
    new StoredTyping().keep('entry 1', '');
    expect(new StoredTyping().kept('entry 1')).toBeNull();
  });

  it('stays in memory where the page has no storage', () => {
    vi.stubGlobal('localStorage', undefined);
    const typing = new StoredTyping();
    typing.keep('entry 1', 'maps countr');
    expect(typing.kept('entry 1')?.text).toBe('maps countr');
    vi.unstubAllGlobals();
  });

  it('is not believed where the storage holds something else', () => {
    localStorage.setItem('headlab:typing:entry 1', '{"text": 5}');
    expect(new StoredTyping().kept('entry 1')).toBeNull();
    localStorage.setItem('headlab:typing:entry 1', 'no JSON');
    expect(new StoredTyping().kept('entry 1')).toBeNull();
  });
});
