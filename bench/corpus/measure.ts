import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from 'tinyexec';
import { globSync } from 'tinyglobby';
import type { Risk } from '../../core/model/hazard.js';
import type { Outcome } from '../../core/model/plan.js';
import type { Report } from '../../core/model/report.js';
import type { CorpusPackage } from './packages.js';
import { readSyntax } from './syntax.js';
import { runTool } from './tool.js';

/** Everything the tables say about one package. */
export interface Row {
  readonly name: string;
  readonly files: number;
  readonly lines: number;
  readonly counts: OutcomeCounts;
  /** Changed files that no longer parse, each by path. */
  readonly unparsable: readonly string[];
  readonly crashes: readonly string[];
  /** Edits that a run on the result of a run would make. */
  readonly secondRunEdits: number;
  readonly changedLines: number;
  /** Without lines where only the indentation changed. */
  readonly rewrittenLines: number;
  readonly addedAwaits: number;
  readonly seconds: number;
  readonly megabytes: number | null;
}

export interface OutcomeCounts {
  readonly seeds: number;
  readonly converted: Readonly<Record<Exclude<Risk, 'blocked'>, number>>;
  readonly blocked: number;
  /** Blocked seeds by the first hazard that blocks them. */
  readonly blockedBy: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly failed: number;
}

/**
 * Measures one package: a dry run with the defaults, then everything that can convert is written into a copy, parsed
 * by an independent parser, and migrated a second time.
 */
export async function measure(entry: CorpusPackage, folder: string, main: string): Promise<Row> {
  const work = mkdtempSync(join(tmpdir(), 'corpus-'));
  try {
    const [before, after] = [join(work, 'before'), join(work, 'after')];
    cpSync(folder, before, { recursive: true });
    cpSync(folder, after, { recursive: true });
    const dryRun = await runTool(main, ['--dry-run', before], work);
    const written = await runTool(main, ['--write', '--max-risk', 'unsafe', after], work);
    const second = await runTool(main, ['--dry-run', '--max-risk', 'unsafe', after], work);
    const syntax = compareSyntax(before, after);
    return {
      name: `${entry.name}@${entry.version}`,
      files: dryRun.report?.filesRead ?? 0,
      lines: countLines(before),
      counts: countOutcomes(dryRun.report?.outcomes ?? []),
      ...syntax,
      crashes: [dryRun, written, second].flatMap((run) => (run.crash === null ? [] : [run.crash])),
      secondRunEdits: second.report === null ? 0 : countEdits(second.report),
      changedLines: countChanged(await diffStat(work, [])),
      rewrittenLines: countChanged(await diffStat(work, ['--ignore-all-space'])),
      seconds: dryRun.seconds,
      megabytes: dryRun.megabytes,
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export function countOutcomes(outcomes: readonly Outcome[]): OutcomeCounts {
  const converted = { safe: 0, review: 0, unsafe: 0 };
  const blockedBy: Record<string, number> = {};
  const ends = { blocked: 0, skipped: 0, failed: 0 };
  for (const outcome of outcomes) {
    if (outcome.kind === 'converted') {
      if (outcome.risk !== 'blocked') converted[outcome.risk]++;
      continue;
    }
    ends[outcome.kind]++;
    if (outcome.kind === 'blocked') {
      const code = outcome.hazards.find((hazard) => hazard.effect === 'blocks')?.code ?? 'no code';
      blockedBy[code] = (blockedBy[code] ?? 0) + 1;
    }
  }
  return { seeds: outcomes.length, converted, blockedBy, ...ends };
}

export function countEdits(report: Report): number {
  return report.files.reduce((sum, file) => sum + (file.kind === 'edit' ? file.edits.length : 1), 0);
}

/** Added and removed lines of source files, from the output of `git diff --numstat`. */
export function countChanged(numstat: string): number {
  let sum = 0;
  for (const line of numstat.split('\n')) {
    const [added, removed, file] = line.split('\t');
    if (file !== undefined && isSource(file.replace(/\}$/, '')))
      sum += (Number(added) || 0) + (Number(removed) || 0);
  }
  return sum;
}

async function diffStat(work: string, flags: readonly string[]): Promise<string> {
  const args = ['diff', '--no-index', '--numstat', '--no-renames', ...flags, 'before', 'after'];
  const result = await exec('git', args, { nodeOptions: { cwd: work } });
  return result.stdout;
}

function compareSyntax(before: string, after: string): { unparsable: string[]; addedAwaits: number } {
  const unparsable: string[] = [];
  let addedAwaits = 0;
  for (const file of listSources(after)) {
    const old = existsSync(join(before, file)) ? readFileSync(join(before, file), 'utf8') : '';
    const text = readFileSync(join(after, file), 'utf8');
    if (text === old) continue;
    const [was, is] = [readSyntax(file, old), readSyntax(file, text)];
    if (is.kind === 'unparsable') {
      if (was.kind === 'parsed') unparsable.push(file);
      continue;
    }
    addedAwaits += is.awaits - (was.kind === 'parsed' ? was.awaits : 0);
  }
  return { unparsable, addedAwaits };
}

function countLines(folder: string): number {
  return listSources(folder).reduce(
    (sum, file) => sum + readFileSync(join(folder, file), 'utf8').split('\n').length,
    0,
  );
}

function listSources(folder: string): string[] {
  return globSync('**/*.{js,jsx,cjs,mjs,ts,tsx,cts,mts}', { cwd: folder, ignore: ['**/node_modules/**'] })
    .filter(isSource)
    .sort();
}

function isSource(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file) && !/\.d\.[cm]?ts$|\.min\.js$/.test(file);
}
