// Writes the tables between the markers of the pages; with --check it only compares, and exits 1 when one is old.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const jiti = createJiti(import.meta.url);
const { transforms } = await jiti.import('../transforms/index.ts');
const { hazardCodes } = await jiti.import('../core/model/hazard.ts');

const tables = [
  { page: 'README.md', marker: 'transforms', text: renderTransforms() },
  { page: 'docs/hazards/README.md', marker: 'hazards', text: renderHazards() },
];

const isCheck = process.argv.includes('--check');
for (const { page, marker, text } of tables) {
  const path = join(root, page);
  const old = readFileSync(path, 'utf8');
  const updated = replaceBetween(old, marker, text, page);
  if (updated === old) continue;
  if (isCheck) {
    console.error(`${page}: the table of ${marker} is old; node scripts/generate-docs.mjs writes it`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, updated);
  }
}

function renderTransforms() {
  const rows = transforms.map(({ id, kind, summary }) => [`[\`${id}\`](transforms/${id}.md)`, kind, summary]);
  return renderTable(['transform', 'kind', 'what it does'], rows);
}

function renderHazards() {
  const rows = hazardCodes.map((code) => [`[${code}](${code}.md)`, readSummary(code)]);
  return renderTable(['code', 'what it is about'], rows);
}

/** Columns are padded as the formatter does it, so that formatting changes nothing. */
function renderTable(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [head, rule, ...rows].map(line).join('\n');
}

/** The first paragraph of a page. */
function readSummary(code) {
  const path = join(root, 'docs', 'hazards', `${code}.md`);
  if (!existsSync(path)) throw new Error(`docs/hazards/${code}.md is missing`);
  const [, summary = ''] = readFileSync(path, 'utf8').split('\n\n');
  return summary.trim().replaceAll('|', '\\|');
}

function replaceBetween(text, marker, table, page) {
  const [start, end] = [`<!-- ${marker}: generated -->`, `<!-- ${marker}: end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${page} has no markers for ${marker}`);
  return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
}
