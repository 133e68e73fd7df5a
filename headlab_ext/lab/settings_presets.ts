import type { Preset, SettingsView } from '../contract/records';
import type { SettingValue, SharedName } from './settings_values';

/** What a kind of endpoint sets besides its own name; null takes a setting back to its default. */
export function filledBy(preset: Preset): [SharedName, SettingValue][] {
  return [
    ['llm_base_url', preset.base_url],
    ['llm_api_version', null]
  ];
}

/** What to know once a kind of endpoint is chosen; `left` is the base URL that it replaced. */
export function hint(preset: Preset, key: SettingsView['key_origin'], left = ''): string {
  let next = preset.note;
  if (preset.base_url === null) {
    next = `Enter its base URL, such as ${preset.pattern}.`;
  } else if (preset.needs_key && !key) {
    next = 'It needs a key; in a terminal: headlab config set-key.';
  }
  return `${preset.title} is chosen. ${next}${left && ` The base URL was ${left}`}`;
}
