// Types from the Python records. `node headlab_ext/contract/generate.mjs PYTHON [FILE]`
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { compile } from 'json-schema-to-typescript';

const [python, file = 'headlab_ext/contract/records.ts'] = process.argv.slice(2);
const { schema, lists } = JSON.parse(
  execFileSync(python, ['-m', 'headlab.records.contract'], { maxBuffer: 2 ** 24 })
);

/** Titles would name a type after every field, and sentences are for the Python side. */
function plain(node) {
  if (Array.isArray(node)) {
    return node.map(plain);
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  const kept = Object.entries(node).filter(
    ([key, value]) =>
      !(key === 'title' && typeof value === 'string') &&
      !(key === 'minItems' || key === 'maxItems' || key === 'default')
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, plain(value)]));
}

const definitions = plain(schema.$defs);
const types = await compile(
  { $defs: definitions, type: 'object', additionalProperties: false },
  'Contract',
  {
    additionalProperties: false,
    bannerComment: '// Generated from the Python records by `make contract`. Do not edit.',
    unreachableDefinitions: true,
    format: false
  }
);
const constants = Object.entries(lists)
  .map(([name, values]) => `export const ${name} = ${JSON.stringify(values)} as const;`)
  .join('\n');
const style = { parser: 'typescript', ...JSON.parse(readFileSync('.prettierrc', 'utf8')) };
const text = (await format(types + '\n' + constants, style))
  .replace(/( \*\n)? \* This interface was referenced by .*\n( \* .*\n)+? \*\//g, ' */')
  .replace(/\/\*\*\n \*\/\n/g, '')
  .replace(/\n*export interface Contract \{\}\n/, '\n');
writeFileSync(file, text);
