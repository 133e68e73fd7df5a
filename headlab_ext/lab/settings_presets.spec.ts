import { describe, expect, it } from 'vitest';
import type { Preset } from '../contract/records';
import schema from '../schema/plugin.json';
import { hint } from './settings_presets';
import { plain, SHARED } from './settings_values';

const OPENROUTER: Preset = {
  name: 'openrouter',
  title: 'OpenRouter',
  base_url: 'https://openrouter.ai/api/v1',
  pattern: 'https://openrouter.ai/api/v1',
  needs_key: true,
  response_format: 'json_schema',
  note: 'Prices differ by model.'
};

describe('the hint about a kind of endpoint', () => {
  it('names the key where one is needed and none is found', () => {
    const needed = 'OpenRouter is chosen. It needs a key; in a terminal: headlab config set-key.';
    expect(hint(OPENROUTER, null)).toBe(needed);
    expect(hint(OPENROUTER, 'keyring')).toBe('OpenRouter is chosen. Prices differ by model.');
    expect(hint({ ...OPENROUTER, needs_key: false }, null)).toBe(
      'OpenRouter is chosen. Prices differ by model.'
    );
  });

  it('names the form of the URL where there is none, and the URL that is replaced', () => {
    const own = { ...OPENROUTER, base_url: null, pattern: 'https://YOURS.example' };
    expect(hint(own, null, 'http://a/v1')).toBe(
      'OpenRouter is chosen. Enter its base URL, such as https://YOURS.example. The base URL was http://a/v1'
    );
  });
});

describe('the settings that the editor shows', () => {
  it('are those of its schema, in its order', () => {
    expect(Object.keys(schema.properties)).toEqual([...SHARED]);
  });

  it('have unset parts left out', () => {
    const table = { a: { input: 0, output: null }, b: null };
    expect(plain(table)).toEqual({ a: { input: 0 } });
    expect([plain(undefined), plain(''), plain(0)]).toEqual([null, '', 0]);
  });
});
