import fc from 'fast-check';
import type { Policy } from '../../core/model/plan.js';
import { arbitraryProgram } from './generate-arbitrary.js';
import { printProgram } from './generate-print.js';
import type { ProgramTree } from './generate-tree.js';
import { type Failure, judgeProgram, renderFailure } from './judge.js';
import {
  type Level,
  levelsOf,
  type Migrate,
  type Migrated,
  migrateProgram,
  projectOf,
} from './migrate-program.js';
import { shrinkTree } from './shrink.js';
import { addProgram, emptySummary, type Summary } from './summary.js';
import { withoutSemicolons } from './without-semicolons.js';

/** Where random programs come from. */
export interface ProgramSource {
  /** The program that a seed stands for: plain data, every smaller version of which is a program, too. */
  at(seed: number): ProgramData;
  /** Its files by path; `app.js` is the entry. */
  print(tree: ProgramData): ReadonlyMap<string, string>;
}

/** Plain data that a printer knows how to read. */
export type ProgramData = object;

export interface FuzzOptions {
  /** The programs with a driver, transactions and every kind of continuation where nothing is said. */
  readonly source?: ProgramSource;
  readonly runs: number;
  /** The first program's seed; each program has its own, one more than the last. */
  readonly seed: number;
  /** Stops after so many programs that went wrong. */
  readonly maxFailures: number;
  readonly migrate: Migrate;
  /** Seeds of programs that go wrong as somebody knows, with the cause. */
  readonly known?: ReadonlyMap<number, string>;
  /** How long to look for a smaller program that fails, in milliseconds. */
  readonly shrinkFor?: number;
}

export interface FuzzResult {
  readonly summary: Summary;
  /** Shrunk and rendered. */
  readonly failures: readonly string[];
}

/** Migrates random programs at every level, runs them before and after, and shrinks what went wrong. */
export async function findFailures(options: FuzzOptions): Promise<FuzzResult> {
  const summary = emptySummary();
  const failures: string[] = [];
  for (let seed = options.seed; seed < options.seed + options.runs; seed++) {
    const tree = sourceOf(options).at(seed);
    const found = await failureOf(tree, seed, options, { summary });
    const known = options.known?.get(seed);
    if (known !== undefined) {
      if (found === null) failures.push(`seed ${seed} is mended: ${known}`);
      continue;
    }
    if (found === null) continue;
    failures.push(await shrink(found, tree, seed, options));
    if (failures.length >= options.maxFailures) break;
  }
  return { summary, failures };
}

interface Found {
  /** What is alike about failures that are likely to have one cause. */
  readonly kind: string;
  readonly text: string;
  readonly level: Level;
}

/** What is wrong with the migration of a program; null when nothing is. */
async function failureOf(
  tree: ProgramData,
  seed: number,
  options: FuzzOptions,
  { summary, only }: { readonly summary: Summary; readonly only?: Level },
): Promise<Found | null> {
  const variant = variantOf(seed);
  const migrate: Migrate = (project, policy) => options.migrate(project, { ...policy, ...variant });
  const printed = sourceOf(options).print(tree);
  const files = seed % 4 === 2 ? withoutSemicolons(printed) : printed;
  const project = projectOf(files);
  const head = `seed ${seed} (FUZZ_SEED=${seed} FUZZ_RUNS=1)`;
  try {
    const safe = migrateProgram(project, 'safe', migrate);
    for (const level of ['safe', ...levelsOf(safe)] as const) {
      if (only !== undefined && only !== level) continue;
      const migrated: Migrated = level === 'safe' ? safe : migrateProgram(project, level, migrate);
      const judgement = await judgeProgram(migrated, seed);
      addProgram(summary, migrated, judgement);
      const [failure] = judgement.failures;
      if (failure !== undefined)
        return { level, kind: kindOf(failure), text: `${head}\n${renderFailure(failure, migrated)}` };
    }
    return null;
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `${head}\nthe migration threw ${reason}\n${[...files].flat().join('\n')}`;
    return { kind: 'threw', text, level: 'safe' };
  }
}

/** A trace that differs is one kind of failure, and so is each kind of thing that the texts are blamed for. */
function kindOf({ level, schedule, traceBefore, reasons }: Failure): string {
  const [reason = ''] = reasons;
  const throws = schedule.includes('throws') ? ' of what throws' : '';
  return `${level} ${traceBefore === '' ? reason.replaceAll(/\S*[\d'`].*/g, '') : `trace${throws}`}`;
}

const variants: readonly Partial<Policy>[] = [
  {},
  {},
  { exported: 'shim' },
  { express4: 'try' },
  { errorRegion: 'exact' },
];

/** What somebody asks for who migrates the program of a seed. */
function variantOf(seed: number): Partial<Policy> {
  return variants[seed % variants.length] ?? {};
}

/** The smallest program that fails in the same way, as far as it is found in the time there is. */
async function shrink(found: Found, tree: ProgramData, seed: number, options: FuzzOptions): Promise<string> {
  let smallest = found.text;
  const failsAlike = async (smaller: ProgramData): Promise<boolean> => {
    const { level, kind } = found;
    const only = kind === 'threw' ? {} : { only: level };
    const other = await failureOf(smaller, seed, options, { summary: emptySummary(), ...only });
    if (other?.kind !== found.kind) return false;
    smallest = other.text;
    return true;
  };
  await shrinkTree(tree, failsAlike, Date.now() + (options.shrinkFor ?? 60_000));
  return smallest;
}

/** Programs that an arbitrary draws and a printer prints. */
export function programsOf<T extends object>(
  arbitrary: fc.Arbitrary<T>,
  print: (tree: T) => ReadonlyMap<string, string>,
): ProgramSource {
  return {
    at: (seed) => drawn(arbitrary, seed),
    // What is printed was drawn here, or made smaller from that.
    print: (tree) => print(tree as T),
  };
}

function sourceOf({ source }: FuzzOptions): ProgramSource {
  return source ?? programsOf(arbitraryProgram(), printProgram);
}

/** The program with a driver that a seed stands for. */
export function programAt(seed: number): ProgramTree {
  return drawn(arbitraryProgram(), seed);
}

function drawn<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  const [program] = fc.sample(arbitrary, settingsFor(seed));
  if (program === undefined) throw new Error(`no program for seed ${seed}`);
  return program;
}

/** Near seeds are spread, or they give alike programs. */
function settingsFor(seed: number): { seed: number; numRuns: number; unbiased: boolean } {
  return { seed: Math.imul(seed + 1, 0x9e3779b1), numRuns: 1, unbiased: true };
}
