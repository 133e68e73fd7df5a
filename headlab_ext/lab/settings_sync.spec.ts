import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SettingsView, SettingView } from '../contract/records';
import { SHARED, SettingsSync, type SharedName } from './settings_sync';

/** A settings file behind a server; `environment` wins over it. */
class File {
  values: Record<string, string | null> = {};
  environment: Record<string, string> = {};
  refusal: Error | null = null;
  readonly patches: Record<string, string | null>[] = [];

  settings(): Promise<SettingsView> {
    const settings = SHARED.map((name): SettingView => {
      if (name in this.environment) {
        return { name, value: this.environment[name], origin: 'environment' };
      }
      const value = this.values[name] ?? null;
      return { name, value, origin: value === null ? 'default' : 'file' };
    });
    return Promise.resolve({
      file: '/a/settings.json',
      settings,
      key_origin: null,
      catalogue_place: ''
    });
  }

  changeSettings(changes: Record<string, string | null>): Promise<SettingsView> {
    if (this.refusal) {
      return Promise.reject(this.refusal);
    }
    this.patches.push(changes);
    Object.assign(this.values, changes);
    return this.settings();
  }
}

let file: File;
let shown: Record<string, string>;
let sync: SettingsSync;
const notes = { refused: vi.fn(), unreadable: vi.fn(), overridden: vi.fn() };
const copy = {
  get: (name: SharedName) => shown[name] ?? '',
  set: vi.fn((name: SharedName, value: string) => {
    shown[name] = value;
    return Promise.resolve();
  })
};

beforeEach(() => {
  vi.clearAllMocks();
  file = new File();
  shown = {};
  sync = new SettingsSync(file, copy, notes);
});

describe('settings in the editor and in the file', () => {
  it('are those of the file at first', async () => {
    file.values = { llm_model: 'small' };
    shown = { llm_model: 'old', reviewer: 'Ada' };
    await sync.pull();
    expect(shown).toEqual({ llm_model: 'small', reviewer: '' });
    await sync.push();
    expect(file.patches).toEqual([]);
  });

  it('go to the file when they are edited, and only those', async () => {
    file.values = { llm_model: 'small', reviewer: 'Ada' };
    await sync.pull();
    shown.llm_model = 'large';
    await sync.push();
    expect(file.patches).toEqual([{ llm_model: 'large' }]);
    shown.reviewer = '';
    await sync.push();
    expect(file.patches[1]).toEqual({ reviewer: null });
  });

  it('are put back when the server refuses them, and it is said why', async () => {
    file.values = { llm_base_url: 'http://127.0.0.1:1/v1' };
    await sync.pull();
    file.refusal = new Error('/a/settings.json: llm_base_url: expected a URL');
    shown.llm_base_url = 'nonsense';
    await sync.push();
    expect(shown.llm_base_url).toBe('http://127.0.0.1:1/v1');
    expect(notes.refused).toHaveBeenCalledWith('llm_base_url: expected a URL');
  });

  it('follow what others write into the file', async () => {
    await sync.pull();
    file.values = { reviewer: 'Rosa' };
    await sync.pull();
    expect(shown.reviewer).toBe('Rosa');
    expect(file.patches).toEqual([]);
  });

  it('that were edited while the file was read are stored, not lost', async () => {
    await sync.pull();
    const reading = sync.pull();
    shown.reviewer = 'Rosa';
    await reading;
    await sync.push();
    expect(file.patches).toEqual([{ reviewer: 'Rosa' }]);
    expect(shown.reviewer).toBe('Rosa');
  });

  it('that the environment overrides are told of once, and again when they are edited', async () => {
    file.environment = { llm_model: 'theirs' };
    shown = { llm_model: 'mine' };
    await sync.pull();
    await sync.pull();
    expect(notes.overridden.mock.calls).toEqual([['llm_model', 'HEADLAB_LLM_MODEL', false]]);
    expect(shown.llm_model).toBe('mine');
    shown.llm_model = 'new';
    await sync.push();
    expect(file.patches).toEqual([{ llm_model: 'new' }]);
    expect(notes.overridden).toHaveBeenLastCalledWith('llm_model', 'HEADLAB_LLM_MODEL', true);
    expect(shown.llm_model).toBe('new');
  });

  it('are never written before the file could be read', async () => {
    file.settings = () => Promise.reject(new Error('not JSON'));
    shown = { reviewer: 'Ada' };
    await sync.pull();
    await sync.push();
    expect(notes.unreadable).toHaveBeenCalledWith('not JSON');
    expect(file.patches).toEqual([]);
  });
});
