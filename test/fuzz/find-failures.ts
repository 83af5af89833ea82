import fc from 'fast-check';
import { arbitraryProgram, type GeneratorOptions } from './generate-arbitrary.js';
import { printProgram } from './generate-print.js';
import type { ProgramTree } from './generate-tree.js';
import { type Failure, judgeProgram, renderFailure } from './judge.js';
import { type Migrate, type MigratedBatch, migrateBatch } from './migrate-programs.js';
import { addBatch, emptySummary, type Summary } from './summary.js';

export interface FuzzOptions {
  readonly runs: number;
  /** The first program's seed; each program has its own, one more than the last. */
  readonly seed: number;
  readonly batchSize: number;
  /** Stops after so many programs with a wrong `safe` change. */
  readonly maxFailures: number;
  readonly generator: GeneratorOptions;
  readonly migrate: Migrate;
}

export interface FuzzResult {
  readonly summary: Summary;
  /** Shrunk and rendered. */
  readonly failures: readonly string[];
  /** Rendered as found: behavior that differs at `review`. */
  readonly reviewFindings: readonly string[];
}

/** Migrates random programs in batches, runs them before and after, and shrinks what went wrong. */
export async function findFailures(options: FuzzOptions): Promise<FuzzResult> {
  const summary = emptySummary();
  const failures: string[] = [];
  const reviewFindings: string[] = [];
  for (
    let start = 0;
    start < options.runs && failures.length < options.maxFailures;
    start += options.batchSize
  ) {
    const seeds = Array.from(
      { length: Math.min(options.batchSize, options.runs - start) },
      (_, i) => options.seed + start + i,
    );
    for (const found of await findInBatch(seeds, options, summary)) {
      if (found.level === 'review') reviewFindings.push(found.text);
      else if (failures.length < options.maxFailures) failures.push(await shrink(found, options));
    }
  }
  return { summary, failures, reviewFindings };
}

interface Found {
  readonly seed: number;
  readonly level: Failure['level'];
  readonly text: string;
}

async function findInBatch(
  seeds: readonly number[],
  options: FuzzOptions,
  summary: Summary,
): Promise<readonly Found[]> {
  const programs = new Map(
    seeds.map((seed) => [folderOf(seed), printProgram(programAt(seed, options.generator))]),
  );
  const batch = tryMigrate(programs, options.migrate);
  if (typeof batch === 'string') {
    const [seed] = seeds;
    if (seeds.length === 1 && seed !== undefined)
      return [{ seed, level: 'safe', text: `seed ${seed}: ${batch}` }];
    const half = Math.ceil(seeds.length / 2);
    return [
      ...(await findInBatch(seeds.slice(0, half), options, summary)),
      ...(await findInBatch(seeds.slice(half), options, summary)),
    ];
  }
  const found: Found[] = [];
  const judgements = [];
  for (const seed of seeds) {
    const judgement = await judgeProgram(batch, folderOf(seed), seed);
    judgements.push(judgement);
    const [failure] = judgement.failures;
    if (failure !== undefined)
      found.push({ seed, level: failure.level, text: renderFound(seed, failure, batch) });
  }
  addBatch(summary, batch.result, judgements);
  return found;
}

/** The smallest program that also fails, as far as a minute finds it. */
async function shrink(found: Found, options: FuzzOptions): Promise<string> {
  const deadline = Date.now() + 60_000;
  let smallest = found.text;
  const isRight = async (tree: ProgramTree) => {
    if (Date.now() > deadline) return true;
    const text = await failureText(tree, found.seed, options);
    if (text !== null) smallest = text;
    return text === null;
  };
  await fc.check(fc.asyncProperty(arbitraryProgram(options.generator), isRight), {
    ...settingsFor(found.seed),
    endOnFailure: false,
  });
  return smallest;
}

async function failureText(tree: ProgramTree, seed: number, options: FuzzOptions): Promise<string | null> {
  const folder = folderOf(seed);
  const batch = tryMigrate(new Map([[folder, printProgram(tree)]]), options.migrate);
  if (typeof batch === 'string')
    return `seed ${seed}: ${batch}\n${[...printProgram(tree)].flat().join('\n')}`;
  const { failures } = await judgeProgram(batch, folder, seed);
  const failure = failures.find(({ level }) => level === 'safe');
  return failure === undefined ? null : renderFound(seed, failure, batch);
}

function renderFound(seed: number, failure: Failure, batch: MigratedBatch): string {
  return `seed ${seed} (FUZZ_SEED=${seed} FUZZ_RUNS=1)\n${renderFailure(failure, batch)}`;
}

/** The migrated batch, or what the tool died of. */
function tryMigrate(
  programs: ReadonlyMap<string, ReadonlyMap<string, string>>,
  migrate: Migrate,
): MigratedBatch | string {
  try {
    return migrateBatch(programs, migrate);
  } catch (error) {
    return `the migration threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/** The program that a seed stands for. */
export function programAt(seed: number, generator: GeneratorOptions): ProgramTree {
  const [program] = fc.sample(arbitraryProgram(generator), settingsFor(seed));
  if (program === undefined) throw new Error(`no program for seed ${seed}`);
  return program;
}

/** `fc.sample` and `fc.check` start with the same program under these; near seeds are spread, or they give alike programs. */
function settingsFor(seed: number): { seed: number; numRuns: number; unbiased: boolean } {
  return { seed: Math.imul(seed + 1, 0x9e3779b1), numRuns: 1, unbiased: true };
}

function folderOf(seed: number): string {
  return `p${String(Math.abs(seed)).padStart(4, '0')}`;
}
