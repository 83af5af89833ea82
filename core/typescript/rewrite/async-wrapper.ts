import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { FunctionNode } from '../read/session.js';
import { isTestPath } from '../read/test-runner.js';
import { packageFolder } from '../read/workspaces.js';
import { endingsIn, insertAfterImports, insertImport, relativeSpecifier } from './imports.js';
import { needsPlainFunction } from './own-try.js';
import type { Style } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { helperKeepsThis } from './wrapped-this.js';
import { findWrapper } from './wrappers.js';

/** The framework whose handler is wrapped. */
export interface Wrapped {
  readonly module: string;
  /** It takes a promise for another way to go on: the wrapper returns none. */
  readonly looksAtPromise: boolean;
}

export function wrappedBy(rewriter: Rewriter, node: FunctionNode): Wrapped {
  const module = rewriter.notes.values.contractOf(node)?.module ?? 'express';
  return { module, looksAtPromise: needsPlainFunction(rewriter, node) };
}

/** Why a handler is wrapped. */
export function deafReason({ module }: Wrapped): string {
  return `${module === 'express' ? 'Express 4' : module} does not see the rejection of an async handler`;
}

const defaultName = 'asyncHandler';
const imports = new WeakMap<Rewriter, Map<string, string>>();

/** The wrapper's name in a file, imported there; the helper is created once for the project. */
export function wrapperName(rewriter: Rewriter, place: ts.Node, group: string, framework: Wrapped): string {
  const file = place.getSourceFile();
  const path = rewriter.notes.session.pathOf(file);
  const support = `import:${path}#${defaultName}`;
  rewriter.require(group, support, `import ${defaultName}`);
  let names = imports.get(rewriter);
  if (names === undefined) {
    names = new Map();
    imports.set(rewriter, names);
  }
  const known = names.get(path);
  if (known !== undefined) return known;
  names.set(path, defaultName);
  if (rewriter.policy.inlineHelpers === true) {
    insertHelper(rewriter, file, support, framework);
    return defaultName;
  }
  const existing = framework.looksAtPromise ? undefined : findWrapper(rewriter.notes, file);
  if (existing !== undefined) {
    if (existing.specifier !== undefined)
      insertImport(rewriter, file, support, {
        specifier: existing.specifier,
        member: existing.member,
        name: existing.name,
      });
    names.set(path, existing.name);
    return existing.name;
  }
  const helper = helperFile(rewriter, file, support, framework);
  insertImport(rewriter, file, support, {
    specifier: relativeSpecifier(
      path,
      helper.path,
      helper.isEsm || isEsmFile(file) ? endingsIn(rewriter.notes, file) : 'none',
    ),
    member: helper.isEsm ? defaultName : null,
    name: defaultName,
  });
  return defaultName;
}

/** Defines the wrapper in the file itself. */
function insertHelper(rewriter: Rewriter, file: ts.SourceFile, support: string, framework: Wrapped): void {
  const style = rewriter.styleOf(file);
  const isEsm = isEsmFile(file);
  const source = dressed(
    isEsm
      ? written(rewriter, esmHelper, framework).replace('export ', '')
      : written(rewriter, commonHelper, framework)
          .replace("'use strict';\n\n", '')
          .replace('\nmodule.exports = asyncHandler;\n', ''),
    style,
  );
  insertAfterImports(rewriter, file, support, source.trimEnd());
}

function isEsmFile(file: ts.SourceFile): boolean {
  return file.statements.some(
    (s) =>
      ts.isImportDeclaration(s) ||
      ts.isImportEqualsDeclaration(s) ||
      ts.isExportDeclaration(s) ||
      ts.isExportAssignment(s),
  );
}

function dressed(source: string, style: Style): string {
  return source
    .replaceAll('  ', style.unit)
    .replaceAll(';\n', `${style.semicolon}\n`)
    .replaceAll('\n', style.newline);
}

interface HelperFile {
  readonly path: string;
  readonly isEsm: boolean;
}

const helpers = new WeakMap<Rewriter, Map<string, HelperFile>>();

/** The file of the wrapper, created in the folder where such files live. */
function helperFile(
  rewriter: Rewriter,
  user: ts.SourceFile,
  importSupport: string,
  framework: Wrapped,
): HelperFile {
  const { session } = rewriter.notes;
  // Each package has a wrapper of its own: it is built and published by itself.
  const owner = packageFolder(session.project, session.pathOf(user));
  const file = framework.looksAtPromise ? 'plain-handler' : 'async-handler';
  const support = owner === '' ? `file:${file}` : `file:${owner}/${file}`;
  rewriter.require(importSupport, support, 'create the wrapper of async handlers');
  const all = helpers.get(rewriter) ?? new Map<string, HelperFile>();
  helpers.set(rewriter, all);
  const known = all.get(support);
  if (known !== undefined) return known;
  const paths = [...session.files.keys()].filter((path) => packageFolder(session.project, path) === owner);
  // What a `.js` file is, its package says; without a word, the syntax of those who use it.
  const isEsm =
    rewriter.notes.facts.isModuleAt(session.pathOf(user)) ||
    (isEsmFile(user) && !/\.[cm][jt]s$/.test(session.pathOf(user)));
  const isTyped = paths.some((path) => /\.tsx?$/.test(path)) && /\.[cm]?tsx?$/.test(session.pathOf(user));
  const folder = helperFolder(paths, owner, session.pathOf(user));
  const isCamel =
    paths.filter((path) => /[a-z][A-Z][^/]*$/.test(posix.basename(path))).length >
    paths.filter((path) => posix.basename(path).includes('-')).length;
  const extension = isTyped ? 'ts' : 'js';
  const names = isCamel
    ? ['asyncHandler', 'asyncRoute', 'wrapAsync']
    : ['async-handler', 'async-route', 'wrap-async'];
  // Two files that differ in their endings only would be one module.
  const made = new Set([...all.values()].map((other) => other.path.replace(/\.[jt]s$/, '')));
  const free = names
    .filter((name) => !made.has(posix.join(folder, name)))
    .map((name) => posix.join(folder, `${name}.${extension}`))
    .find((candidate) => !isTaken(rewriter, candidate));
  const path = free ?? posix.join(folder, `async-handler-${paths.length}.${extension}`);
  const style = rewriter.styleOf(user);
  const typed = framework.module === 'express' ? typedHelper : genericHelper;
  const source = isTyped ? typed : written(rewriter, isEsm ? esmHelper : commonHelper, framework);
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node: user,
    title: `create ${path}`,
    reason: deafReason(framework),
  });
  rewriter.create(change, path, dressed(source, style));
  const helper = { path, isEsm: isEsm || isTyped };
  all.set(support, helper);
  return helper;
}

function isTaken(rewriter: Rewriter, path: string): boolean {
  const { project } = rewriter.notes.session;
  return project.sources.has(path) || project.manifests.has(path);
}

const folders = ['middleware', 'middlewares', 'lib', 'utils', 'util', 'helpers'];

function helperFolder(paths: readonly string[], owner: string, user: string): string {
  // `client/js/helpers` belongs to another part of the project than `server/routes.ts`.
  const partOf = (path: string): string => posix.relative(owner, path).split('/')[0] ?? '';
  const isNear = (folder: string): boolean =>
    posix.dirname(user) === (owner === '' ? '.' : owner) ||
    posix.dirname(folder) === (owner === '' ? '.' : owner) ||
    partOf(folder) === partOf(user);
  // What serves requests imports nothing that only the tests have.
  const all = paths.filter((path) => !isTestPath(path)).map((path) => posix.dirname(path));
  const named = all.filter((folder) => folders.includes(posix.basename(folder)));
  // The `lib` of a part that was copied into the project comes behind the `utils` of those who use the wrapper.
  const around = named.filter((folder) => !posix.relative(posix.dirname(folder), user).startsWith('..'));
  for (const near of [around, named]) {
    for (const name of folders) {
      const found = near.find((folder) => posix.basename(folder) === name && isNear(folder));
      if (found !== undefined) return found;
    }
  }
  if (named.length > 0) return posix.join(owner, partOf(user));
  const source = posix.join(owner, 'src');
  return paths.some((path) => path.startsWith(`${source}/`)) ? source : owner === '' ? '.' : owner;
}

function written(rewriter: Rewriter, helper: string, { looksAtPromise }: Wrapped): string {
  const plain = looksAtPromise ? helper.replace('    return Promise', '    Promise') : helper;
  return helperKeepsThis(rewriter) ? plain.replace('handler(req,', 'handler.call(this, req,') : plain;
}

const commonHelper = `'use strict';

/** Hands the rejection of an async handler to \`next\`. */
function asyncHandler(handler) {
  return function (req, res, next) {
    return Promise.resolve(handler(req, res, next)).catch(next);
  };
}

module.exports = asyncHandler;
`;

const esmHelper = `/** Hands the rejection of an async handler to \`next\`. */
export function asyncHandler(handler) {
  return function (req, res, next) {
    return Promise.resolve(handler(req, res, next)).catch(next);
  };
}
`;

const typedHelper = `import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** Hands the rejection of an async handler to \`next\`. */
export function asyncHandler(handler: (req: Request, res: Response, next: NextFunction) => Promise<unknown>): RequestHandler {
  return (req: Request, res: Response, next: NextFunction) => {
    handler(req, res, next).catch(next);
  };
}
`;

const genericHelper = `type Next = (error?: unknown) => void;

/** Hands the rejection of an async handler to \`next\`. */
export function asyncHandler<Req = any, Res = any>(handler: (req: Req, res: Res, next: Next) => Promise<unknown>) {
  return (req: Req, res: Res, next: Next): void => {
    handler(req, res, next).catch(next);
  };
}
`;
