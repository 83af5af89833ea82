import type { Problem } from '../core/model/report.js';

/** What the process ends with: done, changes are pending under `--check`, trouble, interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** The user's mistake: one line that says what to do, never a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The user stopped the run. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** True for trouble that a run ends with 2 for; what the check took back is an ordinary outcome. */
export function isTrouble(problem: Problem): boolean {
  return problem.kind !== 'check';
}

/** What is printed for our own mistake: versions and the stack, enough for a bug report. */
export function describeInternalError(error: unknown, version: string): string {
  const what = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  const versions = `sync-to-async ${version} · node ${process.version} · ${process.platform} ${process.arch}`;
  return `internal error, please report it with these lines\n${versions}\n${what}\n`;
}
