// How many pairs of each operation file survive two real vocabularies, as a Markdown table.
//
// A pair survives when both words are one token with a space before them, which is how they stand in
// the middle of a text. The vocabularies come with the npm package js-tiktoken; install it in a
// folder of its own and run a copy of this script there, because imports are found beside the script:
//
//     mkdir FOLDER && cp tests/benchmarks/vocabulary_survival.mjs FOLDER
//     npm install --prefix FOLDER js-tiktoken
//     node FOLDER/vocabulary_survival.mjs headlab/relations/data
//
// Other operation files, or folders of them, can be given in the same way.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

import { Tiktoken } from "js-tiktoken/lite";
import cl100k from "js-tiktoken/ranks/cl100k_base";
import gpt2 from "js-tiktoken/ranks/gpt2";

const REQUIRED_PAIRS = 30; // as in headlab/relations/usable.py
const CATEGORIES = ["algorithmic", "knowledge", "linguistic", "translation"];
const VOCABULARIES = { "GPT-2": new Tiktoken(gpt2), cl100k: new Tiktoken(cl100k) };

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(path, name));
}

function readOperation(file) {
  const data = JSON.parse(readFileSync(file, "utf8"));
  const operation = Array.isArray(data) ? { pairs: data } : data;
  return { name: basename(file, ".json"), category: "custom", ...operation };
}

function survivors(pairs, vocabulary) {
  const isOneToken = (word) => vocabulary.encode(` ${word}`, [], []).length === 1;
  return pairs.filter(([source, target]) => isOneToken(source) && isOneToken(target)).length;
}

function rank({ category }) {
  const place = CATEGORIES.indexOf(category);
  return place < 0 ? CATEGORIES.length : place;
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error("usage: node vocabulary_survival.mjs FILE_OR_FOLDER...");
  process.exit(2);
}
const operations = paths.flatMap(filesOf).map(readOperation);
operations.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));

const names = Object.keys(VOCABULARIES);
console.log(`| operation | category | pairs | ${names.join(" | ")} |`);
console.log(`|---|---|--:|${names.map(() => "--:|").join("")}`);
for (const { name, category, pairs } of operations) {
  const counts = Object.values(VOCABULARIES).map((vocabulary) => survivors(pairs, vocabulary));
  const cells = counts.map((count) => (count < REQUIRED_PAIRS ? `**${count}**` : String(count)));
  console.log(`| ${name} | ${category} | ${pairs.length} | ${cells.join(" | ")} |`);
}
console.log(`\nBold: fewer than ${REQUIRED_PAIRS} pairs, so the operation is not applicable.`);
