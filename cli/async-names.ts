import { relative, resolve, sep } from 'node:path';
import type { AsyncName, Policy } from '../core/model/plan.js';
import type { ProjectInput } from '../core/model/project.js';
import { UsageError } from './exit.js';
import type { ProjectResult } from './merge.js';

/**
 * What each project is asked by `--async`: a file belongs to one project, a package to all of them.
 *
 * @param names `file#function`, from the current folder, or `package#function`
 * @throws UsageError for a name in another form, and for a file that is not migrated
 */
export function asyncNamesOf(
  projects: readonly ProjectInput[],
  cwd: string,
  names: readonly string[],
): ReadonlyMap<ProjectInput, readonly AsyncName[]> {
  const found = new Map<ProjectInput, AsyncName[]>(projects.map((project) => [project, []]));
  for (const text of names) {
    const [, module, name] = /^([^#]+)#([^#]+)$/.exec(text) ?? [];
    if (module === undefined || name === undefined)
      throw new UsageError(`--async wants file#function or package#function, not "${text}"`);
    const isSource = projects.some((project) => project.sources.has(pathIn(project, cwd, module)));
    if (!isSource && !isFile(module)) {
      for (const list of found.values()) list.push({ kind: 'package', module, name });
      continue;
    }
    const owner = projects.find((project) => project.sources.has(pathIn(project, cwd, module)));
    if (owner === undefined)
      throw new UsageError(`--async ${text}: there is no ${module} among the files to migrate`);
    found.get(owner)?.push({ kind: 'file', file: pathIn(owner, cwd, module), name });
  }
  return found;
}

/** The policy of one project. */
export function withAsyncNames(policy: Policy, names: readonly AsyncName[] | undefined): Policy {
  return names === undefined || names.length === 0 ? policy : { ...policy, async: names };
}

/**
 * Stops where a name leads to no function in any project.
 *
 * @throws UsageError with the first of them
 */
export function refuseUnknownNames(results: readonly ProjectResult[]): void {
  const unknown = results.map(({ result }) =>
    result.report.problems.filter(({ kind, message }) => kind === 'config' && message.startsWith('--async ')),
  );
  const everywhere = unknown
    .flat()
    .find(
      ({ message }) =>
        !message.includes('nothing is seen to call it') ||
        unknown.every((problems) => problems.some((problem) => problem.message === message)),
    );
  if (everywhere !== undefined) throw new UsageError(everywhere.message);
}

function isFile(module: string): boolean {
  return /^\.|\.[cm]?[jt]sx?$/.test(module);
}

function pathIn({ root }: ProjectInput, cwd: string, file: string): string {
  const path = root === null ? file : relative(root, resolve(cwd, file));
  return path.split(sep).join('/').replace(/^\.\//, '');
}
