import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { xSync } from 'tinyexec';
import { globSync } from 'tinyglobby';

const neverFolders: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  '.git',
  '.yarn',
  '.cache',
  '.next',
  '.nuxt',
]);
const listLimit = 1 << 28;

/** Folders of other people's or built code, which no project holds as its own. */
export function isInForeignFolder(path: string): boolean {
  return path.split('/').some((part) => neverFolders.has(part));
}

/**
 * The root of the git work tree that holds a folder.
 *
 * @returns an absolute path, or `null` outside git and where git cannot be run
 */
export function gitRoot(folder: string): string | null {
  const output = git(folder, ['rev-parse', '--show-toplevel']);
  return output === null ? null : output.replace(/\r?\n$/, '');
}

/**
 * All files of a folder that belong to it: what git tracks or would track, else what no `.gitignore` leaves out.
 *
 * @returns paths relative to the folder, forward slashes, sorted; may name files that are gone from disk
 */
export function listFiles(folder: string): readonly string[] {
  const listed = git(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.']);
  const paths = listed === null ? globFiles(folder) : listed.split('\0').filter((path) => path !== '');
  return [...new Set(paths)].filter((path) => !isInForeignFolder(path)).sort();
}

/** Standard output of git, or `null` when it fails: not a repository, or no git. */
function git(cwd: string, args: readonly string[]): string | null {
  try {
    const result = xSync('git', args, { nodePath: false, nodeOptions: { cwd, maxBuffer: listLimit } });
    return result.exitCode === 0 ? result.stdout : null;
  } catch {
    return null;
  }
}

function globFiles(folder: string): readonly string[] {
  const all = globSync('**/*', {
    cwd: folder,
    dot: true,
    onlyFiles: true,
    followSymbolicLinks: false,
    expandDirectories: false,
    ignore: [...neverFolders].map((name) => `**/${name}/**`),
  });
  const rules = readIgnoreFiles(folder, all);
  return all.filter((path) => !rules.some((rule) => isIgnored(rule, path)));
}

interface IgnoreRules {
  /** Folder of the `.gitignore`, relative, with a final slash unless it is the root. */
  readonly base: string;
  readonly matcher: Ignore;
}

function readIgnoreFiles(folder: string, paths: readonly string[]): readonly IgnoreRules[] {
  return paths
    .filter((path) => posix.basename(path) === '.gitignore')
    .map((path) => ({
      base: path.slice(0, path.length - '.gitignore'.length),
      matcher: ignore().add(readFileSync(posix.join(folder, path), 'utf8')),
    }));
}

function isIgnored(rule: IgnoreRules, path: string): boolean {
  return (
    path.startsWith(rule.base) && path !== rule.base && rule.matcher.ignores(path.slice(rule.base.length))
  );
}
