import type { TypingApi } from '../views/api';
import { StoredTyping, type KeptText } from '../views/stored_typing';
import type { PanelModel } from './panel_model';

/**
 * Unsaved text, kept twice: in the browser's storage, which outlives the kernel, and in the widget's
 * state, which is there where a page has no storage of its own.
 */
export class KeptTyping implements TypingApi {
  private readonly browser = new StoredTyping();

  constructor(private readonly model: PanelModel) {}

  kept(key: string): KeptText | null {
    const found = [this.browser.kept(key), this.all()[key] ?? null].filter(one => one !== null);
    return found.sort((one, other) => other.at.localeCompare(one.at))[0] ?? null;
  }

  keep(key: string, text: string): void {
    const kept = { text, at: new Date().toISOString() };
    const others = Object.entries(this.all()).filter(([other]) => other !== key);
    this.model.set('typing', Object.fromEntries(text ? [...others, [key, kept]] : others));
    this.model.save_changes();
    this.browser.keep(key, text);
  }

  private all(): Record<string, KeptText> {
    return (this.model.get('typing') as Record<string, KeptText> | undefined) ?? {};
  }
}
