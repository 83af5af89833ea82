import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'dist/cli/main.js');
const temporary: string[] = [];

afterEach(() => {
  for (const folder of temporary.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Every file below a folder with its bytes, as text that shows every byte. */
function tree(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (current: string): void => {
    for (const name of readdirSync(current).sort()) {
      const path = join(current, name);
      if (statSync(path).isDirectory()) visit(path);
      else files.set(relative(folder, path), readFileSync(path, 'latin1'));
    }
  };
  visit(folder);
  return files;
}

function migrated(app: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${app}-`));
  temporary.push(folder);
  cpSync(join(root, 'fixtures/apps', app, 'before'), folder, { recursive: true });
  execFileSync(process.execPath, [cli, '--write', folder], { stdio: 'pipe', cwd: folder });
  return folder;
}

describe('the tool writes what a person wrote by hand', () => {
  for (const app of ['films', 'bookings']) {
    it(app, () => {
      expect(tree(migrated(app))).toEqual(tree(join(root, 'fixtures/apps', app, 'expected')));
    });
  }

  it('at least 90 % of the convertible callbacks of bookings are safe', () => {
    const args = [
      cli,
      '--dry-run',
      '--json',
      '--max-risk',
      'unsafe',
      join(root, 'fixtures/apps/bookings/before'),
    ];
    const report = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 }),
    );
    const outcomes: readonly { kind: string; risk: string }[] = report.outcomes;
    const converted = outcomes.filter((outcome) => outcome.kind === 'converted');
    const safe = converted.filter((outcome) => outcome.risk === 'safe');
    expect(converted.length).toBeGreaterThan(40);
    expect(safe.length / converted.length).toBeGreaterThanOrEqual(0.9);
  });
});
