import { constants } from 'node:fs';
import { access, lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { FileWrite } from './write.js';

/** How a file that shall be written stands on disk now. */
export interface Target {
  readonly state: 'absent' | 'file' | 'other' | 'outside' | 'read-only';
  /** Its bytes; `null` unless it is a file. */
  readonly bytes: Buffer | null;
  /** Permission bits; `null` where there is no file. */
  readonly mode: number | null;
}

/** Looks at a file without changing anything. `root` is absolute, `file` relative to it. */
export async function inspect(root: string, file: string): Promise<Target> {
  const nothing = { bytes: null, mode: null };
  const path = join(root, file);
  if (isAbsolute(file) || !isBelow(root, path)) return { state: 'outside', ...nothing };
  const existing = await nearestExisting(path);
  const real = await realpath(existing).catch(() => null);
  if (real === null || !isBelow(await realpath(root), real)) return { state: 'outside', ...nothing };
  if (existing !== path) {
    const parent = await stat(existing);
    if (!parent.isDirectory()) return { state: 'other', ...nothing };
    return { state: (await isWritable(existing, parent.mode)) ? 'absent' : 'read-only', ...nothing };
  }
  const entry = await stat(path);
  if (!entry.isFile()) return { state: 'other', ...nothing };
  const mode = entry.mode & 0o7777;
  if (!(await isWritable(path, entry.mode))) return { state: 'read-only', bytes: null, mode };
  return { state: 'file', bytes: await readFile(path), mode };
}

/** Why a file cannot be written, one sentence, or `null`. */
export function refusalOf({ file, before }: FileWrite, target: Target): string | null {
  switch (target.state) {
    case 'outside':
      return `${file} leads outside the project and is not written`;
    case 'read-only':
      return `${file} is read-only: make it writable and run again`;
    case 'other':
      return `${file} is in the way of a file: it, or what should be its folder, is something else`;
    case 'absent':
      return before === null ? null : `${file} was deleted since it was read: run again`;
    case 'file':
      if (before === null) return `${file} exists already: it was created since the project was read`;
      return target.bytes?.equals(Buffer.from(before)) === true
        ? null
        : `${file} changed since it was read: run again`;
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The path itself or the nearest folder above it that exists; a dangling link counts as existing. */
async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    const isThere = await lstat(current).then(
      () => true,
      () => false,
    );
    if (isThere || dirname(current) === current) return current;
  }
}

/** The write bits count for everybody, also for an administrator who could override them. */
async function isWritable(path: string, mode: number): Promise<boolean> {
  if ((mode & 0o222) === 0) return false;
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
