import { join, relative } from 'node:path';
import type { Engine } from './engine.js';
import { UsageError } from './exit.js';
import type { ProjectResult } from './merge.js';
import type { FileWrite } from './write.js';

/** The files of one project that are written. */
export interface ProjectWrites {
  readonly root: string;
  readonly changes: readonly FileWrite[];
}

/** What the policy applies, project by project; those without a change are left out. */
export function collectWrites(results: readonly ProjectResult[]): ProjectWrites[] {
  return results.flatMap(({ project: { root }, result }) => {
    const changes = result.texts
      .filter(({ before, applied }) => before !== applied)
      .map(({ file, before, applied }) => ({ file, before, after: applied }));
    return root === null || changes.length === 0 ? [] : [{ root, changes }];
  });
}

/**
 * Makes sure that no file with uncommitted changes would be written, since the changes could not be told apart.
 *
 * @throws UsageError that names the files, from the current folder
 */
export async function refuseDirty(
  engine: Engine,
  writes: readonly ProjectWrites[],
  cwd: string,
): Promise<void> {
  const dirty: string[] = [];
  for (const { root, changes } of writes) {
    const files = await engine.dirtyFiles(
      root,
      changes.map(({ file }) => file),
    );
    dirty.push(...files.map((file) => relative(cwd, join(root, file))));
  }
  if (dirty.length === 0) return;
  const named = dirty.slice(0, 5).join(', ') + (dirty.length > 5 ? ` and ${dirty.length - 5} more` : '');
  throw new UsageError(`uncommitted changes in ${named}: commit or stash them, or give --allow-dirty`);
}

/**
 * Writes the projects one after the other. Ctrl-C takes the project that is being written back whole.
 *
 * @throws Interrupted when the user stopped the run before its end
 */
export async function applyWrites(engine: Engine, writes: readonly ProjectWrites[]): Promise<void> {
  const interruption = new AbortController();
  const stop = () => interruption.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    for (const { root, changes } of writes) await engine.writeFiles(root, changes, interruption.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
