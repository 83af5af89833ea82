import { dirname, relative, sep } from 'node:path';
import type { FileChange } from '../core/model/edit.js';
import type { Hazard } from '../core/model/hazard.js';
import type { ProjectInput } from '../core/model/project.js';
import type { FileTexts, MigrationResult, Report } from '../core/model/report.js';
import type { Location } from '../core/model/text.js';

/** One migrated project of a run. */
export interface ProjectResult {
  readonly project: ProjectInput;
  readonly result: MigrationResult;
}

/**
 * Puts the projects of a run into one result, with paths and ids that start from the current folder, or, when a
 * project lies outside it, from the folder that holds them all. So the patch applies where the user stands.
 */
export function mergeResults(
  results: readonly [ProjectResult, ...ProjectResult[]],
  cwd: string,
): MigrationResult {
  const roots = results.flatMap(({ project }) => (project.root === null ? [] : [project.root]));
  const base = baseFolder(cwd, roots);
  const moved = results.map(({ project, result }) => {
    const prefix = project.root === null ? '' : relative(base, project.root).split(sep).join('/');
    return { prefix, ...moveResult(addOutcomeTexts(project, result), prefix) };
  });
  const reports = moved.map(({ report }) => report);
  const first = results[0].result.report;
  return {
    report: {
      version: first.version,
      tool: first.tool,
      policy: first.policy,
      packageKind: mergeKinds(moved),
      filesRead: sum(reports, (report) => report.filesRead),
      files: sortByFile(reports.flatMap((report) => report.files)),
      changes: reports.flatMap((report) => report.changes),
      groups: reports.flatMap((report) => report.groups),
      outcomes: reports.flatMap((report) => report.outcomes),
      checks: {
        unparsable: sum(reports, ({ checks }) => checks.unparsable),
        newTypeErrors: sum(reports, ({ checks }) => checks.newTypeErrors),
        typeErrorsBefore: sum(reports, ({ checks }) => checks.typeErrorsBefore),
        secondRunEdits: sum(reports, ({ checks }) => checks.secondRunEdits),
        takenBack: reports.flatMap(({ checks }) => checks.takenBack),
      },
      problems: reports.flatMap((report) => report.problems),
      followUps: reports.flatMap((report) => report.followUps),
    },
    texts: sortByFile(moved.flatMap(({ texts }) => texts)),
  };
}

function baseFolder(cwd: string, roots: readonly string[]): string {
  const holds = (folder: string) =>
    roots.every((root) => root === folder || root.startsWith(withSeparator(folder)));
  if (holds(cwd)) return cwd;
  let folder = roots[0] ?? cwd;
  while (!holds(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

function mergeKinds(
  moved: readonly { readonly prefix: string; readonly report: Report }[],
): Report['packageKind'] {
  const [first] = moved;
  if (first !== undefined && moved.length === 1) return first.report.packageKind;
  const all = moved.map(
    ({ prefix, report }) => `${prefix || '.'}: ${report.packageKind.kind}, ${report.packageKind.reason}`,
  );
  const isLibrary = moved.every(({ report }) => report.packageKind.kind === 'library');
  return { kind: isLibrary ? 'library' : 'application', reason: all.join('; ') };
}

/** Adds the unchanged texts that outcomes and what stands against them point into, so that renderers can name their lines. */
function addOutcomeTexts(project: ProjectInput, { report, texts }: MigrationResult): MigrationResult {
  const known = new Set(texts.map(({ file }) => file));
  const added: FileTexts[] = [];
  const places = report.outcomes.flatMap(({ at, hazards }) => [at, ...hazards.flatMap((h) => h.at ?? [])]);
  for (const at of places) {
    const text = project.sources.get(at.file);
    if (text === undefined || known.has(at.file)) continue;
    known.add(at.file);
    added.push({ file: at.file, before: text, applied: text, shown: text });
  }
  return { report, texts: sortByFile([...texts, ...added]) };
}

/** Moves every path and id of a result below a folder. */
function moveResult(result: MigrationResult, prefix: string): MigrationResult {
  if (prefix === '') return result;
  const { report, texts } = result;
  const move = (path: string) => `${prefix}/${path}`;
  const moveAt = (at: Location): Location => ({ ...at, file: move(at.file) });
  const moveHazard = (hazard: Hazard): Hazard =>
    hazard.at === undefined ? hazard : { ...hazard, at: moveAt(hazard.at) };
  const moveHazards = (hazards: readonly Hazard[]) => hazards.map(moveHazard);
  return {
    texts: texts.map((text) => ({ ...text, file: move(text.file) })),
    report: {
      ...report,
      files: report.files.map((file) => moveFile(file, move)),
      changes: report.changes.map((change) => ({
        ...change,
        id: move(change.id),
        group: move(change.group),
        at: moveAt(change.at),
        hazards: moveHazards(change.hazards),
      })),
      groups: report.groups.map((group) => ({
        ...group,
        id: move(group.id),
        hazards: moveHazards(group.hazards),
        requires: group.requires.map(move),
        chain: group.chain.map(moveAt),
      })),
      outcomes: report.outcomes.map((outcome) => ({
        ...outcome,
        call: move(outcome.call),
        at: moveAt(outcome.at),
        group: outcome.group === null ? null : move(outcome.group),
        hazards: moveHazards(outcome.hazards),
      })),
      checks: { ...report.checks, takenBack: report.checks.takenBack.map(move) },
      problems: report.problems.map((problem) =>
        problem.file === undefined ? problem : { ...problem, file: move(problem.file) },
      ),
      followUps: report.followUps.map((followUp) => `${prefix}: ${followUp}`),
    },
  };
}

function moveFile(change: FileChange, move: (path: string) => string): FileChange {
  const file = move(change.file);
  if (change.kind !== 'edit')
    return { ...change, file, group: move(change.group), change: move(change.change) };
  const edits = change.edits.map((edit) => ({
    ...edit,
    id: move(edit.id),
    group: move(edit.group),
    change: move(edit.change),
    file,
  }));
  return { ...change, file, edits };
}

function sortByFile<Item extends { readonly file: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
}

function sum<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}
