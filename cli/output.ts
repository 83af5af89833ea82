import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MigrationResult } from '../core/model/report.js';
import { renderJson } from '../report/json.js';
import { renderMarkdown } from '../report/markdown.js';
import { renderPatch } from '../report/patch.js';
import { renderTerminal, type TerminalOptions } from '../report/terminal.js';
import { UsageError } from './exit.js';
import type { MigrateOptions, OutputFormat, OutputTarget } from './options.js';

const stdoutName = '-';

/** What goes where: one document on stdout at most, any number in files. */
export interface OutputPlan {
  readonly stdout: OutputFormat | null;
  readonly files: readonly OutputTarget[];
}

/**
 * Reads `--json` and `--output`. Without a document for stdout the terminal report goes there.
 *
 * @throws UsageError when two documents would be mixed on stdout or in a file
 */
export function planOutput({ json, output = [] }: MigrateOptions): OutputPlan {
  const wanted = output.filter(({ file }) => file === stdoutName).map(({ format }) => format);
  if (json === true) wanted.unshift('json');
  const [first = 'terminal', ...others] = new Set(wanted);
  if (others.length > 0) {
    throw new UsageError(
      `only one document fits on stdout, not ${[first, ...others].join(' and ')}: give one a file`,
    );
  }
  const files = output.filter(({ file }) => file !== stdoutName);
  const twice = files.find(({ file }, index) => files.findIndex((other) => other.file === file) !== index);
  if (twice !== undefined)
    throw new UsageError(`--output names ${twice.file} twice: give each document its own file`);
  return { stdout: first, files };
}

/** Renders a result in one of the formats that `--output` knows. */
export function renderAs(format: OutputFormat, result: MigrationResult, options: TerminalOptions): string {
  switch (format) {
    case 'terminal':
      return renderTerminal(result, options);
    case 'patch':
      return renderPatch(result);
    case 'json':
      return renderJson(result);
    case 'markdown':
      return renderMarkdown(result);
  }
}

/** Writes the documents that have a file. Terminal reports in files have no color and no timing. */
export async function writeOutputs(
  targets: readonly OutputTarget[],
  result: MigrationResult,
  cwd: string,
): Promise<void> {
  for (const { format, file } of targets) {
    try {
      await writeFile(resolve(cwd, file), renderAs(format, result, { color: false }));
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      throw new UsageError(
        `--output cannot write ${file}${reason}: check that its folder exists and may be written`,
      );
    }
  }
}
