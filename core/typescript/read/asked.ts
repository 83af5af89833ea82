import { ts } from 'ts-morph';
import { standardMethods } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import type { AsyncName } from '../../model/plan.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import {
  enclosingFunction,
  isAsync,
  isAwait,
  isFunctionNode,
  outermost,
  unwrap,
  visitOwn,
} from './syntax.js';
import type { Values } from './values.js';

/** What the person who runs the tool says of functions. */
export interface Asked {
  /** Functions of the project that are to become async. */
  readonly functions: ReadonlySet<FunctionNode>;
  /** Names that lead to no function. */
  readonly unknown: readonly AsyncName[];
  /** A call that answers with a promise which nobody takes care of yet. */
  isUnawaited(call: ts.CallExpression): boolean;
  /** What there is to say of waiting for such a call. */
  hazardsOf(call: ts.CallExpression): readonly Hazard[];
}

export function readAsked(values: Values, names: readonly AsyncName[]): Asked {
  const functions = new Set<FunctionNode>();
  const already = new Set<FunctionNode>();
  const unknown: AsyncName[] = [];
  for (const name of names) {
    if (name.kind === 'package') continue;
    const found = functionsNamed(values, name);
    if (found.length === 0) unknown.push(name);
    for (const node of found) (isAsync(node) ? already : functions).add(node);
  }
  const packages = names.filter((name) => name.kind === 'package');
  const seen = new Set<AsyncName>();
  const isPackageCall = (call: ts.CallExpression): boolean => {
    const member = packageMember(values, call.expression);
    const name = packages.find((one) => one.module === member?.module && one.name === member.name);
    if (name !== undefined) seen.add(name);
    return name !== undefined;
  };
  const answersWithPromise = (call: ts.CallExpression): boolean =>
    isPackageCall(call) ||
    values.of(call.expression).some((v) => v.kind === 'function' && already.has(v.node));
  if (already.size > 0 || packages.length > 0) {
    let size = -1;
    while (size !== already.size) {
      size = already.size;
      for (const file of values.session.files.values())
        visitCalls(file, (call) => {
          const node = answersWithPromise(call) ? forwarder(call) : undefined;
          if (node !== undefined) already.add(node);
        });
    }
  }
  unknown.push(...packages.filter((name) => !seen.has(name)));
  return {
    functions,
    unknown,
    isUnawaited: (call) =>
      (already.size > 0 || packages.length > 0) &&
      answersWithPromise(call) &&
      forwarder(call) === undefined &&
      !isTakenCareOf(values, call),
    hazardsOf: (call) => (isGivenToUnknown(values, call) ? [promiseWanted(call)] : []),
  };
}

function promiseWanted(call: ts.CallExpression): Hazard {
  const message = 'it is given to something that may want the promise itself';
  return hazard('H-FLOATING', 'review', message, call, 'check that the value is what is wanted there');
}

function visitCalls(node: ts.Node, visit: (call: ts.CallExpression) => void): void {
  if (ts.isCallExpression(node)) visit(node);
  ts.forEachChild(node, (child) => visitCalls(child, visit));
}

/** `getUser`, `default`, `Store.getUser`: what a file exports, else what it declares at its top. */
function functionsNamed(values: Values, name: Extract<AsyncName, { kind: 'file' }>): FunctionNode[] {
  const [first = '', ...rest] = name.name.split('.');
  const file = values.session.files.get(name.file);
  if (file === undefined) return [];
  let found = values.member({ kind: 'file', path: name.file }, first);
  if (found.length === 0) {
    const declared = file.statements.flatMap((statement): readonly ts.Identifier[] => {
      if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
        return statement.name?.text === first ? [statement.name] : [];
      if (!ts.isVariableStatement(statement)) return [];
      return statement.declarationList.declarations.flatMap((d) =>
        ts.isIdentifier(d.name) && d.name.text === first ? [d.name] : [],
      );
    });
    found = declared.flatMap((identifier) => [...values.of(identifier)]);
  }
  for (const part of rest)
    found = found.flatMap((value) => {
      const own = values.member(value, part);
      return own.length > 0 || value.kind !== 'class'
        ? own
        : values.member({ kind: 'instance', node: value.node }, part);
    });
  return found.flatMap((value) =>
    value.kind === 'function' && value.node.body !== undefined ? [value.node] : [],
  );
}

/** The package and the export that a callee is. */
function packageMember(values: Values, callee: ts.Expression): { module: string; name: string } | undefined {
  const node = unwrap(callee);
  const [value] = values.of(node);
  if (value?.kind === 'member' && value.owner === null)
    return { module: value.library.module, name: value.name };
  if (value?.kind === 'package') return { module: value.name, name: 'default' };
  if (ts.isPropertyAccessExpression(node)) {
    const [owner] = values.of(node.expression);
    return owner?.kind === 'package' ? { module: owner.name, name: node.name.text } : undefined;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const declaration = values.session.symbolOf(node)?.declarations?.[0];
  if (declaration === undefined) return undefined;
  if (ts.isImportSpecifier(declaration)) {
    const specifier = declaration.parent.parent.parent.moduleSpecifier;
    if (!ts.isStringLiteral(specifier)) return undefined;
    return { module: specifier.text, name: (declaration.propertyName ?? declaration.name).text };
  }
  if (ts.isBindingElement(declaration) && ts.isVariableDeclaration(declaration.parent.parent)) {
    const { initializer } = declaration.parent.parent;
    const [owner] = initializer === undefined ? [] : values.of(initializer);
    const key = declaration.propertyName ?? declaration.name;
    return owner?.kind === 'package' && ts.isIdentifier(key)
      ? { module: owner.name, name: key.text }
      : undefined;
  }
  return undefined;
}

/** The function that hands the promise of a call on to its own callers. */
function forwarder(call: ts.CallExpression): FunctionNode | undefined {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isArrowFunction(parent) && parent.body === outer) return isAsync(parent) ? undefined : parent;
  if (!ts.isReturnStatement(parent)) return undefined;
  const node = enclosingFunction(call);
  if (node === undefined || isAsync(node) || !isFunctionNode(node) || node.body === undefined)
    return undefined;
  // A function that answers with a value on another path is to wait itself.
  let isMixed = false;
  visitOwn(node.body, (inner) => {
    if (!ts.isReturnStatement(inner) || inner === parent) return;
    isMixed ||= inner.expression === undefined || !ts.isCallExpression(unwrap(inner.expression));
  });
  return isMixed ? undefined : node;
}

/** Awaited, chained, let go, or collected for `Promise.all`; at once, or by the name that it is given. */
function isTakenCareOf(values: Values, call: ts.CallExpression): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (isAwaitedAt(outer)) return true;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const symbol = values.session.symbolOf(parent.name);
  const uses = symbol === undefined ? [] : values.session.referencesOf(symbol);
  return uses.some((use) => use !== parent.name && isAwaitedAt(outermost(use)));
}

function isAwaitedAt(node: ts.Expression): boolean {
  const { parent } = node;
  if (isAwait(parent) || ts.isVoidExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent))
    return parent.expression === node && standardMethods.has(parent.name.text);
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node)) {
    const inner = enclosingFunction(node);
    return inner !== undefined && isAsync(inner);
  }
  return isCollected(node);
}

/** Within an argument of a call of `Promise`: `Promise.all([f(), g()])`, `Promise.all(list.map(() => f()))`. */
function isCollected(node: ts.Expression): boolean {
  for (let up: ts.Node = node.parent; !ts.isStatement(up); up = up.parent)
    if (
      ts.isCallExpression(up) &&
      ts.isPropertyAccessExpression(up.expression) &&
      up.expression.expression.getText() === 'Promise'
    )
      return true;
  return false;
}

function isGivenToUnknown(values: Values, call: ts.CallExpression): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (!ts.isCallExpression(parent) && !ts.isNewExpression(parent)) return false;
  const callees = values.of(parent.expression);
  return callees.length === 0 || callees.some((v) => v.kind !== 'member');
}
