import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ProjectInput } from '../model/project.js';
import type { Problem } from '../model/report.js';
import { gitRoot, isInForeignFolder, listFiles } from './discover/list.js';
import { type DiscoverNote, isSourceName, type LoadedProject, loadProject } from './discover/load.js';
import { isDeclarationFile } from './discover/manifests.js';
import { findRoot, isInside, relativePath } from './discover/roots.js';

export type { DiscoverNote } from './discover/load.js';

export interface DiscoverOptions {
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  /** Larger files are left out, with a note; one million bytes unless told. */
  readonly maxBytes?: number;
}

export interface DiscoverResult {
  /** Sorted by root; `root` is always an absolute path without symbolic links. */
  readonly projects: readonly ProjectInput[];
  readonly problems: readonly Problem[];
  readonly notes: readonly DiscoverNote[];
}

/**
 * From what the user names to the projects it belongs to. Every source file of a project is read, since the call graph
 * needs them all; only written source files below the user's paths are `editable`. Declaration files are context: they
 * stand among the manifests. Trouble with one path or file is a problem and never keeps the others from being read.
 *
 * @param paths files or folders, absolute or relative to `options.cwd`
 */
export function discoverProjects(paths: readonly string[], options: DiscoverOptions): DiscoverResult {
  const problems: Problem[] = [];
  const targets = paths.flatMap((path) => findTarget(path, options.cwd, problems));
  const loaded = outermost(targets.flatMap(rootsOf)).map((root) => {
    const inRoot = targets.filter((target) => isInside(target.path, root) || isInside(root, target.path));
    const isSelected = (path: string) => inRoot.some((target) => isInside(resolve(root, path), target.path));
    return { root, ...loadProject(root, isSelected, options.maxBytes ?? 1_000_000) };
  });
  for (const target of targets) {
    const message = emptyMessage(target, loaded);
    if (message !== null) problems.push({ kind: 'input', message });
  }
  return {
    projects: loaded.filter(({ input }) => input.editable.size > 0).map(({ input }) => input),
    problems: [...problems, ...loaded.flatMap((project) => project.problems)],
    notes: loaded.filter(({ input }) => input.sources.size > 0).flatMap((project) => project.notes),
  };
}

interface Target {
  /** As the user wrote it. */
  readonly given: string;
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly isFolder: boolean;
}

function findTarget(given: string, cwd: string, problems: Problem[]): readonly Target[] {
  try {
    const path = realpathSync(resolve(cwd, given));
    return [{ given, path, isFolder: statSync(path).isDirectory() }];
  } catch {
    problems.push({ kind: 'input', message: `${given} does not exist or cannot be read: check the path` });
    return [];
  }
}

/**
 * Without a manifest at or above the path, each package below it is a project of its own, if every file lies in one.
 */
function rootsOf(target: Target): readonly string[] {
  const folder = target.isFolder ? target.path : dirname(target.path);
  const repository = gitRoot(folder);
  const root = findRoot(folder, repository);
  if (root.hasManifest || !target.isFolder) return [root.folder];
  const folders = listFiles(folder)
    .filter(isSourceName)
    .map((path) => dirname(resolve(folder, path)));
  const below = [...new Set(folders)].map((inner) => findRoot(inner, repository));
  const isSplit = below.length > 0 && below.every((inner) => inner.hasManifest);
  return isSplit ? below.map((inner) => inner.folder) : [root.folder];
}

/** One file belongs to one project only: a root inside another root is part of that one. */
function outermost(roots: readonly string[]): readonly string[] {
  const all = [...new Set(roots)].sort();
  return all.filter((root) => !all.some((other) => other !== root && isInside(root, other)));
}

/** Why nothing below a path can be migrated, or `null` when something can. */
function emptyMessage(
  target: Target,
  loaded: readonly (LoadedProject & { readonly root: string })[],
): string | null {
  for (const { root, input, problems, notes } of loaded) {
    const isBelow = (path: string | undefined) =>
      path !== undefined && isInside(resolve(root, path), target.path);
    if ([...input.editable].some(isBelow)) return null;
    const told = problems.some(({ file }) => isBelow(file)) || notes.some(({ file }) => isBelow(file));
    if (!target.isFolder && told) return null;
  }
  const { given } = target;
  if (target.isFolder) {
    return readdirSync(target.path).length === 0
      ? `${given} is an empty folder: name one that holds JavaScript or TypeScript`
      : `No source files that may be edited were found in ${given}: ignored, generated and foreign files do not count`;
  }
  if (!isSourceName(target.path)) return `${given} is not a JavaScript or TypeScript file`;
  if (isDeclarationFile(target.path)) return `${given} is a declaration file, which is never edited`;
  if (isInForeignFolder(relativePath('/', target.path))) return `${given} is not code of the project`;
  return `${given} is ignored by git: name files that belong to the project`;
}
