import type { Preset, SettingsView } from '../contract/records';
import { messageOf } from '../views/problems';
import { filledBy, hint } from './settings_presets';
import {
  isShared,
  plain,
  same,
  SHARED,
  type SettingValue,
  type SettingValues,
  type SharedName
} from './settings_values';

/** The settings file, through the server: what counts. */
export interface SettingsFile {
  settings(): Promise<SettingsView>;
  changeSettings(changes: Record<string, SettingValue>): Promise<SettingsView>;
  presets(): Promise<Preset[]>;
}

/** JupyterLab's own copy, which its editor shows. */
export interface EditorCopy {
  /** The default where nothing is set. */
  get(name: SharedName): SettingValue;
  standard(name: SharedName): SettingValue;
  /** The default takes away what was set. */
  set(name: SharedName, value: SettingValue): Promise<void>;
}

/** What to tell people about their settings. */
export interface SettingsNotes {
  refused(message: string): void;
  unreadable(message: string): void;
  /** An environment variable wins over this setting, just stored or as it was found. */
  overridden(name: SharedName, variable: string, stored: boolean): void;
  /** A kind of endpoint was chosen: what else it needs. */
  chosen(message: string): void;
}

/** Keeps the editor's copy equal to the settings file, and takes what is edited to the file. */
export class SettingsSync {
  /** What the file is known to hold; a name that is overridden may be missing. */
  private readonly known: SettingValues = new Map();
  /** What the copy held before the file's value replaced it. */
  private readonly replaced: SettingValues = new Map();
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
      const edited = await this.settleStale(this.edited());
      if (edited.length === 0) {
        return;
      }
      const changes: SettingValues = new Map(edited.map(name => [name, this.copy.get(name)]));
      try {
        const presets = await this.presetsFor(changes);
        const preset = presets.find(one => one.name === changes.get('llm_preset'));
        const left = String(this.known.get('llm_base_url') ?? '');
        const filled = preset ? this.filled(preset) : new Map();
        const stored = new Map([...changes, ...filled]);
        const view = await this.file.changeSettings(this.asStored(stored));
        changes.forEach((value, name) => this.known.set(name, value));
        await this.accept(view, stored);
        if (preset) {
          const own = filled.has('llm_base_url') && !presets.some(one => one.base_url === left);
          this.notes.chosen(hint(preset, view.key_origin, own ? left : ''));
        }
      } catch (error) {
        await this.putBack(edited);
        // The path is long, room is short, and all settings are in the same file.
        this.notes.refused(messageOf(error).replace(`${this.path}: `, ''));
      }
    });
  }

  /**
   * The edits without those that nobody made: the editor writes its whole form, so that an edit of
   * one setting can bring the old value of another that the file had replaced meanwhile.
   */
  private async settleStale(edited: SharedName[]): Promise<SharedName[]> {
    const stale = edited.filter(name => {
      const old = this.replaced.get(name);
      return old !== undefined && same(old, this.copy.get(name));
    });
    if (stale.length === edited.length) {
      return edited;
    }
    this.replaced.clear();
    await this.putBack(stale);
    return edited.filter(name => !stale.includes(name));
  }

  /** All presets where one is chosen; one that the environment overrides is not in force. */
  private async presetsFor(changes: SettingValues): Promise<Preset[]> {
    return changes.get('llm_preset') && !this.told.has('llm_preset') ? this.file.presets() : [];
  }

  /** What the preset sets, save for what a person has entered and is not stored yet. */
  private filled(preset: Preset): SettingValues {
    const edited = this.edited();
    const values = filledBy(preset).filter(([name]) => !edited.includes(name));
    return new Map(values.map(([name, value]) => [name, value ?? this.copy.standard(name)]));
  }

  /** Null removes a setting from the file, which is its default again. */
  private asStored(values: SettingValues): Record<string, SettingValue> {
    const stored = [...values].map(([name, value]): [string, SettingValue] => [
      name,
      same(value, this.copy.standard(name)) ? null : value
    ]);
    return Object.fromEntries(stored);
  }

  private async accept(view: SettingsView, stored: SettingValues = new Map()): Promise<void> {
    // Edited while the answer was on its way: the push that is next in the queue stores it.
    const edited = this.edited();
    this.path = view.file;
    for (const { name, value, origin } of view.settings) {
      if (!isShared(name)) {
        continue;
      }
      if (origin === 'environment') {
        // What the file holds is not told then: the copy stays, and is what edits start from.
        const now = stored.get(name);
        this.known.set(name, now ?? this.known.get(name) ?? this.copy.get(name));
        if (now !== undefined || !this.told.has(name)) {
          this.notes.overridden(name, `HEADLAB_${name.toUpperCase()}`, now !== undefined);
        }
        this.told.add(name);
        continue;
      }
      this.told.delete(name);
      this.known.set(name, plain(value) ?? this.copy.standard(name));
    }
    await this.putBack(SHARED.filter(name => !edited.includes(name)));
  }

  private edited(): SharedName[] {
    return SHARED.filter(name => {
      const known = this.known.get(name);
      return known !== undefined && !same(this.copy.get(name), known);
    });
  }

  /** Write what the file holds into the copy. */
  private async putBack(names: readonly SharedName[]): Promise<void> {
    for (const name of names) {
      const [value, shown] = [this.known.get(name), this.copy.get(name)];
      if (value !== undefined && !same(shown, value)) {
        this.replaced.set(name, shown);
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
