// Runs the built tool on pinned packages of other authors.
//
//   npm run corpus                     measure all, print the tables, exit 1 when something that must be 0 is not
//   npm run corpus -- --only kue,pm2   these packages only
//   npm run corpus -- --write          also write bench/CORPUS.md
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, type Row } from './corpus/measure.js';
import { type Corpus, cacheFolder, unpack } from './corpus/packages.js';
import { findFailures, renderBlocked, renderPage, renderTable } from './corpus/table.js';

const bench = dirname(fileURLToPath(import.meta.url));
const root = dirname(bench);
const main = join(root, 'dist', 'cli', 'main.js');

const { values } = parseArgs({
  options: { only: { type: 'string' }, write: { type: 'boolean' }, fetch: { type: 'boolean' } },
});
const corpus = JSON.parse(readFileSync(join(bench, 'corpus.json'), 'utf8')) as Corpus;
const only = values.only?.split(',');
const chosen = corpus.packages.filter((entry) => only === undefined || only.includes(entry.name));
const unknown = only?.filter((name) => !corpus.packages.some((entry) => entry.name === name)) ?? [];
if (unknown.length > 0) fail(`not in the corpus: ${unknown.join(', ')}`);
if (values.write && only !== undefined) fail('--write needs the whole corpus, without --only');
if (!values.fetch && !existsSync(main)) fail('the tool is not built: npm run build');

const rows: Row[] = [];
for (const entry of chosen) {
  const folder = await unpack(entry, cacheFolder(process.env));
  console.error(`${entry.name}@${entry.version}${values.fetch ? ` ${folder}` : ''}`);
  if (!values.fetch) rows.push(await measure(entry, folder, main));
}
if (values.fetch) process.exit(0);

console.log(renderTable(rows));
console.log(renderBlocked(rows));
const failures = findFailures(rows);
for (const failure of failures) console.error(failure);
if (values.write) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  writeFileSync(join(bench, 'CORPUS.md'), renderPage(rows, corpus.packages, version));
}
process.exitCode = failures.length > 0 ? 1 : 0;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
