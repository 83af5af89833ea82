import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hazardCodes } from '../core/model/hazard.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const hazards = join(root, 'docs', 'hazards');

test('every hazard has a page, and every page a hazard', () => {
  const pages = readdirSync(hazards).filter((page) => page !== 'README.md');
  expect(pages.sort()).toEqual(hazardCodes.map((code) => `${code}.md`).sort());
});

test.each(hazardCodes)('the page of %s has its parts', (code) => {
  const page = readFileSync(join(hazards, `${code}.md`), 'utf8');
  const [title, summary] = page.split('\n\n');
  expect(title).toBe(`# ${code}`);
  expect(summary).toMatch(/^[^\n]+\.$/);
  expect(page).toMatch(/\n```(js|ts)\n[\s\S]+?\n```\n/);
  expect(page).toMatch(/\n## What the tool does\n\n\S[\s\S]+\n## What unblocks it\n\n\S/);
});

test('links between the pages of the repository lead somewhere', () => {
  for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/hazards/README.md']) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(() => readFileSync(join(root, dirname(page), target)), `${page} → ${target}`).not.toThrow();
    }
  }
});

test('generated tables are up to date', () => {
  const check = () =>
    execFileSync(process.execPath, [join(root, 'scripts', 'generate-docs.mjs'), '--check'], {
      stdio: 'pipe',
    });
  expect(check).not.toThrow();
});
