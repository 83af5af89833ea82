import { mkdir, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { Interrupted, UsageError } from './exit.js';
import { inspect, refusalOf } from './write-target.js';

/** One file and its text; `null` where it does not exist. Paths are relative to the root, forward slashes. */
export interface FileWrite {
  readonly file: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface WriteOptions {
  /** Heard between two files; what was written is then taken back. */
  readonly signal?: AbortSignal;
}

/** What was done, by path, sorted. Files whose text stays are not among them. */
export interface WriteOutcome {
  readonly written: readonly string[];
  readonly deleted: readonly string[];
}

/**
 * Writes all of the files or none. Each must still hold exactly the bytes of `before`, be writable, and lie inside the
 * root when symbolic links are followed. Texts are written as UTF-8 byte for byte (byte order marks and line breaks
 * stay), each file at once, keeping its mode; missing folders are created.
 *
 * @param root absolute folder
 * @throws UsageError with one sentence when a file is refused (nothing was written) or cannot be written (what was
 * written is restored)
 * @throws Interrupted when the signal stopped it; everything is as it was
 */
export async function writeFiles(
  root: string,
  changes: readonly FileWrite[],
  options: WriteOptions = {},
): Promise<WriteOutcome> {
  const wanted = changes
    .filter(({ before, after }) => before !== after)
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  await verify(root, wanted);

  const undo: Undo[] = [];
  for (const change of wanted) {
    try {
      if (options.signal?.aborted) throw new Interrupted('interrupted');
      await carryOut(root, change, undo);
    } catch (error) {
      const lost = await restore(undo);
      if (lost.length > 0) {
        throw new UsageError(`${lost.join(', ')} could not be restored after ${reasonOf(error)}`);
      }
      if (error instanceof Interrupted || error instanceof UsageError) throw error;
      throw new UsageError(`${change.file} could not be written (${reasonOf(error)}): no file was changed`);
    }
  }
  return {
    written: wanted.filter(({ after }) => after !== null).map(({ file }) => file),
    deleted: wanted.filter(({ after }) => after === null).map(({ file }) => file),
  };
}

/** One step back, and the file that it brings back. */
interface Undo {
  readonly file: string;
  readonly run: () => Promise<void>;
}

async function verify(root: string, changes: readonly FileWrite[]): Promise<void> {
  const twice = changes.find(({ file }, index) => changes[index + 1]?.file === file);
  if (twice !== undefined) throw new Error(`${twice.file} is written twice`);
  for (const change of changes) {
    const refusal = refusalOf(change, await inspect(root, change.file));
    if (refusal !== null) throw new UsageError(refusal);
  }
}

async function carryOut(root: string, change: FileWrite, undo: Undo[]): Promise<void> {
  const { file, before, after } = change;
  // Once more, right before the write: the earlier files took their time.
  const target = await inspect(root, file);
  const refusal = refusalOf(change, target);
  if (refusal !== null) throw new UsageError(`${refusal}; no file was changed`);

  const path = join(root, file);
  if (before === null) {
    const made = await mkdir(dirname(path), { recursive: true });
    if (made !== undefined) undo.push({ file, run: () => removeFolders(dirname(path), made) });
  }
  // A step that fails has changed nothing, so what undoes it is noted only after it.
  if (after === null) await unlink(path);
  else await writeFileAtomic(path, Buffer.from(after));
  if (before === null) undo.push({ file, run: () => rm(path, { force: true }) });
  else {
    const options = target.mode === null ? {} : { mode: target.mode };
    undo.push({ file, run: () => writeFileAtomic(path, Buffer.from(before), options) });
  }
}

/** Takes back, last first. Returns the files that could not be brought back. */
async function restore(undo: readonly Undo[]): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const { file, run } of [...undo].reverse()) {
    try {
      await run();
    } catch {
      lost.push(file);
    }
  }
  return lost;
}

/** Removes empty folders from `from` up to `last`, both included. */
async function removeFolders(from: string, last: string): Promise<void> {
  for (let folder = from; folder.length >= last.length; folder = dirname(folder)) await rmdir(folder);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
