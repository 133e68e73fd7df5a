import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Preset, SettingsView, SettingView } from '../contract/records';
import { SettingsSync } from './settings_sync';
import { same, SHARED, type SettingValue, type SharedName } from './settings_values';

const STANDARD: Partial<Record<SharedName, SettingValue>> = {
  llm_timeout: 120,
  prices: {},
  price_table: {}
};
const standard = (name: SharedName) => STANDARD[name] ?? '';

const preset = (name: string, base_url: string | null): Preset => ({
  name,
  title: name,
  base_url,
  pattern: base_url ?? 'https://RESOURCE.example',
  needs_key: false,
  response_format: 'json_schema',
  note: 'a note.'
});
const OLLAMA = 'http://127.0.0.1:11434/v1';

/** A settings file behind a server; `environment` wins over it. */
class File {
  values: Record<string, SettingValue> = {};
  environment: Record<string, SettingValue> = {};
  refusal: Error | null = null;
  readonly patches: Record<string, SettingValue>[] = [];

  settings(): Promise<SettingsView> {
    const settings = SHARED.map((name): SettingView => {
      if (name in this.environment) {
        return { name, value: this.environment[name], origin: 'environment' };
      }
      const value = this.values[name] ?? null;
      const origin = value === null ? 'default' : 'file';
      return { name, value: value ?? (standard(name) || null), origin };
    });
    return Promise.resolve({
      file: '/a/settings.json',
      settings,
      key_origin: null,
      catalogue_place: ''
    });
  }

  changeSettings(changes: Record<string, SettingValue>): Promise<SettingsView> {
    if (this.refusal) {
      return Promise.reject(this.refusal);
    }
    this.patches.push(changes);
    Object.assign(this.values, changes);
    return this.settings();
  }

  presets(): Promise<Preset[]> {
    return Promise.resolve([
      preset('openai', 'https://api.openai.com/v1'),
      preset('azure', null),
      preset('ollama', OLLAMA)
    ]);
  }
}

let file: File;
let shown: Partial<Record<SharedName, SettingValue>>;
let sync: SettingsSync;
const notes = { refused: vi.fn(), unreadable: vi.fn(), overridden: vi.fn(), chosen: vi.fn() };
const copy = {
  standard,
  get: (name: SharedName) => shown[name] ?? standard(name),
  set: vi.fn((name: SharedName, value: SettingValue) => {
    shown = { ...shown, [name]: same(value, standard(name)) ? undefined : value };
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
    file.values = { llm_model: 'small', llm_timeout: 60 };
    shown = { llm_model: 'old', reviewer: 'Ada' };
    await sync.pull();
    expect(shown).toEqual({ llm_model: 'small', llm_timeout: 60 });
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

  it('that say the default leave the file alone, and take an older value out of it', async () => {
    file.values = { llm_timeout: 120, prices: { input: null, output: null } };
    await sync.pull();
    shown = { llm_timeout: 120, prices: {} };
    await sync.push();
    expect(file.patches).toEqual([]);
    shown.llm_timeout = 60;
    await sync.push();
    shown.llm_timeout = 120;
    await sync.push();
    expect(file.patches).toEqual([{ llm_timeout: 60 }, { llm_timeout: null }]);
  });

  it('of several parts are compared part by part, an unset one being left out', async () => {
    file.values = { price_table: { 'a/b': { input: 0.15, output: null } } };
    await sync.pull();
    expect(shown).toEqual({ price_table: { 'a/b': { input: 0.15 } } });
    copy.set.mockClear();
    await sync.pull();
    await sync.push();
    expect([copy.set.mock.calls, file.patches]).toEqual([[], []]);
    const table = { 'a/b': { input: 0.15, output: 0.6 } };
    shown = { price_table: table, prices: { input: 0 } };
    await sync.push();
    expect(file.patches).toEqual([{ price_table: table, prices: { input: 0 } }]);
    expect(copy.set).not.toHaveBeenCalled();
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

describe('an old value that the editor writes along with an edit', () => {
  beforeEach(async () => {
    shown = { llm_base_url: 'http://old/v1' };
    file.values = { llm_base_url: 'http://old/v1' };
    await sync.pull();
    file.values = { llm_base_url: 'http://new/v1' };
    await sync.pull();
  });

  it('does not replace what the file holds meanwhile', async () => {
    for (const model of ['a', 'ab']) {
      shown = { llm_base_url: 'http://old/v1', llm_model: model };
      await sync.push();
      expect(file.patches.pop()).toEqual({ llm_model: model });
      expect(shown.llm_base_url).toBe('http://new/v1');
    }
  });

  it('is stored where it is the only edit, or no longer old', async () => {
    shown.llm_base_url = 'http://old/v1';
    await sync.push();
    expect(file.patches).toEqual([{ llm_base_url: 'http://old/v1' }]);
  });

  it('is an edit again once another one was stored without it', async () => {
    shown.llm_model = 'a';
    await sync.push();
    shown = { llm_base_url: 'http://old/v1', llm_model: 'b' };
    await sync.push();
    expect(file.patches[1]).toEqual({ llm_base_url: 'http://old/v1', llm_model: 'b' });
  });
});

describe('a kind of endpoint that is chosen', () => {
  it('fills in its base URL, clears the API version, and says what it needs', async () => {
    file.values = { llm_base_url: 'http://mine/v1', llm_api_version: '2024-10-21' };
    await sync.pull();
    shown.llm_preset = 'ollama';
    await sync.push();
    const filled = { llm_preset: 'ollama', llm_base_url: OLLAMA };
    expect(file.patches).toEqual([{ ...filled, llm_api_version: null }]);
    expect(shown).toEqual(filled);
    expect(notes.chosen.mock.calls).toEqual([
      ['ollama is chosen. a note. The base URL was http://mine/v1']
    ]);
  });

  it('leaves what was entered with it and after it', async () => {
    await sync.pull();
    shown = { llm_preset: 'ollama', llm_base_url: 'http://mine/v1' };
    await sync.push();
    expect(file.values.llm_base_url).toBe('http://mine/v1');
    shown.llm_base_url = 'http://127.0.0.1:9/v1';
    shown.llm_api_version = '1';
    await sync.push();
    await sync.pull();
    expect(file.patches[1]).toEqual({
      llm_base_url: 'http://127.0.0.1:9/v1',
      llm_api_version: '1'
    });
    expect(shown.llm_base_url).toBe('http://127.0.0.1:9/v1');
  });

  it('leaves what is entered while it is stored', async () => {
    await sync.pull();
    const store = file.changeSettings.bind(file);
    file.changeSettings = changes => {
      shown.llm_base_url = 'http://mine/v1';
      return store(changes);
    };
    shown.llm_preset = 'ollama';
    await sync.push();
    expect(shown.llm_base_url).toBe('http://mine/v1');
    await sync.push();
    expect(file.patches[1]).toEqual({ llm_base_url: 'http://mine/v1' });
  });

  it('takes the URL of the one before away where it has none of its own', async () => {
    file.values = { llm_preset: 'ollama', llm_base_url: OLLAMA };
    await sync.pull();
    shown.llm_preset = 'azure';
    await sync.push();
    expect(shown).toEqual({ llm_preset: 'azure' });
    expect(notes.chosen).toHaveBeenCalledWith(
      'azure is chosen. Enter its base URL, such as https://RESOURCE.example.'
    );
  });

  it('changes no endpoint when it is taken away, when the file changes, or when it is overridden', async () => {
    file.values = { llm_preset: 'ollama', llm_base_url: 'http://mine/v1' };
    await sync.pull();
    delete shown.llm_preset;
    await sync.push();
    expect(file.patches).toEqual([{ llm_preset: null }]);
    file.values.llm_preset = 'openai';
    await sync.pull();
    await sync.push();
    expect(file.patches.length).toBe(1);
    file.environment = { llm_preset: 'azure' };
    await sync.pull();
    shown.llm_preset = 'ollama';
    await sync.push();
    expect(file.patches[1]).toEqual({ llm_preset: 'ollama' });
    expect(notes.chosen).not.toHaveBeenCalled();
  });

  it('is put back where the presets cannot be read', async () => {
    await sync.pull();
    file.presets = () => Promise.reject(new Error('The server does not answer.'));
    shown.llm_preset = 'ollama';
    await sync.push();
    expect([shown, file.patches]).toEqual([{}, []]);
    expect(notes.refused).toHaveBeenCalledWith('The server does not answer.');
  });
});
