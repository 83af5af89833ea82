import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { storedAbroad } from './foreign-places.js';
import { hazard } from './hazards.js';
import { type ListenerPlace, listenerPlace } from './listeners.js';
import { isAssignment, isExportsObject } from './modules.js';
import { isGiven } from './references.js';
import { type CallNode, type FunctionNode, isMemberName, type Session } from './session.js';
import { hasModifier, isFunctionNode, outermost, unwrap } from './syntax.js';
import { isOnlyAsserted } from './throw-assertions.js';
import type { Value, Values } from './values.js';

/** Where the functions of a project go besides being called. */
export interface FunctionUses {
  /** Set when some use hands the function to code whose calls are not known. */
  readonly escapes: ReadonlyMap<FunctionNode, Hazard>;
  readonly registrations: ReadonlyMap<FunctionNode, readonly ts.Expression[]>;
  /** Where a function is named in an export, an object, a variable or an argument. */
  readonly placesOf: (node: FunctionNode) => readonly ts.Identifier[];
  /** Functions that somebody calls who ignores what they return, and how that is known. */
  readonly listeners: ReadonlyMap<FunctionNode, ListenerPlace>;
  /** Functions handed to code that may look at what they return. */
  readonly handedOn: ReadonlySet<FunctionNode>;
  /** Functions that a promise runs, and whose own promise it waits for: `p.then(f)`. */
  readonly adopted: ReadonlySet<FunctionNode>;
  readonly exported: ReadonlySet<FunctionNode>;
  /** Calls of an unknown object's method by the names that a function is known by. */
  readonly byName: ReadonlyMap<string, readonly ts.CallExpression[]>;
  readonly namesOf: (node: FunctionNode) => readonly string[];
  /** Members of objects from which something is taken by a computed name. */
  readonly dynamic: ReadonlyMap<FunctionNode, Hazard>;
}

/**
 * One pass over every expression that may hold a function of the project.
 *
 * @param gathered calls that wait for the functions that they are given
 */
export function collectUses(
  session: Session,
  values: Values,
  gathered: ReadonlyMap<ts.Node, unknown>,
): FunctionUses {
  const escapes = new Map<FunctionNode, Hazard>();
  const registrations = new Map<FunctionNode, ts.Expression[]>();
  const places = new Map<FunctionNode, ts.Identifier[]>();
  const listeners = new Map<FunctionNode, ListenerPlace>();
  const handedOn = new Set<FunctionNode>();
  const adopted = new Set<FunctionNode>();
  const exported = new Set<FunctionNode>();
  const byName = new Map<string, ts.CallExpression[]>();
  const names = new Map<FunctionNode, Set<string>>();

  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) {
      addName(names, node, declaredName(node));
      if (ts.isFunctionDeclaration(node) && hasModifier(node, ts.SyntaxKind.ExportKeyword))
        exported.add(node);
      if (
        ts.isMethodDeclaration(node) &&
        ts.isObjectLiteralExpression(node.parent) &&
        isExportedValue(session, node.parent)
      ) {
        exported.add(node);
      }
    }
    if (ts.isExpression(node) && isFunctionPlace(node)) {
      for (const value of values.of(node)) if (value.kind === 'function') place(node, value.node);
    }
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      values.of(node.expression).length === 0
    ) {
      push(byName, node.expression.name.text, node);
      for (const value of loosely(session, values, node.expression.expression)) {
        for (const found of values.member(value, node.expression.name.text)) {
          if (found.kind === 'function' && !escapes.has(found.node))
            escapes.set(found.node, maybeHazard(node));
        }
      }
    }
    if (
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      values.of(node.expression).length === 0
    ) {
      for (const value of loosely(session, values, node.expression)) {
        if (value.kind === 'function' && !escapes.has(value.node)) escapes.set(value.node, maybeHazard(node));
      }
    }
    ts.forEachChild(node, visit);
  };

  function place(expression: ts.Expression, node: FunctionNode): void {
    const outer = outermost(expression);
    const parent = outer.parent;
    if (ts.isArrayLiteralExpression(parent) && isRegistration(values, parent)) {
      push(registrations, node, outer);
      return;
    }
    // The library looks at what a function returns, as long as it calls it.
    if (!ts.isCallExpression(parent) && isGiven(values, outer)) {
      handedOn.add(node);
      return;
    }
    const name = nameGiven(parent, outer);
    if (name !== undefined) {
      addName(names, node, name);
      if (ts.isIdentifier(outer)) push(places, node, outer);
      if (isExportedPlace(session, parent)) exported.add(node);
      const abroad = storedAbroad(session, values, outer);
      if (abroad !== undefined && !escapes.has(node)) escapes.set(node, abroad);
      return;
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      if (parent.expression === outer) return;
      if (ts.isCallExpression(parent) && isOnlyAsserted(values, parent, outer)) return;
      const callees = values.of(parent.expression);
      const isTaken = callees.some((value) => value.kind === 'member' && value.member.kind === 'register');
      if (isTaken && values.contractOf(node) !== undefined) {
        push(registrations, node, outer);
        return;
      }
      if (isGiven(values, outer)) {
        handedOn.add(node);
        return;
      }
      // The continuation of a known call, which ignores what it returns.
      if (callees.length > 0 && callees.every((value) => ignoresAnswer(value, parent, outer))) {
        listeners.set(node, 'known');
        return;
      }
      if (gathered.has(parent)) return;
      if (isAdopted(parent, callees)) {
        adopted.add(node);
        handedOn.add(node);
        return;
      }
      const listener = listenerPlace(session, values, parent, outer);
      if (listener !== undefined) listeners.set(node, listener);
      else handedOn.add(node);
      letGo(node, outer, parent);
      return;
    }
    if (
      ts.isPropertyAccessExpression(parent) &&
      parent.expression === outer &&
      parent.name.text === 'length'
    ) {
      escapes.set(node, hazard('H-ARITY', 'blocks', 'the number of its parameters is read', parent));
      return;
    }
    if (isTransparent(parent, outer)) return;
    letGo(node, outer, parent);
  }

  function letGo(node: FunctionNode, at: ts.Expression, parent: ts.Node): void {
    if (!listeners.has(node)) handedOn.add(node);
    if (ts.isIdentifier(at)) push(places, node, at);
    if (!escapes.has(node)) escapes.set(node, escapeHazard(at, parent));
  }

  for (const file of session.files.values()) visit(file);
  const dynamic = dynamicMembers(session, values);
  return {
    dynamic,
    escapes,
    registrations,
    listeners,
    handedOn,
    adopted,
    exported,
    byName,
    placesOf: (node) => places.get(node) ?? [],
    namesOf: (node) => [...(names.get(node) ?? [])],
  };
}

/** `p.then(f)`, of a promise or of anything else that answers like one. */
function isAdopted(call: CallNode, callees: readonly Value[]): boolean {
  const callee = unwrap(call.expression);
  return (
    callees.length === 0 &&
    ts.isCallExpression(call) &&
    ts.isPropertyAccessExpression(callee) &&
    /^(?:then|catch|finally)$/.test(callee.name.text)
  );
}

function maybeHazard(call: ts.CallExpression): Hazard {
  return hazard(
    'H-DYNAMIC',
    'blocks',
    `\`${call.expression.getText()}\` may call it, or something else`,
    call,
  );
}

/** What an expression may be among other things that are not known. */
function loosely(session: Session, values: Values, expression: ts.Expression, depth = 0): readonly Value[] {
  if (depth > 8) return [];
  const node = unwrap(expression);
  const known = values.of(node);
  if (known.length > 0) return known;
  if (ts.isConditionalExpression(node))
    return [
      ...loosely(session, values, node.whenTrue, depth + 1),
      ...loosely(session, values, node.whenFalse, depth + 1),
    ];
  if (ts.isBinaryExpression(node))
    return [
      ...loosely(session, values, node.left, depth + 1),
      ...loosely(session, values, node.right, depth + 1),
    ];
  if (!ts.isIdentifier(node)) return [];
  const symbol = session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return [];
  const assigned = values.assignments.variables.get(symbol) ?? [];
  const parts = declaration.initializer === undefined ? assigned : [declaration.initializer, ...assigned];
  return parts
    .filter((part) => part !== node)
    .flatMap((part) => (ts.isIdentifier(part) ? values.of(part) : loosely(session, values, part, depth + 1)));
}

/** An array of handlers that is handed to a framework as it is. */
function isRegistration(values: Values, array: ts.ArrayLiteralExpression): boolean {
  const call = outermost(array).parent;
  return (
    ts.isCallExpression(call) &&
    call.arguments.some((argument) => argument === outermost(array)) &&
    values.of(call.expression).some((v) => v.kind === 'member' && v.member.kind === 'register')
  );
}

/** `this[name](…)`, `handlers[type]`: every function of such an object may be meant. */
function dynamicMembers(session: Session, values: Values): Map<FunctionNode, Hazard> {
  const found = new Map<FunctionNode, Hazard>();
  const accesses: { owner: Value; at: ts.Expression }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isElementAccessExpression(node) && !ts.isStringLiteralLike(unwrap(node.argumentExpression))) {
      const parent = outermost(node).parent;
      const isTarget =
        ts.isBinaryExpression(parent) && parent.left === node && isAssignment(parent.operatorToken.kind);
      if (!isTarget) for (const owner of values.of(node.expression)) accesses.push({ owner, at: node });
    }
    if (ts.isExpression(node) && isHandedOut(values, node))
      for (const owner of values.of(node)) accesses.push({ owner, at: node });
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  const members = new Map<unknown, FunctionNode[]>();
  for (const { owner, at } of accesses) {
    const key = 'node' in owner ? owner.node : owner.kind === 'file' ? owner.path : owner.kind;
    const known = members.get(key) ?? functionsOf(values, owner);
    members.set(key, known);
    for (const node of known) {
      // Nobody outside of a class sees what is private in it.
      if (!ts.isElementAccessExpression(at) && isPrivate(node)) continue;
      if (!found.has(node))
        found.set(node, hazard('H-DYNAMIC', 'blocks', `\`${at.getText().slice(0, 40)}\` may call it`, at));
    }
  }
  return found;
}

function isPrivate(node: FunctionNode): boolean {
  return (
    hasModifier(node, ts.SyntaxKind.PrivateKeyword) ||
    (node.name !== undefined && ts.isPrivateIdentifier(node.name))
  );
}

/** An object given to code whose calls are not followed: its functions may be called there. */
function isHandedOut(values: Values, node: ts.Expression): boolean {
  if (
    !ts.isIdentifier(node) &&
    !ts.isObjectLiteralExpression(node) &&
    !ts.isPropertyAccessExpression(node) &&
    !ts.isNewExpression(node) &&
    node.kind !== ts.SyntaxKind.ThisKeyword
  )
    return false;
  if (ts.isIdentifier(node) && (isMemberName(node) || isDeclaredName(node))) return false;
  const outer = outermost(node);
  const { parent } = outer;
  if (ts.isSpreadElement(parent)) return true;
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.expression === outer;
  const call =
    ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent)
      ? literalArgument(parent.parent)
      : parent;
  if (
    call === undefined ||
    !(ts.isCallExpression(call) || ts.isNewExpression(call)) ||
    call.expression === outer
  )
    return false;
  if (isBinding(values, call, outer)) return false;
  const callees = values.of(call.expression);
  if (callees.length === 0 && onlyLooks(values, call, outer)) return false;
  return (
    callees.length === 0 ||
    callees.some(
      (v) =>
        v.kind === 'package' ||
        (v.kind === 'member' &&
          v.member.kind === 'plain' &&
          v.member.neverThrows !== true &&
          v.member.neverCalls !== true),
    )
  );
}

/** `this.f.bind(this)`: a function of the project gets its object. */
function isBinding(values: Values, call: CallNode, given: ts.Node): boolean {
  const callee = unwrap(call.expression);
  return (
    call.arguments?.[0] === given &&
    ts.isPropertyAccessExpression(callee) &&
    /^(?:bind|call|apply)$/.test(callee.name.text) &&
    values.of(callee.expression).some((value) => value.kind === 'function')
  );
}

const looking =
  /^(?:console\.\w+|JSON\.stringify|Object\.(?:keys|freeze|seal|hasOwn|is\w+|getOwnPropertyNames)|Array\.isArray|String|Boolean)$/;

/** A function of the language that calls nothing of what it is given, nor hands it on to others. */
function onlyLooks(values: Values, call: CallNode, given: ts.Node): boolean {
  const callee = unwrap(call.expression);
  const root = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : callee;
  if (!ts.isIdentifier(root) || values.session.symbolOf(root) !== undefined) return false;
  const text = callee.getText();
  if (text !== 'Object.assign') return looking.test(text);
  const [target] = call.arguments ?? [];
  return target !== undefined && (target === given || values.of(target).length > 0);
}

/** The call that an object literal is an argument of. */
function literalArgument(literal: ts.ObjectLiteralExpression): ts.Node | undefined {
  const { parent } = outermost(literal);
  return ts.isCallExpression(parent) || ts.isNewExpression(parent) ? parent : undefined;
}

/** Every function that is a member of a value. */
function functionsOf(values: Values, owner: Value): FunctionNode[] {
  const names = new Set<string>();
  if (owner.kind === 'instance' || owner.kind === 'class') {
    if (ts.isClassLike(owner.node))
      for (const member of owner.node.members)
        if (member.name !== undefined) names.add(member.name.getText());
  }
  if (owner.kind === 'object')
    for (const property of owner.node.properties)
      if (property.name !== undefined) names.add(property.name.getText());
  if (
    owner.kind === 'object' ||
    owner.kind === 'instance' ||
    owner.kind === 'file' ||
    owner.kind === 'prototype' ||
    owner.kind === 'class' ||
    owner.kind === 'function'
  ) {
    for (const name of values.assignments.members.keys()) names.add(name);
    if (owner.kind === 'file')
      for (const name of exportedNames(values.session.files.get(owner.path))) names.add(name);
  }
  return [...names]
    .flatMap((name) => values.member(owner, name.replace(/['"]/g, '')))
    .flatMap((value) => (value.kind === 'function' ? [value.node] : []));
}

function exportedNames(file: ts.SourceFile | undefined): string[] {
  return (file?.statements ?? []).flatMap((statement): string[] => {
    if (ts.isFunctionDeclaration(statement) && statement.name !== undefined) return [statement.name.text];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap((d) =>
      ts.isIdentifier(d.name) ? [d.name.text] : [],
    );
  });
}

/** Expressions that may be a use of a function: names, members, the function itself; not names being declared. */
function isFunctionPlace(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) {
    if (isMemberName(node)) return false;
    const parent = node.parent;
    if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node;
    return !isDeclaredName(node);
  }
  if (ts.isPropertyAccessExpression(node)) {
    const parent = node.parent;
    return !(
      ts.isBinaryExpression(parent) &&
      parent.left === node &&
      isAssignment(parent.operatorToken.kind)
    );
  }
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

function isDeclaredName(name: ts.Identifier): boolean {
  const parent = name.parent;
  return (
    ((ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      isFunctionNode(parent) ||
      ts.isClassLike(parent)) &&
      parent.name === name) ||
    ts.isImportClause(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isTypeReferenceNode(parent) ||
    (ts.isBinaryExpression(parent) && parent.left === name && isAssignment(parent.operatorToken.kind))
  );
}

function declaredName(node: FunctionNode): string | undefined {
  const name = node.name;
  return name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined;
}

/** The name under which a place stores a value: a variable, a member, a property. */
function nameGiven(parent: ts.Node, value: ts.Expression): string | undefined {
  if (ts.isVariableDeclaration(parent) && parent.initializer === value && ts.isIdentifier(parent.name))
    return parent.name.text;
  if (
    ts.isBinaryExpression(parent) &&
    parent.right === value &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  ) {
    const target = unwrap(parent.left);
    if (ts.isPropertyAccessExpression(target)) return target.name.text;
    if (ts.isElementAccessExpression(target) && ts.isStringLiteralLike(target.argumentExpression))
      return target.argumentExpression.text;
    return ts.isIdentifier(target) ? target.text : undefined;
  }
  if (ts.isPropertyAssignment(parent) && parent.initializer === value)
    return parent.name.getText().replace(/['"]/g, '');
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name.text;
  if (ts.isPropertyDeclaration(parent) && parent.initializer === value) return parent.name.getText();
  if (ts.isExportAssignment(parent)) return 'default';
  if (ts.isExportSpecifier(parent)) return parent.name.text;
  return undefined;
}

function isExportedPlace(session: Session, parent: ts.Node): boolean {
  if (ts.isExportAssignment(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isBinaryExpression(parent)) {
    const target = unwrap(parent.left);
    return (
      isExportsObject(session, target) ||
      (ts.isPropertyAccessExpression(target) && isExportsObject(session, target.expression))
    );
  }
  if (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent))
    return isExportedValue(session, parent.parent);
  if (ts.isVariableDeclaration(parent)) return hasModifier(parent.parent.parent, ts.SyntaxKind.ExportKeyword);
  return false;
}

function isExportedValue(session: Session, node: ts.Expression): boolean {
  const outer = outermost(node);
  return (
    ts.isExportAssignment(outer.parent) ||
    (ts.isBinaryExpression(outer.parent) && isExportsObject(session, unwrap(outer.parent.left)))
  );
}

/** Places through which a value only passes, or is only looked at. */
function isTransparent(parent: ts.Node, value: ts.Expression): boolean {
  if (ts.isConditionalExpression(parent)) return true;
  if (ts.isBinaryExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === value) {
    return !['call', 'apply', 'bind'].includes(parent.name.text);
  }
  return (
    ts.isTypeOfExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isIfStatement(parent) ||
    ts.isExpressionStatement(parent) ||
    ts.isTypeQueryNode(parent) ||
    ts.isReturnStatement(parent)
  );
}

const predicates = new Set([
  'filter',
  'some',
  'every',
  'find',
  'findIndex',
  'sort',
  'reduce',
  'reduceRight',
  'replace',
  'flatMap',
]);

function escapeHazard(at: ts.Expression, parent: ts.Node): Hazard {
  const callee =
    ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression)
      ? parent.expression.name.text
      : undefined;
  if (callee === 'forEach')
    return hazard('H-FOREACH', 'blocks', '`forEach` waits for nobody', at, 'write it as a `for … of` loop');
  if (callee === 'map')
    return hazard(
      'H-FOREACH',
      'blocks',
      '`map` would collect promises',
      at,
      'write it as a `for … of` loop or with `Promise.all`',
    );
  if (callee !== undefined && predicates.has(callee)) {
    return hazard(
      'H-PREDICATE',
      'blocks',
      `\`${callee}\` cannot wait for its function`,
      at,
      'write it as a loop',
    );
  }
  if (callee === 'bind' || callee === 'call' || callee === 'apply') {
    return hazard('H-DYNAMIC', 'blocks', `the function is called through \`${callee}\``, at);
  }
  return hazard(
    'H-FLOATING',
    'blocks',
    'the function is handed to code that cannot be seen',
    at,
    'call it from a function of the project',
  );
}

function addName(names: Map<FunctionNode, Set<string>>, node: FunctionNode, name: string | undefined): void {
  if (name === undefined) return;
  const set = names.get(node);
  if (set === undefined) names.set(node, new Set([name]));
  else set.add(name);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** A library that calls a continuation and uses nothing that it returns. */
function ignoresAnswer(value: Value, call: CallNode, given: ts.Expression): boolean {
  if (value.kind !== 'member') return false;
  if (value.member.kind === 'callback') return true;
  const last = call.arguments?.[call.arguments.length - 1];
  return value.member.kind === 'control' && last !== undefined && unwrap(last) === unwrap(given);
}
