import { ts } from 'ts-morph';
import type { ProjectInput } from '../../model/project.js';
import { ambientFiles, fallbackFolder, fallbackPath } from './ambient.js';
import { type Finding, findingOf } from './compare.js';
import { floatingPromises } from './floating.js';
import { readSpecifiers } from './importers.js';
import { findNodeTypes, type NodeTypes } from './libraries.js';
import { optionsOf, type ScopeOptions } from './options.js';
import {
  createCompilerHost,
  createDisk,
  createOverlay,
  type Disk,
  type Overlay,
  type ParsedFiles,
} from './overlay.js';
import { createScopeOf, type Scope } from './scopes.js';

/** What one project keeps between checks: everything that the changes have no part in. */
export interface Session {
  readonly project: ProjectInput;
  readonly fallback: ReadonlyMap<string, string>;
  /** Absolute folder, forward slashes; made up when the project exists in memory only. */
  readonly root: string;
  readonly disk: Disk;
  readonly nodeTypes: NodeTypes | null;
  readonly texts: ReadonlyMap<string, string>;
  readonly overlay: Overlay;
  readonly scopeOf: (file: string) => Scope;
  readonly scopes: Map<string, ScopeSession>;
  /** What each source file imports, by relative path. */
  readonly specifiers: ReadonlyMap<string, readonly string[]>;
}

/** What one scope keeps: its options and the program before. */
export interface ScopeSession extends ScopeOptions {
  readonly folder: string;
  readonly parsed: ParsedFiles;
  readonly resolutions: ts.ModuleResolutionCache;
  /** Files that every program of the scope begins with, absolute. */
  readonly ambient: readonly string[];
  readonly findings: Map<string, readonly Finding[]>;
  before: { readonly roots: ReadonlySet<string>; readonly program: ts.Program } | null;
}

/** Prepares a project for checking; reads nothing from disk yet but the place of the tool's own declarations. */
export function openSession(project: ProjectInput, fallback: ReadonlyMap<string, string>): Session {
  const root = project.root === null ? '/project' : project.root.replaceAll('\\', '/').replace(/\/$/, '');
  const nodeTypes = findNodeTypes();
  const disk = createDisk(project.root !== null, nodeTypes);
  const texts = new Map<string, string>();
  for (const files of [project.manifests, project.sources]) {
    for (const [file, text] of files) texts.set(`${root}/${file}`, text);
  }
  for (const [name, text] of fallback) texts.set(fallbackPath(root, name), text);
  return {
    project,
    fallback,
    root,
    disk,
    nodeTypes,
    texts,
    overlay: createOverlay(texts, disk),
    scopeOf: createScopeOf(project),
    scopes: new Map(),
    specifiers: new Map([...project.sources].map(([file, text]) => [file, readSpecifiers(text)])),
  };
}

/** Files by the scope that they belong to, each once. */
export function byScope(session: Session, files: readonly string[]): ReadonlyMap<Scope, readonly string[]> {
  const scopes = new Map<Scope, string[]>();
  for (const file of [...new Set(files)].sort()) {
    const scope = session.scopeOf(file);
    scopes.set(scope, [...(scopes.get(scope) ?? []), file]);
  }
  return scopes;
}

/** The session of a scope, made on first use. */
export function openScope(session: Session, scope: Scope): ScopeSession {
  const known = session.scopes.get(scope.folder);
  if (known !== undefined) return known;
  const folder = scope.folder === '' ? session.root : `${session.root}/${scope.folder}`;
  const config = scope.config === null ? null : `${session.root}/${scope.config}`;
  const { options, checksJs } = optionsOf(folder, config, session.overlay);
  const opened: ScopeSession = {
    options,
    checksJs,
    folder,
    parsed: new Map(),
    resolutions: ts.createModuleResolutionCache(folder, (path) => path, options),
    ambient: ambientFiles(session, scope, folder, options),
    findings: new Map(),
    before: null,
  };
  session.scopes.set(scope.folder, opened);
  return opened;
}

/** The program before the changes, holding at least these files (relative paths); kept, and reused while it does. */
export function programBefore(session: Session, scope: ScopeSession, files: readonly string[]): ts.Program {
  const wanted = files.filter((file) => session.texts.has(`${session.root}/${file}`));
  const { before } = scope;
  if (before !== null && wanted.every((file) => before.roots.has(file))) return before.program;
  const roots = new Set([...(before?.roots ?? []), ...wanted]);
  const program = buildProgram(session, scope, session.overlay, [...roots], before?.program);
  scope.before = { roots, program };
  return program;
}

/** A program of a scope over given texts. */
export function buildProgram(
  session: Session,
  scope: ScopeSession,
  overlay: Overlay,
  files: readonly string[],
  oldProgram: ts.Program | undefined,
): ts.Program {
  const rootNames = [
    ...new Set([...scope.ambient, ...files.map((file) => `${session.root}/${file}`).sort()]),
  ];
  const host = createCompilerHost(overlay, scope.folder, scope.parsed);
  const { options } = scope;
  return ts.createProgram({ rootNames, options, host, ...(oldProgram === undefined ? {} : { oldProgram }) });
}

/** The type findings of one file of a program. */
export function findingsIn(
  session: Session,
  scope: ScopeSession,
  program: ts.Program,
  file: string,
): readonly Finding[] {
  const source = program.getSourceFile(`${session.root}/${file}`);
  if (source === undefined) return [];
  return toFindings(session, scope, [
    ...program.getSemanticDiagnostics(source),
    ...floatingPromises(program, source),
  ]);
}

/** The findings among some diagnostics. */
export function toFindings(
  session: Session,
  scope: ScopeSession,
  diagnostics: readonly ts.Diagnostic[],
): readonly Finding[] {
  const { checksJs } = scope;
  const relative = (fileName: string) => relativeFile(session, fileName);
  const clean = (message: string) => cleanMessage(session, message);
  return diagnostics.flatMap((diagnostic) => findingOf(diagnostic, { relative, clean, checksJs }) ?? []);
}

/** Relative path of a file of the project itself; `null` for libraries and declarations of ours. */
export function relativeFile(session: Session, fileName: string): string | null {
  if (!fileName.startsWith(`${session.root}/`)) return null;
  const file = fileName.slice(session.root.length + 1);
  return file.startsWith(`${fallbackFolder}/`) || /(?:^|\/)node_modules\//.test(file) ? null : file;
}

function cleanMessage(session: Session, message: string): string {
  const withoutRoot = message.replaceAll(`${session.root}/`, '');
  return session.nodeTypes === null
    ? withoutRoot
    : withoutRoot.replaceAll(`${session.nodeTypes.folder}/`, 'node_modules/');
}
