import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { cannotThrow, endsRequest, handlingOf, judgeWidening, withoutReleases } from '../read/errors.js';
import { isWaitedFor } from '../read/own-completion.js';
import type { FunctionNode } from '../read/session.js';
import { hasModifier, rangeOf, someNode } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { packageFolder } from '../read/workspaces.js';
import { chainAnswersItself } from './chain-handlers.js';
import { insertAfterImports, insertImport, relativeSpecifier, writesEndings } from './imports.js';
import { handsErrorsOn, isDeaf, needsOwnTry } from './own-try.js';
import { fullRange, keep, lineIndent, type Style, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { wrapPlaces } from './wrap-places.js';
import { findWrapper, isWrapped } from './wrappers.js';

/** Lets a framework that sees no rejections get them: the handler is wrapped where it is defined or registered. */
export function deliverRejections(
  rewriter: Rewriter,
  node: FunctionNode,
  unit: Unit | undefined,
  group: string,
): void {
  if (unit?.kind === 'starter' || isWaitedFor(rewriter.notes.values, node)) return;
  if (!isDeaf(rewriter, node)) return;
  if (unit === undefined ? chainAnswersItself(rewriter, node) : answersItself(rewriter, unit)) return;
  if (needsOwnTry(rewriter, node)) {
    const isHandedOn = unit !== undefined && handsErrorsOn(rewriter, unit);
    if (!isHandedOn && !encloseBody(rewriter, node, group))
      refuse(rewriter, node, 'H-ARITY', 'the framework hands it more than a wrapper passes on');
    return;
  }
  if (rewriter.policy.express4 === 'try' && encloseBody(rewriter, node, group)) return;
  wrap(rewriter, node, group);
}

/** One `try` covers everything that can throw, and its `catch` cannot. */
function answersItself(rewriter: Rewriter, unit: Unit): boolean {
  const { session, values } = rewriter.notes;
  const steps = unit.flow.steps;
  const last = steps.findLast((step) => step.kind !== 'plain' || !ts.isReturnStatement(step.item));
  if (last?.kind !== 'await') return false;
  const before = steps.slice(0, steps.indexOf(last));
  if (
    before.some((step) => step.kind !== 'plain') ||
    !cannotThrow(
      values,
      unit,
      before.map((step) => step.item),
    )
  )
    return false;
  const handling = handlingOf(session, last);
  if (handling?.kind !== 'handled') return false;
  const regions = [...rewriter.notes.regions.values()].flat();
  const region = regions.find((candidate) => candidate.acquire === last);
  const isWhole = region?.catches?.kind === 'handled' && region.catches.text === handling.text;
  if (!isWhole && !judgeWidening(session, values, unit, rewriter.policy.errorRegion).canWiden(last))
    return false;
  const handler = withoutReleases(handling.steps);
  return (
    endsRequest(values, unit, handler) &&
    cannotThrow(
      values,
      unit,
      handler.map((step) => step.item),
    )
  );
}

/** One `try` around the whole body that hands every error to `next`; not where the body calls `next` itself. */
function encloseBody(rewriter: Rewriter, node: FunctionNode, group: string): boolean {
  const { session, values } = rewriter.notes;
  const next = node.parameters.find(
    (p) => ts.isIdentifier(p.name) && values.of(p.name).some((v) => v.kind === 'next'),
  )?.name;
  const { body } = node;
  if (next === undefined || !ts.isIdentifier(next) || body === undefined || !ts.isBlock(body)) return false;
  const symbol = session.symbolOf(next);
  const [first] = body.statements;
  const last = body.statements[body.statements.length - 1];
  if (symbol === undefined || first === undefined || last === undefined) return false;
  if (someNode(body, (inner) => ts.isIdentifier(inner) && session.symbolOf(inner) === symbol)) return false;
  const style = rewriter.styleOf(node);
  const outer = lineIndent(first);
  if (outer === lineIndent(body) && body.getText().includes('\n') === false) return false;
  const inner = outer + style.unit;
  const taken = node.parameters.map((p) => p.name.getText());
  const error = ['err', 'error', 'failure'].find((name) => !taken.includes(name)) ?? 'caught';
  const range = { start: fullRange(first).start, end: fullRange(last).end };
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node: body,
    title: 'try … catch → next',
    reason: 'Express 4 does not see the rejection of an async handler',
  });
  // What stands in front makes the edit larger than that of an only statement, which lies in it.
  const start = body.getStart() + 1;
  const front = body.getSourceFile().text.slice(start, range.start);
  // The line break in front of the first statement goes with it where the statement goes.
  const lineBreak = /\r?\n[^\n]*$/.exec(front)?.index;
  rewriter.edit(change, body, { start, end: range.end }, [
    ...(lineBreak === undefined || lineBreak === 0
      ? []
      : [keep(body.getSourceFile(), { start, end: start + lineBreak })]),
    text(lineBreak === undefined ? `${front}try {${style.newline}${inner}` : `${style.newline}${outer}try {`),
    keep(
      body.getSourceFile(),
      { start: lineBreak === undefined ? range.start : start + lineBreak, end: range.end },
      outer,
      inner,
    ),
    text(
      `${style.newline}${outer}} catch (${error}) {${style.newline}${inner}${next.text}(${error})${style.semicolon}${style.newline}${outer}}`,
    ),
  ]);
  return true;
}

const wrapped = new WeakMap<Rewriter, Set<ts.Node>>();

function wrap(rewriter: Rewriter, node: FunctionNode, group: string): void {
  const places = wrapPlaces(rewriter, node);
  if (places.length === 0) {
    if (ts.isFunctionDeclaration(node) && wrapDeclaration(rewriter, node, group)) return;
    if (!encloseBody(rewriter, node, group))
      refuse(rewriter, node, 'H-HANDLER', 'nobody sees its rejection, and no wrapper can stand around it');
    return;
  }
  let done = wrapped.get(rewriter);
  if (done === undefined) {
    done = new Set();
    wrapped.set(rewriter, done);
  }
  for (const place of places) {
    if (isWrapped(rewriter.notes, place)) continue;
    if (done.has(place)) continue;
    done.add(place);
    const name = wrapperName(rewriter, place, group);
    const change = rewriter.change({
      group,
      transform: 'async-signature',
      node: place,
      title: `${name}(…)`,
      reason: 'Express 4 does not see the rejection of an async handler',
    });
    const key = ts.isShorthandPropertyAssignment(place.parent) ? `${place.getText()}: ` : '';
    rewriter.edit(change, place, { start: place.getStart(), end: place.getStart() }, [
      text(`${key}${name}(`),
    ]);
    rewriter.edit(change, place, { start: place.end, end: place.end }, [text(')')]);
  }
}

/** `export function list(…) {…}` → `export const list = wrapper(function list(…) {…});` */
function wrapDeclaration(rewriter: Rewriter, node: ts.FunctionDeclaration, group: string): boolean {
  const keyword = node.getChildren().find((child) => child.kind === ts.SyntaxKind.FunctionKeyword);
  const isNamed =
    hasModifier(node, ts.SyntaxKind.ExportKeyword) && !hasModifier(node, ts.SyntaxKind.DefaultKeyword);
  if (keyword === undefined || node.name === undefined || !isNamed) return false;
  const { session } = rewriter.notes;
  const symbol = session.symbolOf(node.name);
  const isUsedHere = symbol !== undefined && session.referencesOf(symbol).some((name) => name !== node.name);
  if (isUsedHere) return false;
  const name = wrapperName(rewriter, node, group);
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node,
    title: `${name}(…)`,
    reason: 'Express 4 does not see the rejection of an async handler',
  });
  const start = keyword.getStart();
  rewriter.insert(change, node, start, 0, `const ${node.name.text} = ${name}(`);
  rewriter.edit(change, node, { start: node.end, end: node.end }, [
    text(`)${rewriter.styleOf(node).semicolon}`),
  ]);
  return true;
}

function refuse(
  rewriter: Rewriter,
  node: FunctionNode,
  code: 'H-HANDLER' | 'H-ARITY',
  message: string,
): void {
  const { session, ids } = rewriter.notes;
  const at = { file: session.pathOf(node), range: rangeOf(node) };
  const unblock = 'answer with a `try` around its whole body';
  rewriter.late({ call: ids.of(node), hazard: { code, effect: 'blocks', message, at, unblock } });
}

const defaultName = 'asyncHandler';
const imports = new WeakMap<Rewriter, Map<string, string>>();

/** The wrapper's name in a file, imported there; the helper is created once for the project. */
function wrapperName(rewriter: Rewriter, place: ts.Node, group: string): string {
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
    insertHelper(rewriter, file, support);
    return defaultName;
  }
  const existing = findWrapper(rewriter.notes, file);
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
  const helper = helperFile(rewriter, file, support);
  insertImport(rewriter, file, support, {
    specifier: relativeSpecifier(
      path,
      helper.path,
      writesEndings(rewriter.notes, file) && (helper.isEsm || isEsmFile(file)),
    ),
    member: helper.isEsm ? defaultName : null,
    name: defaultName,
  });
  return defaultName;
}

/** Defines the wrapper in the file itself. */
function insertHelper(rewriter: Rewriter, file: ts.SourceFile, support: string): void {
  const style = rewriter.styleOf(file);
  const isEsm = isEsmFile(file);
  const source = dressed(
    isEsm
      ? esmHelper.replace('export ', '')
      : commonHelper.replace("'use strict';\n\n", '').replace('\nmodule.exports = asyncHandler;\n', ''),
    style,
  );
  insertAfterImports(rewriter, file, support, source.trimEnd());
}

function isEsmFile(file: ts.SourceFile): boolean {
  return file.statements.some(
    (s) => ts.isImportDeclaration(s) || ts.isExportDeclaration(s) || ts.isExportAssignment(s),
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
function helperFile(rewriter: Rewriter, user: ts.SourceFile, importSupport: string): HelperFile {
  const { session } = rewriter.notes;
  // Each package has a wrapper of its own: it is built and published by itself.
  const owner = packageFolder(session.project, session.pathOf(user));
  const support = owner === '' ? 'file:async-handler' : `file:${owner}/async-handler`;
  rewriter.require(importSupport, support, 'create the wrapper of async handlers');
  const all = helpers.get(rewriter) ?? new Map<string, HelperFile>();
  helpers.set(rewriter, all);
  const known = all.get(owner);
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
  const free = names
    .map((name) => posix.join(folder, `${name}.${extension}`))
    .find((candidate) => !isTaken(rewriter, candidate));
  const path = free ?? posix.join(folder, `async-handler-${paths.length}.${extension}`);
  const style = rewriter.styleOf(user);
  const source = isTyped ? typedHelper : isEsm ? esmHelper : commonHelper;
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node: user,
    title: `create ${path}`,
    reason: 'Express 4 does not see the rejection of an async handler',
  });
  rewriter.create(change, path, dressed(source, style));
  const helper = { path, isEsm: isEsm || isTyped };
  all.set(owner, helper);
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
  const all = paths.map((path) => posix.dirname(path));
  const named = all.filter((folder) => folders.includes(posix.basename(folder)));
  for (const name of folders) {
    const found = named.find((folder) => posix.basename(folder) === name && isNear(folder));
    if (found !== undefined) return found;
  }
  if (named.length > 0) return posix.join(owner, partOf(user));
  const source = posix.join(owner, 'src');
  return paths.some((path) => path.startsWith(`${source}/`)) ? source : owner === '' ? '.' : owner;
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
