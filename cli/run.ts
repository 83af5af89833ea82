import type { MigrationResult, Problem } from '../core/model/report.js';
import { escapeControls } from '../report/escape.js';
import { describeProblem } from '../report/problem.js';
import { plural } from '../report/summary.js';
import { applyWrites, collectWrites, type ProjectWrites, refuseDirty } from './apply.js';
import { asyncNamesOf, refuseUnknownNames, withAsyncNames } from './async-names.js';
import { loadConfig } from './config.js';
import { confirm } from './confirm.js';
import type { Engine } from './engine.js';
import { type ExitCode, isTrouble } from './exit.js';
import { mergeResults, type ProjectResult } from './merge.js';
import { type MigrateOptions, resolvePolicy } from './options.js';
import { planOutput, renderAs, writeOutputs } from './output.js';
import { createProgress } from './progress.js';
import { canAsk, type Environment, type Streams, useColor } from './streams.js';

/** What a run gets from outside. */
export interface RunDeps {
  readonly streams: Streams;
  readonly env: Environment;
  /** Absolute, without symbolic links. */
  readonly cwd: string;
  readonly version: string;
  readonly loadEngine: () => Promise<Engine>;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
}

/**
 * Migrates the projects that hold the paths: plans, shows, and writes where that was asked for.
 *
 * @throws UsageError for the user's mistake, Interrupted when stopped; nothing is half-written then
 */
export async function runMigrate(
  deps: RunDeps,
  paths: readonly string[],
  options: MigrateOptions,
): Promise<ExitCode> {
  const started = deps.now();
  const output = planOutput(options);
  const { config, note } = await loadConfig(deps.cwd, paths[0] ?? '.', options.config);
  if (note !== null) tell(deps, note);
  const engine = await deps.loadEngine();
  const request = resolvePolicy(options, config?.options ?? {}, engine.transforms);

  const found = engine.discover(paths, deps.cwd);
  if (options.verbose === true) for (const { message } of found.notes) tell(deps, message);
  const [first, ...others] = migrateAll(deps, engine, found.projects, {
    ...request,
    isQuiet: options.quiet === true,
  });
  if (first === undefined) return refuseNothing(deps, found.problems);
  const results: [ProjectResult, ...ProjectResult[]] = [first, ...others];
  refuseUnknownNames(results);
  const result = addProblems(mergeResults(results, deps.cwd), found.problems);

  await writeOutputs(output.files, result, deps.cwd);
  if (output.stdout !== null) {
    const detail = options.quiet === true ? 'quiet' : options.verbose === true ? 'verbose' : 'normal';
    const color = useColor(deps.streams.stdout, deps.env, options.color);
    const columns = deps.streams.stdout.columns ?? 100;
    const seconds = (deps.now() - started) / 1000;
    deps.streams.stdout.write(renderAs(output.stdout, result, { color, columns, detail, seconds }));
  }
  const isSeen = output.stdout === 'terminal' && options.quiet !== true && deps.streams.stdout.isTTY === true;
  if (!isSeen) for (const problem of result.report.problems) tell(deps, describeProblem(problem));

  if (result.report.checks.unparsable > 0)
    throw new Error('a result that does not parse was about to be applied');
  const writes = collectWrites(results);
  await finish(deps, engine, writes, { ...options, json: output.stdout !== 'terminal' });
  if (result.report.problems.some(isTrouble)) return 2;
  return options.check === true && writes.length > 0 ? 1 : 0;
}

interface MigrateAllRequest extends ReturnType<typeof resolvePolicy> {
  readonly isQuiet: boolean;
}

function migrateAll(
  deps: RunDeps,
  engine: Engine,
  projects: Awaited<ReturnType<Engine['discover']>>['projects'],
  request: MigrateAllRequest,
): ProjectResult[] {
  const { stderr } = deps.streams;
  const progress = createProgress(request.isQuiet ? { write: () => {} } : stderr, deps.now);
  try {
    const named = asyncNamesOf(projects, deps.cwd, request.asyncNames);
    return projects.map((project) => ({
      project,
      result: engine.migrate(project, {
        ...request,
        policy: withAsyncNames(request.policy, named.get(project)),
        onProgress: progress.show,
      }),
    }));
  } finally {
    progress.clear();
  }
}

/** Without a project there is nothing to report on: the reasons go to stderr. */
function refuseNothing(deps: RunDeps, problems: readonly Problem[]): ExitCode {
  for (const problem of problems) tell(deps, describeProblem(problem));
  if (problems.length === 0)
    tell(deps, 'no source files were found: name a folder with JavaScript or TypeScript');
  return 2;
}

/** Trouble with the input stands before what the migration met. */
function addProblems(result: MigrationResult, problems: readonly Problem[]): MigrationResult {
  return { ...result, report: { ...result.report, problems: [...problems, ...result.report.problems] } };
}

/** Writes, asks, or says that nothing was written. */
async function finish(
  deps: RunDeps,
  engine: Engine,
  writes: readonly ProjectWrites[],
  options: MigrateOptions,
): Promise<void> {
  const files = plural(
    writes.reduce((count, { changes }) => count + changes.length, 0),
    'file',
  );
  const isAsking = options.write !== true && options.json !== true && canAsk(deps.streams, deps.env);
  if (options.dryRun === true || options.check === true || (options.write !== true && !isAsking)) {
    if (options.quiet !== true) tell(deps, unwritten(options, writes.length > 0 ? files : null));
    return;
  }
  if (writes.length === 0) {
    tell(deps, 'nothing to write');
    return;
  }
  if (options.allowDirty !== true) await refuseDirty(engine, writes, deps.cwd);
  if (isAsking && !(await confirm(`Write ${files}?`, deps.streams))) {
    tell(deps, 'nothing was written');
    return;
  }
  await applyWrites(engine, writes);
  tell(deps, `${files} written`);
}

function unwritten(options: MigrateOptions, files: string | null): string {
  if (files === null) return 'nothing was written: there is no change to apply';
  if (options.check === true) return `changes are pending in ${files}`;
  return options.dryRun === true
    ? 'dry run: nothing was written'
    : 'nothing was written: give --write to apply the changes';
}

function tell({ streams }: RunDeps, message: string): void {
  streams.stderr.write(`migrate: ${escapeControls(message)}\n`);
}
