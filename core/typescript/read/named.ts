import { ts } from 'ts-morph';
import { findFramework, findLibrary, libraries, saysItself } from '../../catalog/index.js';
import {
  answersBesideError,
  clientNames,
  hasOtherShape,
  isNeverOnce,
  listenerNames,
  membersByName,
} from '../../catalog/names.js';
import type { CallbackMember, Library } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import type { Evidence } from '../../model/program.js';
import { showsAbsentError } from './absent-error.js';
import { runsInBrowser } from './browser-files.js';
import { isErrorFirstForCallers } from './callers-callbacks.js';
import {
  answersItsCaller,
  errorName,
  isErrorFirst,
  skipsError,
  standsForFailure,
  usesError,
} from './error-first.js';
import { isOfForeignPackage } from './foreign-objects.js';
import { hazard } from './hazards.js';
import { isOfProject } from './kept-callbacks.js';
import { isPackageName, resolveFile } from './modules.js';
import { namesakes } from './namesakes.js';
import { packageFacts } from './package-facts.js';
import { declarationsOf, isMemberName, type Session } from './session.js';
import { isFunctionNode, outermost, unwrap, withoutBinding } from './syntax.js';
import type { Value, Values } from './values.js';

/** A call whose callee leads nowhere, read by its name and the shape of its callback. */
export interface NamedCall {
  readonly library: Library;
  readonly owner: string | null;
  readonly name: string;
  readonly member: CallbackMember;
  readonly evidence: Evidence;
  /** It is seen to call back once, error first. */
  readonly isKnownToAnswer?: boolean;
}

/** Answers for a call that nothing else is known of. */
export type NamedCalls = (call: ts.CallExpression) => NamedCall | undefined;

/** A package without an entry: its functions have the promise form that `util.promisify` gives every one. */
const unlisted: Library = { module: '', exports: {}, types: {} };

export const once: CallbackMember = {
  kind: 'callback',
  transform: 'callback-call',
  wait: 'network',
  results: [{ name: 'result' }],
  awaited: { kind: 'value' },
  promise: { kind: 'promisify' },
};

/** Finds calls by name: of a library that the project uses, else of any package, where the callback is error-first. */
export function namedCalls(session: Session, values: Values): NamedCalls {
  const inUse = librariesInUse(session, values);
  // The objects of a request are followed; what they are called by says nothing of others.
  const known = membersByName(inUse.filter((library) => !serves(library)));
  const clients = clientNames(inUse);
  const listeners = listenerNames(inUse);
  const own = namesakes(session, values);
  const memo = new Map<ts.CallExpression, NamedCall | undefined>();

  function read(call: ts.CallExpression): NamedCall | undefined {
    const callee = unwrap(call.expression);
    const last = call.arguments[call.arguments.length - 1];
    if (last === undefined || call.arguments.some(ts.isSpreadElement)) return undefined;
    const name = nameOf(callee);
    if (name === undefined) return undefined;
    // A function of the project of that name keeps its callback, since the call may mean it.
    const namesake = own(name, call);
    if (namesake === 'unclear') return undefined;
    if (!isUnknown(session, values, callee)) return undefined;
    if (runsInBrowser(session, call.getSourceFile())) return undefined;
    const callback = withoutBinding(last);
    const method =
      namesake === 'none' &&
      ts.isPropertyAccessExpression(callee) &&
      !isOfForeignPackage(values, callee.expression)
        ? known.get(name)
        : undefined;
    if (method !== undefined && call.arguments.length > (method.member.argumentsBefore ?? 0)) {
      if (!isErrorFirst(callback) && !isOwnCallback(session, callback, 'name')) return undefined;
      return { ...method, evidence: 'name' };
    }
    if (isNeverOnce(name) || clients.has(name) || listeners.has(name)) return undefined;
    if (!isStatement(call)) return undefined;
    const mayIgnore = !answersBesideError(name);
    const takesError =
      isErrorFirst(callback) &&
      (usesError(session, callback) || (mayIgnore && skipsError(session, call, callback)));
    const isHandedOn =
      isOwnCallback(session, callback, 'calls') ||
      (mayIgnore &&
        (isCompletion(session, values, callback) || isErrorFirstForCallers(session, values, callback)));
    if (!takesError && !isHandedOn) return undefined;
    if (isErrorFirst(callback) && (answersItsCaller(callback) || standsForFailure(call, callback)))
      return undefined;
    const owner = ts.isPropertyAccessExpression(callee) ? 'object' : null;
    const isOwn = namesake !== 'none';
    if (isOwn && !namesake.saysNull && isErrorFirst(callback) && showsAbsentError(session, callback))
      return undefined;
    const member = isOwn && namesake.isAtOnce ? { ...once, mayAnswerAtOnce: true } : once;
    return { library: unlisted, owner, name, member, evidence: 'name' };
  }

  return (call) => {
    if (!memo.has(call)) memo.set(call, read(call));
    return memo.get(call);
  };
}

function serves({ module }: Library): boolean {
  const framework = findFramework(module);
  return framework !== undefined && !saysItself(framework);
}

/** Every catalog library that package.json names, or that some file loads, in the version that is declared. */
function librariesInUse(session: Session, { described }: Values): Library[] {
  const facts = packageFacts(session.project, session.files);
  const texts = [...session.files.values()].map((file) => file.text);
  const isLoaded = (name: string): boolean =>
    texts.some((text) => text.includes(`'${name}'`) || text.includes(`"${name}"`));
  const names = [...new Set(libraries.map((library) => library.module))].filter(
    (name) => facts.rangeOf(name) !== undefined || isLoaded(name),
  );
  const listed = names.filter((name) => !described.has(name));
  return [...described.values(), ...listed.flatMap((name) => findLibrary(name, facts.versionOf(name)) ?? [])];
}

function nameOf(callee: ts.Expression): string | undefined {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

/** Nothing is known of what the call runs, and nothing says that it is code of the project. */
function isUnknown(session: Session, values: Values, callee: ts.Expression): boolean {
  if (values.of(callee).some((value) => value.kind !== 'package')) return false;
  if (ts.isIdentifier(callee)) return isOfPackage(session, values, callee);
  if (!ts.isPropertyAccessExpression(callee) || ts.isPrivateIdentifier(callee.name)) return false;
  const receiver = unwrap(callee.expression);
  if (receiver.kind === ts.SyntaxKind.SuperKeyword) return false;
  return values.of(receiver).every(mayHoldMore);
}

/** Objects that may have members which nobody has seen. */
function mayHoldMore(value: Value): boolean {
  switch (value.kind) {
    case 'package':
      return !hasOtherShape(value.name);
    case 'library':
    case 'object-of':
      return value.library.replacement === undefined;
    case 'instance':
    case 'object':
    case 'class':
      return true;
    case 'function':
    case 'prototype':
    case 'file':
    case 'namespace':
    case 'member':
    case 'element':
    case 'array':
    case 'next':
    case 'release':
    case 'promise':
    case 'plain':
      return false;
  }
}

/** `const lookup = require('lookup')`, `const { lookup } = require('pkg')`, `import { lookup } from 'pkg'`. */
function isOfPackage(session: Session, values: Values, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  if (symbol === undefined) return false;
  const [declaration, more] = declarationsOf(symbol);
  if (declaration === undefined || more !== undefined) return false;
  if (values.assignments.variables.has(symbol)) return false;
  const isPackage = (value: Value): boolean => value.kind === 'package' && !hasOtherShape(value.name);
  if (ts.isImportClause(declaration) || ts.isNamespaceImport(declaration))
    return values.of(name).every(isPackage) && values.of(name).length > 0;
  if (ts.isImportSpecifier(declaration)) {
    const { moduleSpecifier } = declaration.parent.parent.parent;
    return (
      ts.isStringLiteral(moduleSpecifier) &&
      isPackageName(moduleSpecifier.text) &&
      resolveFile(session, session.pathOf(declaration), moduleSpecifier.text) === undefined &&
      !hasOtherShape(moduleSpecifier.text)
    );
  }
  const holder = ts.isBindingElement(declaration) ? declaration.parent.parent : declaration;
  if (!ts.isVariableDeclaration(holder) || holder.initializer === undefined) return false;
  let source = unwrap(holder.initializer);
  while (ts.isPropertyAccessExpression(source)) source = unwrap(source.expression);
  const found = values.of(source);
  return found.length > 0 && found.every(isPackage);
}

/**
 * A function's last parameter, which it also calls error-first: the two have the same shape.
 *
 * @param evidence `name`: being called like a callback is enough
 */
export function isOwnCallback(
  session: Session,
  callback: ts.Expression,
  evidence: 'name' | 'calls',
): boolean {
  if (!ts.isIdentifier(callback) || isMemberName(callback)) return false;
  const symbol = session.symbolOf(callback);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !ts.isParameter(declaration)) return false;
  const owner = declaration.parent;
  if (!isFunctionNode(owner) || owner.parameters[owner.parameters.length - 1] !== declaration) return false;
  if (evidence === 'name' && /^(?:cb|callback|done|next)$/i.test(callback.text)) return true;
  return session.referencesOf(symbol).some((use) => {
    const call = use.parent;
    if (!ts.isCallExpression(call) || call.expression !== use) return false;
    const first = call.arguments[0] === undefined ? undefined : unwrap(call.arguments[0]);
    if (first === undefined) return false;
    return first.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(first) && errorName.test(first.text));
  });
}

/** `done` of a test: the runner takes an error first, and nothing else. */
function isCompletion(session: Session, values: Values, callback: ts.Expression): boolean {
  const declaration = ts.isIdentifier(callback) ? session.symbolOf(callback)?.declarations?.[0] : undefined;
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  const owner = declaration.parent;
  if (!isFunctionNode(owner)) return false;
  const role = values.contractOf(owner)?.contract.parameters[owner.parameters.indexOf(declaration)];
  return role?.role === 'completion' && role.value === 'ignored';
}

/** The call's own value is not used. */
export function isStatement(call: ts.CallExpression): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent) || ts.isReturnStatement(parent)) return true;
  return ts.isArrowFunction(parent) && parent.body === outer;
}

/** What the async form of a callback call takes for granted. */
export function assumptionsOf(call: ts.CallExpression, named: NamedCall): Hazard[] {
  const hazards: Hazard[] = [];
  if (named.member.mayAnswerAtOnce === true) {
    const message = `\`${shortName(call)}\` may call back before it returns; now what follows runs a turn later`;
    hazards.push(
      hazard('H-SYNC-CB', 'review', message, call, 'check that nobody relies on the answer coming at once'),
    );
  }
  if (named.isKnownToAnswer === true) return hazards;
  const last = call.arguments[call.arguments.length - 1];
  const isWritten = last !== undefined && isFunctionNode(unwrap(last));
  const results = isWritten ? 'with no result beside an error' : 'with one result';
  if (isOfProject(named.library)) {
    const message = `\`${shortName(call)}\` keeps its callback, which is taken to be called once, error first, ${results}`;
    hazards.push(hazard('H-MULTI-CALL', 'review', message, call, `give \`${named.name}\` an async form`));
  } else if (isUnlisted(named.library)) {
    const message = `\`${shortName(call)}\` is not in the catalog: it is taken to call back once, error first, ${results}`;
    hazards.push(hazard('H-UNKNOWN-API', 'review', message, call, rowFor(named.name)));
  }
  return hazards;
}

function shortName(call: ts.CallExpression): string {
  return call.expression.getText().replace(/\s+/g, '').slice(0, 40);
}

/** What a person can write down about an API that is not in the catalog. */
export function rowFor(name: string): string {
  return `check it, or describe it in \`apis\` of migrate.config: { "module": "…", "member": "${name}", "style": "callback", "result": "value" }`;
}

export function isUnlisted(library: Library): boolean {
  return library === unlisted || isOfProject(library);
}
