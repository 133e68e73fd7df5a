import type { TypingApi } from './api';

export interface KeptText {
  text: string;
  at: string;
}

const PREFIX = 'headlab:typing:';

/** Unsaved text in the browser's storage; in memory where the page has none. */
export class StoredTyping implements TypingApi {
  private readonly memory = new Map<string, KeptText>();

  kept(key: string): KeptText | null {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
      return isKept(found) ? found : (this.memory.get(key) ?? null);
    } catch {
      return this.memory.get(key) ?? null;
    }
  }

  keep(key: string, text: string): void {
    if (text) {
      const kept = { text, at: new Date().toISOString() };
      this.memory.set(key, kept);
      stored(() => localStorage.setItem(PREFIX + key, JSON.stringify(kept)));
    } else {
      this.memory.delete(key);
      stored(() => localStorage.removeItem(PREFIX + key));
    }
  }
}

function stored(write: () => void): void {
  try {
    write();
  } catch {
    // full or switched off: the memory has it until the page is left
  }
}

function isKept(value: unknown): value is KeptText {
  const kept = value as KeptText | null;
  return typeof kept?.text === 'string' && typeof kept.at === 'string';
}
