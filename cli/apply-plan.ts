import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { acceptedGroups, rejectedBy } from '../core/model/accepted.js';
import type { FileChange } from '../core/model/edit.js';
import type { Risk } from '../core/model/hazard.js';
import { renderEdits } from '../core/model/render-edits.js';
import type { Report } from '../core/model/report.js';
import { decodeText } from '../core/typescript/discover/source-text.js';
import { hashOf } from '../core/typescript/rewrite/index.js';
import { escapeControls } from '../report/escape.js';
import { parseReport } from '../report/json.js';
import { plural } from '../report/summary.js';
import { applyWrites, refuseDirty } from './apply.js';
import { type ExitCode, UsageError } from './exit.js';
import type { MigrateOptions } from './options.js';
import type { RunDeps } from './run.js';
import type { FileWrite } from './write.js';
import { inspect } from './write-target.js';

/**
 * Writes exactly what a plan says: the edits of its accepted groups, and nothing that was decided since. A group is
 * accepted by its `decision`, else by the level of the plan or of `--max-risk`.
 *
 * @param file the JSON document of a dry run
 * @throws UsageError when the file is no plan, when what it was made from has changed, or when it contradicts itself
 */
export async function runApply(deps: RunDeps, file: string, options: MigrateOptions): Promise<ExitCode> {
  const report = await readPlan(deps.cwd, file);
  const accepted = chosenGroups(report, options.maxRisk ?? report.policy.maxRisk);
  const changes: FileWrite[] = [];
  for (const change of report.files) {
    const write = await writeOf(deps.cwd, change, accepted);
    if (write !== undefined && write.before !== write.after) changes.push(write);
  }
  const tell = (message: string): void => {
    if (options.quiet !== true) deps.streams.stderr.write(`migrate: ${escapeControls(message)}\n`);
  };
  const files = plural(changes.length, 'file');
  if (changes.length === 0) tell('nothing to write: the plan accepts no change');
  else if (options.dryRun === true || options.check === true)
    tell(`nothing was written: the plan changes ${files}`);
  else {
    const engine = await deps.loadEngine();
    const writes = [{ root: deps.cwd, changes }];
    if (options.allowDirty !== true) await refuseDirty(engine, writes, deps.cwd);
    await applyWrites(engine, writes);
    tell(`${files} written`);
    for (const followUp of report.followUps) tell(followUp);
  }
  return options.check === true && changes.length > 0 ? 1 : 0;
}

async function readPlan(cwd: string, file: string): Promise<Report> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch(() => {
    throw new UsageError(`there is no plan ${file}, or it cannot be read`);
  });
  let report: Report;
  try {
    report = parseReport(text);
  } catch {
    throw new UsageError(`${file} is no plan of this version: make one with migrate --dry-run --json`);
  }
  if (report.checks.unparsable > 0)
    throw new UsageError(`${file} would leave files that do not parse: make the plan again`);
  return report;
}

/** The groups that are written. */
function chosenGroups({ groups }: Report, limit: Risk): ReadonlySet<string> {
  const byId = new Map(groups.map((group) => [group.id, group]));
  for (const group of groups) {
    if (group.decision !== 'accepted') continue;
    const rejected = rejectedBy(byId, group);
    if (rejected !== undefined)
      throw new UsageError(`${group.id} is accepted and needs ${rejected.id}, which is rejected`);
  }
  return acceptedGroups(groups, limit);
}

/** What is written to a file; undefined where no accepted group touches it. */
async function writeOf(
  cwd: string,
  change: FileChange,
  accepted: ReadonlySet<string>,
): Promise<FileWrite | undefined> {
  const { file } = change;
  if (change.kind === 'create')
    return accepted.has(change.group) ? { file, before: null, after: change.text } : undefined;
  if (change.kind === 'delete') {
    if (!accepted.has(change.group)) return undefined;
    return { file, before: await unchanged(cwd, file, change.hash), after: null };
  }
  if (!change.edits.some(({ group }) => accepted.has(group))) return undefined;
  const before = await unchanged(cwd, file, change.hash);
  return { file, before, after: renderEdits(before, change.edits, (group) => accepted.has(group)) };
}

/** The text of a file that is as it was when the plan was made. */
async function unchanged(cwd: string, file: string, hash: string): Promise<string> {
  const { bytes } = await inspect(cwd, file);
  if (bytes === null)
    throw new UsageError(
      `${file} is not here, or may not be written: apply the plan in the folder where it was made`,
    );
  const decoded = decodeText(bytes);
  if (decoded.kind !== 'text' || hashOf(decoded.text) !== hash)
    throw new UsageError(`${file} has changed since the plan was made: make the plan again`);
  return decoded.text;
}
