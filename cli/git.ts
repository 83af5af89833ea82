import { x } from 'tinyexec';
import { UsageError } from './exit.js';

/**
 * The files that git could not bring back as they are now: tracked ones with staged or unstaged changes, and untracked
 * ones.
 *
 * @param root absolute folder
 * @param files paths relative to the root, forward slashes; those that do not exist are clean
 * @returns the dirty ones among them, in the given order; none outside git and where git is not installed
 * @throws UsageError when git refuses to answer (broken repository, foreign owner)
 */
export async function dirtyFiles(root: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const prefix = await git(root, ['rev-parse', '--show-prefix']);
  if (prefix === null) return [];
  const status = await git(root, [
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=all',
    '--ignored=matching',
    '--',
    '.',
  ]);
  const dirty = dirtyPaths(status ?? '');
  const folder = prefix.replace(/\r?\n$/, '');
  return files.filter((file) => dirty.has(`${folder}${file}`) || isBelowAny(`${folder}${file}`, dirty));
}

/** Ignored folders are listed as one entry with a final slash. */
function isBelowAny(path: string, entries: ReadonlySet<string>): boolean {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    if (entries.has(path.slice(0, at + 1))) return true;
  }
  return false;
}

/** Paths of `git status -z`; a renamed file is followed by its old path. */
function dirtyPaths(status: string): ReadonlySet<string> {
  const paths = new Set<string>();
  const entries = status.split('\0');
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] ?? '';
    if (entry === '') continue;
    paths.add(entry.slice(3));
    if (/[RC]/.test(entry.slice(0, 2))) i++;
  }
  return paths;
}

/** Standard output of git, or `null` outside a repository and without git. */
async function git(cwd: string, args: readonly string[]): Promise<string | null> {
  const env = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };
  try {
    const { exitCode, stdout, stderr } = await x('git', [...args], {
      nodePath: false,
      nodeOptions: { cwd, env },
    });
    if (exitCode === 0) return stdout;
    if (/not a git repository|must be run in a work tree/.test(stderr)) return null;
    throw new UsageError(
      `git does not say which files have changes (${stderr.trim().split('\n')[0]}): repair that first`,
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
