import type { TypingApi } from '../views/api';
import type { PanelModel } from './panel_model';

interface Kept {
  text: string;
  at: string;
}

const PREFIX = 'headlab:typing:';

/**
 * Unsaved text, kept twice: in the browser's storage, which outlives the kernel, and in the widget's
 * state, which is there where a page has no storage of its own.
 */
export class KeptTyping implements TypingApi {
  constructor(private readonly model: PanelModel) {}

  kept(key: string): Kept | null {
    const found = [this.stored(key), this.all()[key] ?? null].filter(one => one !== null);
    return found.sort((one, other) => other.at.localeCompare(one.at))[0] ?? null;
  }

  keep(key: string, text: string): void {
    const kept = { text, at: new Date().toISOString() };
    const others = Object.entries(this.all()).filter(([other]) => other !== key);
    this.model.set('typing', Object.fromEntries(text ? [...others, [key, kept]] : others));
    this.model.save_changes();
    try {
      if (text) {
        localStorage.setItem(PREFIX + key, JSON.stringify(kept));
      } else {
        localStorage.removeItem(PREFIX + key);
      }
    } catch {
      // no storage here: the widget's state has it
    }
  }

  private all(): Record<string, Kept> {
    return (this.model.get('typing') as Record<string, Kept> | undefined) ?? {};
  }

  private stored(key: string): Kept | null {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
      return isKept(found) ? found : null;
    } catch {
      return null;
    }
  }
}

function isKept(value: unknown): value is Kept {
  const kept = value as Kept | null;
  return typeof kept?.text === 'string' && typeof kept.at === 'string';
}
