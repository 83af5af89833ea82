import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type Place, renderExplanation } from '../report/explanation.js';
import { describeProblem } from '../report/problem.js';
import { asyncNamesOf, refuseUnknownNames, withAsyncNames } from './async-names.js';
import { loadConfig } from './config.js';
import { type ExitCode, UsageError } from './exit.js';
import { mergeResults, type ProjectResult } from './merge.js';
import { type MigrateOptions, resolvePolicy } from './options.js';
import type { RunDeps } from './run.js';

/**
 * Plans the project of a file and says of one of its lines why it changes, or why it does not. Writes nothing.
 *
 * @param place `<file>:<line>`, the line counted from one
 * @throws UsageError when the place is none, or lies outside of the current folder
 */
export async function runExplain(deps: RunDeps, place: string, options: MigrateOptions): Promise<ExitCode> {
  const { file, line } = parsePlace(deps.cwd, place);
  const folder = projectFolder(deps.cwd, file);
  const { config } = await loadConfig(deps.cwd, folder, options.config);
  const engine = await deps.loadEngine();
  const request = resolvePolicy(options, config?.options ?? {}, engine.transforms);
  const found = engine.discover([folder], deps.cwd);
  for (const problem of found.problems) deps.streams.stderr.write(`migrate: ${describeProblem(problem)}\n`);
  const named = asyncNamesOf(found.projects, deps.cwd, request.asyncNames);
  const [first, ...others] = found.projects.map(
    (project): ProjectResult => ({
      project,
      result: engine.migrate(project, {
        ...request,
        policy: withAsyncNames(request.policy, named.get(project)),
        onProgress: () => {},
      }),
    }),
  );
  if (first === undefined) return 2;
  refuseUnknownNames([first, ...others]);
  const result = mergeResults([first, ...others], deps.cwd);
  const explained = renderExplanation(result, { file, line });
  deps.streams.stdout.write(
    explained ?? `${file}:${line}  no call that could wait stands here, and no change touches the line\n`,
  );
  return 0;
}

function parsePlace(cwd: string, text: string): Place {
  const match = /^(.+?):([1-9]\d*)(?::\d+)?$/.exec(text);
  if (match?.[1] === undefined)
    throw new UsageError(`name a file and a line, as in src/app.js:42, not ${text}`);
  const path = resolve(cwd, match[1]);
  const file = relative(cwd, path).split(sep).join('/');
  if (file.startsWith('../') || file === '..')
    throw new UsageError(`${match[1]} lies outside of the current folder`);
  if (!existsSync(path) || !statSync(path).isFile()) throw new UsageError(`there is no file ${match[1]}`);
  return { file, line: Number(match[2]) };
}

/** The nearest folder with a package.json, up to the current one, relative to it. */
function projectFolder(cwd: string, file: string): string {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder))
    if (existsSync(join(cwd, folder, 'package.json'))) return folder;
  return '.';
}
