import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import ignore from 'ignore';

export interface ProjectRoot {
  /** Absolute folder. */
  readonly folder: string;
  /** False when no package.json, tsconfig or jsconfig was found and the folder is only the best guess. */
  readonly hasManifest: boolean;
}

/**
 * The root of the project that a folder belongs to: its nearest package.json (the workspace root, where a workspace
 * claims that package), else its nearest tsconfig or jsconfig, else the git root, else the folder itself. Never above
 * the git root; outside git never the home folder or anything above it, unless that is the folder given.
 *
 * @param folder absolute, without symbolic links
 * @param repository the git root above it, `null` outside git
 */
export function findRoot(folder: string, repository: string | null): ProjectRoot {
  const candidates = ancestors(folder, repository);
  const packageFolder = candidates.find(isPackage);
  if (packageFolder !== undefined) {
    return { folder: workspaceOf(packageFolder, candidates) ?? packageFolder, hasManifest: true };
  }
  const configured = candidates.find((candidate) =>
    ['tsconfig.json', 'jsconfig.json'].some((name) => existsSync(join(candidate, name))),
  );
  if (configured !== undefined) return { folder: configured, hasManifest: true };
  return { folder: repository === null ? folder : (candidates.at(-1) ?? folder), hasManifest: false };
}

/** True when `path` is `folder` or lies in it; both absolute, or both relative to one place. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A path relative to a folder, with forward slashes. */
export function relativePath(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

/** The folder and those above it, nearest first, up to the boundary. */
function ancestors(folder: string, repository: string | null): readonly string[] {
  const result = [folder];
  const home = homedir();
  for (let current = folder; current !== repository; ) {
    const parent = dirname(current);
    if (parent === current || (repository === null && isInside(home, parent))) break;
    result.push(parent);
    current = parent;
  }
  return result;
}

/**
 * A package.json that only says `{"type": "module"}` marks a folder; it makes no package. Nor does a link to that of a
 * folder above.
 */
function isPackage(folder: string): boolean {
  const path = join(folder, 'package.json');
  const text = readIfThere(path);
  if (text === null) return false;
  const home = dirname(realpathSync(path));
  if (home !== folder && isInside(folder, home)) return false;
  const manifest = parseObject(text);
  if (manifest === null) return true;
  return ['name', 'scripts', 'dependencies', 'devDependencies', 'workspaces', 'main'].some(
    (key) => key in manifest,
  );
}

function workspaceOf(packageFolder: string, candidates: readonly string[]): string | undefined {
  const above = candidates.slice(candidates.indexOf(packageFolder) + 1);
  return above.findLast((folder) => {
    const globs = workspaceGlobs(folder);
    if (globs.length === 0) return false;
    return ignore()
      .add(globs)
      .ignores(`${relativePath(folder, packageFolder)}/`);
  });
}

/** Workspace globs of npm, Yarn and pnpm, as anchored ignore patterns. */
function workspaceGlobs(folder: string): readonly string[] {
  const manifest = parseObject(readIfThere(join(folder, 'package.json')) ?? '');
  const field = manifest?.workspaces;
  const listed = Array.isArray(field) ? field : isObject(field) ? field.packages : undefined;
  const globs = Array.isArray(listed) ? listed.filter((glob) => typeof glob === 'string') : [];
  const pnpm = readIfThere(join(folder, 'pnpm-workspace.yaml')) ?? '';
  const section = /^packages:[^\n]*\n((?:[ \t]*(?:-|#)[^\n]*\n?|[ \t]*\n)*)/m.exec(pnpm)?.[1] ?? '';
  for (const item of section.matchAll(/^[ \t]*-[ \t]*(['"]?)([^'"#\n]+)\1/gm))
    globs.push((item[2] ?? '').trim());
  return globs.map((glob) => {
    const negated = glob.startsWith('!');
    return `${negated ? '!' : ''}/${glob.slice(negated ? 1 : 0).replace(/^\.?\//, '')}`;
  });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
