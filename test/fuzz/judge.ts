import { compareRuns, type Difference, type Note } from './compare.js';
import { findSyntaxFaults } from './floating.js';
import { isUnchanged, type MigratedBatch, programIn } from './migrate-programs.js';
import { findSchedules, runProgram } from './run-program.js';
import type { Schedule } from './schedule.js';
import { renderTrace } from './trace.js';

export type Level = 'safe' | 'review';

/** A migrated program that is not what it was. */
export interface Failure {
  readonly folder: string;
  readonly level: Level;
  readonly schedule: string;
  readonly reasons: readonly string[];
  readonly traceBefore: string;
  readonly traceAfter: string;
}

export interface Judgement {
  readonly failures: readonly Failure[];
  readonly notes: readonly Note[];
  readonly isChanged: boolean;
}

/** Runs one program of a batch before and after, under every schedule, at both levels. */
export async function judgeProgram(batch: MigratedBatch, folder: string, seed: number): Promise<Judgement> {
  const safe = await judgeLevel({ batch, folder, seed, level: 'safe' });
  const isSame = isUnchanged(batch.applied, batch.shown, folder);
  const review = isSame ? noFinding : await judgeLevel({ batch, folder, seed, level: 'review' });
  return {
    failures: [...safe.failures, ...review.failures],
    notes: [...safe.notes, ...review.notes],
    isChanged: safe.isChanged || review.isChanged,
  };
}

const noFinding: Judgement = { failures: [], notes: [], isChanged: false };

interface Trial {
  readonly batch: MigratedBatch;
  readonly folder: string;
  readonly seed: number;
  readonly level: Level;
}

async function judgeLevel(trial: Trial): Promise<Judgement> {
  const { batch, folder, seed, level } = trial;
  const after = level === 'safe' ? batch.applied : batch.shown;
  if (isUnchanged(batch.before, after, folder)) return noFinding;
  const faults = syntaxFailures(trial, after);
  const failures: Failure[] = [...faults];
  const notes: Note[] = [];
  const schedules = faults.length > 0 ? [] : await findSchedules(programIn(batch.before, folder), seed);
  for (const schedule of schedules) {
    const before = await runProgram(programIn(batch.before, folder), schedule);
    const migrated = await runProgram(programIn(after, folder), schedule);
    const comparison = compareRuns(before, migrated);
    notes.push(...comparison.notes);
    if (comparison.differences.length === 0) continue;
    failures.push({
      folder,
      level,
      schedule: describeSchedule(schedule),
      reasons: comparison.differences.map(describeDifference),
      traceBefore: renderTrace(before),
      traceAfter: renderTrace(migrated),
    });
  }
  return { failures, notes, isChanged: true };
}

function syntaxFailures({ folder, level }: Trial, after: ReadonlyMap<string, string>): readonly Failure[] {
  const own = new Map([...after].filter(([path]) => isNear(path, folder)));
  const faults = findSyntaxFaults(own).filter(({ file }) => file.startsWith(`${folder}/`));
  if (faults.length === 0) return [];
  const reasons = faults.map(({ file, line, message }) => `${file}:${line} ${message}`);
  return [{ folder, level, schedule: 'none: the text is wrong', reasons, traceBefore: '', traceAfter: '' }];
}

function describeSchedule({ name, seed, mode, parallel }: Schedule): string {
  return `${name} (seed ${seed}, ${mode}${parallel ? ', parallel' : ''})`;
}

function describeDifference({ request, reason }: Difference): string {
  return `${request}: ${reason}`;
}

/** Everything a person needs to see one failure: texts, traces, schedule. */
export function renderFailure(failure: Failure, batch: MigratedBatch): string {
  const after = failure.level === 'safe' ? batch.applied : batch.shown;
  const changed = [...after].filter(
    ([path, text]) => batch.before.get(path) !== text && isNear(path, failure.folder),
  );
  const own = [...batch.before].filter(([path]) => path.startsWith(`${failure.folder}/`));
  return [
    `${failure.level} change of ${failure.folder} under: ${failure.schedule}`,
    ...failure.reasons.map((reason) => `  ${reason}`),
    '──── before',
    ...own.map(renderFile),
    '──── after (changed files)',
    ...changed.map(renderFile),
    '──── trace before',
    failure.traceBefore,
    '──── trace after',
    failure.traceAfter,
  ].join('\n');
}

/** The program's own files and shared ones such as a created wrapper. */
function isNear(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`) || (!/^p\d+\//.test(path) && path.endsWith('.js'));
}

function renderFile([path, text]: readonly [string, string]): string {
  return `// ${path}\n${text}`;
}
