import type { Problem } from '../core/model/report.js';

/** A problem as one sentence that begins with its place, unless the message names the file itself. */
export function describeProblem({ file, line, message }: Problem): string {
  if (file === undefined) return message;
  if (line !== undefined) return `${file}:${line}: ${message}`;
  return message.includes(file) ? message : `${file}: ${message}`;
}
