import type { SettingsView } from '../contract/records';
import { messageOf } from '../views/problems';

/** The settings that the lab's editor shows; a key is never one of them. */
export const SHARED = [
  'llm_base_url',
  'llm_model',
  'judge_model',
  'catalogue',
  'reviewer'
] as const;
export type SharedName = (typeof SHARED)[number];

/** The settings file, through the server: what counts. */
export interface SettingsFile {
  settings(): Promise<SettingsView>;
  changeSettings(changes: Record<string, string | null>): Promise<SettingsView>;
}

/** JupyterLab's own copy, which its editor shows; an empty text is an unset value. */
export interface EditorCopy {
  get(name: SharedName): string;
  set(name: SharedName, value: string): Promise<void>;
}

/** What to tell people about their settings. */
export interface SettingsNotes {
  refused(message: string): void;
  unreadable(message: string): void;
  /** An environment variable wins over this setting, just stored or as it was found. */
  overridden(name: SharedName, variable: string, stored: boolean): void;
}

type Values = Partial<Record<SharedName, string>>;

/** Keeps the editor's copy equal to the settings file, and takes what is edited to the file. */
export class SettingsSync {
  /** What the file is known to hold; a name that is overridden may be missing. */
  private known: Values = {};
  private readonly told = new Set<SharedName>();
  private path = '';
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: SettingsFile,
    private readonly copy: EditorCopy,
    private readonly notes: SettingsNotes
  ) {}

  /** Read the file; where the copy differs, the file is right. */
  pull(): Promise<void> {
    return this.queue(async () => {
      try {
        await this.accept(await this.file.settings());
      } catch (error) {
        this.notes.unreadable(messageOf(error));
      }
    });
  }

  /** The copy was edited: store what differs from the file. */
  push(): Promise<void> {
    return this.queue(async () => {
      const changed = this.edited();
      if (changed.length === 0) {
        return;
      }
      const changes = changed.map(name => [name, this.copy.get(name) || null] as const);
      try {
        const view = await this.file.changeSettings(Object.fromEntries(changes));
        for (const [name, value] of changes) {
          this.known[name] = value ?? '';
        }
        await this.accept(view, changed);
      } catch (error) {
        await this.putBack(changed);
        // The path is long, room is short, and all settings are in the same file.
        this.notes.refused(messageOf(error).replace(`${this.path}: `, ''));
      }
    });
  }

  private async accept(view: SettingsView, stored: readonly SharedName[] = []): Promise<void> {
    // Edited while the answer was on its way: the push that is next in the queue stores it.
    const edited = this.edited();
    this.path = view.file;
    for (const { name, value, origin } of view.settings) {
      if (!isShared(name)) {
        continue;
      }
      if (origin === 'environment') {
        // What the file holds is not told then: the copy stays, and is what edits start from.
        this.known[name] ??= this.copy.get(name);
        const now = stored.includes(name);
        if (now || !this.told.has(name)) {
          this.notes.overridden(name, `HEADLAB_${name.toUpperCase()}`, now);
        }
        this.told.add(name);
        continue;
      }
      this.told.delete(name);
      this.known[name] = typeof value === 'string' ? value : '';
    }
    await this.putBack(SHARED.filter(name => !edited.includes(name)));
  }

  private edited(): SharedName[] {
    return SHARED.filter(
      name => this.known[name] !== undefined && this.copy.get(name) !== this.known[name]
    );
  }

  /** Write what the file holds into the copy. */
  private async putBack(names: readonly SharedName[]): Promise<void> {
    for (const name of names) {
      const value = this.known[name];
      if (value !== undefined && this.copy.get(name) !== value) {
        await this.copy.set(name, value);
      }
    }
  }

  /** One after the other, so that an answer never meets a copy it does not know. */
  private queue(step: () => Promise<void>): Promise<void> {
    this.last = this.last.then(step, step);
    return this.last;
  }
}

function isShared(name: string): name is SharedName {
  return (SHARED as readonly string[]).includes(name);
}
