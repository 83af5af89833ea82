import { type Comparison, compareRuns, type Difference, type Note, show } from './compare.js';
import { assumptionsOf, compareAssumed } from './compare-assumed.js';
import { findSyntaxFaults } from './floating.js';
import { isUnchanged, type Level, type Migrated, programOf, reviewedHazards } from './migrate-program.js';
import { findSchedules, type ProgramFiles, runProgram } from './run-program.js';
import type { Schedule } from './schedule.js';
import { type Effect, type RunTrace, renderTrace } from './trace.js';

/** A migrated program that is not what it was. */
export interface Failure {
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

/** Reads a migrated program, then runs it before and after under every schedule. */
export async function judgeProgram(migrated: Migrated, seed: number): Promise<Judgement> {
  const reasons = [...toolFaults(migrated), ...textFaults(migrated)];
  if (reasons.length > 0)
    return { failures: [withoutTraces(migrated.level, reasons)], notes: [], isChanged: true };
  if (isUnchanged(migrated)) return { failures: [], notes: [], isChanged: false };
  const failures: Failure[] = [];
  const notes: Note[] = [];
  for (const schedule of await findSchedules(programOf(migrated.before), seed)) {
    const trial = await runTrial(migrated, schedule);
    notes.push(...trial.comparison.notes);
    if (trial.comparison.differences.length === 0) continue;
    failures.push({
      level: migrated.level,
      schedule: describeSchedule(schedule),
      reasons: trial.comparison.differences.map(describeDifference),
      traceBefore: renderTrace(trial.before),
      traceAfter: renderTrace(trial.after),
    });
  }
  return { failures, notes, isChanged: true };
}

/** What the tool itself says is wrong with its result. */
function toolFaults({ result }: Migrated): readonly string[] {
  const { report } = result;
  const messages = report.outcomes.flatMap(({ hazards }) =>
    hazards.flatMap(({ code, message }) => (code === 'H-TYPE-ERROR' ? [message] : [])),
  );
  const again = report.checks.secondRunEdits;
  return [
    ...new Set(messages),
    ...(again === 0 ? [] : [`a second run would make ${again} more edits`]),
    ...report.problems.map((problem) => `problem: ${JSON.stringify(problem)}`),
  ];
}

/** What a second reader of the text finds that was not there before. */
function textFaults({ before, after }: Migrated): readonly string[] {
  const known = new Set(findSyntaxFaults(before).map(({ file, message }) => `${file} ${message}`));
  return findSyntaxFaults(after)
    .filter(({ file, message }) => !known.has(`${file} ${message}`))
    .map(({ file, line, message }) => `${file}:${line} ${message}`);
}

function withoutTraces(level: Level, reasons: readonly string[]): Failure {
  return { level, schedule: 'none: nothing ran', reasons, traceBefore: '', traceAfter: '' };
}

interface Trial {
  readonly before: RunTrace;
  readonly after: RunTrace;
  readonly comparison: Comparison;
}

async function runTrial(migrated: Migrated, given: Schedule): Promise<Trial> {
  const old = programOf(migrated.before);
  const agreed = migrated.level === 'safe' ? new Set<never>() : assumptionsOf(reviewedHazards(migrated));
  const schedule = agreed.has('absent') ? { ...given, absentAlike: true } : given;
  const before = await runProgram(old, schedule);
  const after = await runProgram(programOf(migrated.after), schedule);
  const compare = (a: RunTrace, b: RunTrace): Comparison =>
    agreed.size === 0 ? compareRuns(a, b) : compareAssumed(a, b, agreed);
  const comparison = compare(before, after);
  if (comparison.differences.length === 0) return { before, after, comparison };
  const notes = [...comparison.notes];
  const isLate = migrated.level === 'safe' && notesEarlyError(migrated);
  const differences: Difference[] = [];
  for (const difference of comparison.differences) {
    const isAnswered = await explains(old, after, { schedule, difference, before, compare });
    if (isAnswered) notes.push({ request: difference.request, kind: 'throw-answered' });
    else if (isLate && agreesWhenLate(before, after, difference))
      notes.push({ request: difference.request, kind: 'early-error' });
    else differences.push(difference);
  }
  return { before, after, comparison: { differences, notes } };
}

/** A function that answers both ways calls back in a later turn, also with an error that it was called back with at once. */
function notesEarlyError({ result }: Migrated): boolean {
  return result.report.groups.some(
    ({ hazards, risk }) =>
      risk === 'safe' && hazards.some(({ code, effect }) => code === 'H-SYNC-CB' && effect === 'note'),
  );
}

function agreesWhenLate(before: RunTrace, after: RunTrace, { request }: Difference): boolean {
  const isError = ({ kind, text }: Effect): boolean => kind === 'next' && text !== '';
  const hasError = before.requests.some((own) => own.request === request && own.effects.some(isError));
  const { differences } = compareAssumed(before, after, new Set(['order']));
  return hasError && differences.every((other) => other.request !== request);
}

interface Unexplained {
  readonly schedule: Schedule;
  readonly difference: Difference;
  readonly before: RunTrace;
  readonly compare: (before: RunTrace, after: RunTrace) => Comparison;
}

/** The request does what it did before, if calls that threw answer with their error instead. */
async function explains(
  old: ProgramFiles,
  after: RunTrace,
  { schedule, difference, before, compare }: Unexplained,
): Promise<boolean> {
  const agrees = (a: RunTrace, b: RunTrace): boolean =>
    compare(a, b).differences.every(({ request }) => request !== difference.request);
  if (agrees(withoutAnswersBehindThrow(before), withoutAnswersBehindThrow(after))) return true;
  const all = [...before.requests, ...after.requests];
  const own = all.filter(({ request }) => request === difference.request);
  // What a request in front of it left behind may be what it meets.
  for (const answered of subsets([...new Set([...own, ...all].flatMap(({ throwing }) => throwing))])) {
    for (const answers of ['later', 'soon', 'at-once'] as const) {
      const other = await runProgram(old, { ...schedule, answered, answers });
      const [expected, actual] = [withoutThrows(other), withoutThrows(after)];
      if (agrees(expected, actual) || agrees(byInstant(expected), byInstant(actual))) return true;
      const name = difference.request;
      for (const shorter of withoutRestOfTurn(expected, name, answered))
        if (agrees(byInstant(shorter), byInstant(actual))) return true;
    }
  }
  return false;
}

/**
 * What was thrown is an answer; a library that went on behind it answered once more, and a promise does not. Everybody
 * knows that the request is answered already.
 */
function withoutAnswersBehindThrow(trace: RunTrace): RunTrace {
  return {
    ...trace,
    requests: trace.requests.map((request) => {
      const thrown = request.effects.findIndex(
        ({ kind, isBlocking, isFailed }) => kind === 'threw' || (isBlocking === true && isFailed === true),
      );
      const isAnswer = ({ kind }: Effect): boolean => kind === 'next' || kind === 'respond';
      const first = request.effects.findIndex((effect, index) => index > thrown && effect.kind === 'respond');
      if (thrown === -1 || first === -1) return request;
      const effects = request.effects.filter((effect, index) => index <= first || !isAnswer(effect));
      return { ...request, effects };
    }),
  };
}

/**
 * A call that answers at once is followed by what stands behind it, one that throws is not: runs without the first, the
 * first two, … things that happened in the same instant behind an answered call.
 */
function withoutRestOfTurn(trace: RunTrace, name: string, answered: readonly string[]): readonly RunTrace[] {
  const own = trace.requests.find(({ request }) => request === name);
  if (own === undefined) return [];
  return own.effects.flatMap((call, index) => {
    if (!answered.some((key) => call.isFailed === true && call.key === key)) return [];
    const next = own.effects.findIndex((effect, other) => other > index && effect.time !== call.time);
    const length = (next === -1 ? own.effects.length : next) - index - 1;
    return Array.from({ length: Math.min(length, 6) }, (_, count) => ({
      ...trace,
      requests: trace.requests.map((request) =>
        request === own ? { ...own, effects: own.effects.toSpliced(index + 1, count + 1) } : request,
      ),
    }));
  });
}

/**
 * The calls that may answer with the error that they threw: a caller that awaits cannot tell (hazard 25). All subsets,
 * since each call converts or stays on its own.
 */
function subsets(keys: readonly string[]): readonly (readonly string[])[] {
  const few = keys.slice(0, 6);
  return Array.from({ length: 2 ** few.length - 1 }, (_, bits) =>
    few.filter((_key, index) => ((bits + 1) >> index) % 2 === 1),
  );
}

/** A call that answers at once instead of throwing: what happens in the same instant has no order. */
function byInstant(trace: RunTrace): RunTrace {
  const compareEffects = (a: Effect, b: Effect): number =>
    (a.time ?? 0) - (b.time ?? 0) || (show(a) < show(b) ? -1 : 1);
  return {
    ...trace,
    requests: trace.requests.map((request) => ({
      ...request,
      effects: [...request.effects].sort(compareEffects),
    })),
  };
}

/** A call that threw was never under way: how many were is not to be compared. */
function withoutThrows(trace: RunTrace): RunTrace {
  const isKept = ({ kind }: Effect): boolean => kind !== 'threw';
  return {
    ...trace,
    requests: trace.requests.map((request) => ({
      ...request,
      effects: request.effects.filter(isKept),
      maxConcurrency: 0,
    })),
  };
}

function describeSchedule({ name, seed, mode, parallel }: Schedule): string {
  return `${name} (seed ${seed}, ${mode}${parallel ? ', parallel' : ''})`;
}

function describeDifference({ request, reason }: Difference): string {
  return `${request}: ${reason}`;
}

/** Everything a person needs to see one failure: texts, traces, schedule. */
export function renderFailure(failure: Failure, { before, after, result }: Migrated): string {
  const changed = [...after].filter(([path, text]) => before.get(path) !== text);
  const codes = result.report.groups.flatMap(({ id, risk, hazards }) =>
    risk === 'safe'
      ? []
      : [`${id} ${risk}: ${hazards.map(({ code, message }) => `${code} ${message}`).join('; ')}`],
  );
  return [
    `${failure.level} change under: ${failure.schedule}`,
    ...failure.reasons.map((reason) => `  ${reason}`),
    ...(failure.level === 'safe' ? [] : codes),
    '──── before',
    ...[...before].map(renderFile),
    '──── after (changed files)',
    ...changed.map(renderFile),
    '──── trace before',
    failure.traceBefore,
    '──── trace after',
    failure.traceAfter,
  ].join('\n');
}

function renderFile([path, text]: readonly [string, string]): string {
  return `// ${path}\n${text}`;
}
