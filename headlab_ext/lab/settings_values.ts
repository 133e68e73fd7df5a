import { JSONExt, type ReadonlyJSONValue } from '@lumino/coreutils';

/** The settings that the lab's editor shows: all there are. A key is never one of them. */
export const SHARED = [
  'llm_preset',
  'llm_base_url',
  'llm_api_version',
  'llm_model',
  'judge_model',
  'llm_temperature',
  'llm_max_tokens',
  'llm_timeout',
  'prices',
  'price_table',
  'catalogue',
  'cache',
  'reviewer'
] as const;
export type SharedName = (typeof SHARED)[number];

export type SettingValue = ReadonlyJSONValue;
export type SettingValues = Map<SharedName, SettingValue>;

export function isShared(name: string): name is SharedName {
  return (SHARED as readonly string[]).includes(name);
}

/** A value as the editor's form writes it: parts that are unset are left out, not null. */
export function plain(value: unknown): SettingValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return (value ?? null) as SettingValue;
  }
  const set = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return Object.fromEntries(set.map(([name, part]) => [name, plain(part)]));
}

export function same(first: SettingValue, second: SettingValue): boolean {
  return JSONExt.deepEqual(first, second);
}
