import { ts } from 'ts-morph';
import type { CheckOutcome, NewDiagnostic } from '../front-end.js';
import type { ProjectInput } from '../model/project.js';
import { importersOf } from './check/affected.js';
import { blamesOf } from './check/blame.js';
import { type Finding, isError, isRepeated, newFindings } from './check/compare.js';
import type { Importers } from './check/importers.js';
import { isOfLentExports } from './check/lent-exports.js';
import { createOverlay } from './check/overlay.js';
import {
  buildProgram,
  byScope,
  findingsIn,
  openScope,
  openSession,
  programBefore,
  relativeFile,
  type ScopeSession,
  type Session,
  toFindings,
} from './check/session.js';
import { isOfUndeclared } from './check/undeclared.js';
import { isSourceName } from './discover/load.js';

/**
 * Compares a project before and after some changes: changed files must parse, and no type diagnostic may appear that
 * was not there. Both sides use the same options, over texts in memory; what is installed is read from disk. Changed
 * files and those that import them are checked. What was learnt about the project before is kept for the next check of
 * the same `ProjectInput`.
 *
 * @param after new texts by relative path, `null` for a deleted file; files that are not named stay
 * @param fallback ambient declarations (`declare module 'x' { … }`) by package name, for packages whose types are not
 * installed; also for those that the changes add
 */
export function checkProject(
  project: ProjectInput,
  after: ReadonlyMap<string, string | null>,
  fallback: ReadonlyMap<string, string>,
): CheckOutcome {
  const changed = new Map([...after].filter(([file, text]) => text !== textBefore(project, file)));
  if (changed.size === 0) return { unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] };

  const session = sessionOf(project, fallback);
  const sources = new Set([...changed.keys()].filter(isSourceName));
  const importers = importersOf(session, sources);
  const outcomes = [...byScope(session, [...sources, ...importers.files])].map(([scope, files]) =>
    checkScope(session, openScope(session, scope), files, changed, importers),
  );
  return {
    unparsable: [
      ...unparsableJson(project, changed),
      ...outcomes.flatMap(({ unparsable }) => unparsable),
    ].sort((a, b) => compare(a.file, b.file)),
    diagnosticsBefore: outcomes.reduce((sum, { diagnosticsBefore }) => sum + diagnosticsBefore, 0),
    newDiagnostics: outcomes
      .flatMap(({ newDiagnostics }) => newDiagnostics)
      .sort((a, b) => compare(a.file, b.file) || a.start - b.start || compare(a.code, b.code)),
  };
}

const sessions = new WeakMap<ProjectInput, Session>();

/** What is kept of a project between checks. */
export function sessionOf(project: ProjectInput, fallback: ReadonlyMap<string, string>): Session {
  const known = sessions.get(project);
  if (known !== undefined && isSame(known.fallback, fallback)) return known;
  const session = openSession(project, new Map(fallback));
  sessions.set(project, session);
  return session;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
}

function textBefore(project: ProjectInput, file: string): string | null {
  return project.sources.get(file) ?? project.manifests.get(file) ?? null;
}

function checkScope(
  session: Session,
  scope: ScopeSession,
  files: readonly string[],
  changed: ReadonlyMap<string, string | null>,
  importers: Importers,
): CheckOutcome {
  const programOld = programBefore(session, scope, files);
  const texts = new Map<string, string | null>(session.texts);
  for (const [file, text] of changed) texts.set(`${session.root}/${file}`, text);
  const roots = [...new Set([...(scope.before?.roots ?? []), ...files])].filter(
    (file) => changed.get(file) !== null,
  );
  const overlay = createOverlay(texts, session.disk);
  const program = buildProgram(session, scope, overlay, roots, programOld);

  const unparsable = files
    .filter((file) => typeof changed.get(file) === 'string')
    .flatMap((file) => {
      const before = syntaxFindings(session, scope, programOld, file);
      const [first] = newFindings(before, syntaxFindings(session, scope, program, file));
      return first === undefined ? [] : [{ file, message: first.message }];
    });
  const broken = new Set(unparsable.map(({ file }) => file));
  const before = files.flatMap((file) => findingsBefore(session, scope, programOld, file));
  const after = files
    .filter((file) => !broken.has(file))
    .flatMap((file) => findingsIn(session, scope, program, file));
  const checker = program.getTypeChecker();
  const pathOf = (file: string): string => `${session.root}/${file}`;
  const newDiagnostics = newFindings(before, after)
    .filter((finding) => !isOfLentExports(programOld, pathOf, finding))
    .filter((finding) => !isOfUndeclared([programOld, program], pathOf, before, finding))
    .map((finding) => ({
      ...describe(session, checker, finding, changed, importers),
      ...(isRepeated(before, finding) ? { isRepeated: true } : {}),
    }));
  return { unparsable, diagnosticsBefore: before.filter(isError).length, newDiagnostics };
}

function findingsBefore(
  session: Session,
  scope: ScopeSession,
  program: ts.Program,
  file: string,
): readonly Finding[] {
  const known = scope.findings.get(file);
  if (known !== undefined) return known;
  const findings = findingsIn(session, scope, program, file);
  scope.findings.set(file, findings);
  return findings;
}

function syntaxFindings(
  session: Session,
  scope: ScopeSession,
  program: ts.Program,
  file: string,
): readonly Finding[] {
  const source = program.getSourceFile(`${session.root}/${file}`);
  return source === undefined ? [] : toFindings(session, scope, program.getSyntacticDiagnostics(source));
}

/** Somebody is always to blame: without a better trail, the changed files that the reporting one imports. */
function describe(
  session: Session,
  checker: ts.TypeChecker,
  finding: Finding,
  changed: ReadonlyMap<string, string | null>,
  importers: Importers,
): NewDiagnostic {
  const { file, start, message } = finding;
  const { files: blamed, declared } = blamesOf(finding.diagnostic, checker, (fileName) =>
    relativeFile(session, fileName),
  );
  const imported = importers.importedBy(file);
  const rest = imported.length > 0 ? imported : [...changed.keys()].sort();
  const blames = blamed.some((path) => changed.has(path)) ? blamed : [...blamed, ...rest];
  return {
    file,
    start,
    code: `TS${finding.code}`,
    message,
    blames,
    ...(declared.length === 0 ? {} : { declared }),
  };
}

function unparsableJson(
  project: ProjectInput,
  changed: ReadonlyMap<string, string | null>,
): readonly { readonly file: string; readonly message: string }[] {
  return [...changed].flatMap(([file, text]) => {
    if (!file.endsWith('.json') || text === null) return [];
    const before = textBefore(project, file);
    const wasBroken = before !== null && jsonError(file, before) !== null;
    const message = jsonError(file, text);
    return message === null || wasBroken ? [] : [{ file, message }];
  });
}

function jsonError(file: string, text: string): string | null {
  const { error } = ts.parseConfigFileTextToJson(file, text);
  return error === undefined ? null : ts.flattenDiagnosticMessageText(error.messageText, '\n');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
