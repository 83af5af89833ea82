import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { assignedNames } from './assigned-names.js';
import { hazard } from './hazards.js';
import { isAssignment } from './modules.js';
import { isDeclaredName } from './places.js';
import { isPrivate } from './private-methods.js';
import { type CallNode, type FunctionNode, isMemberName, type Session } from './session.js';
import { outermost, unwrap } from './syntax.js';
import type { Value, Values } from './values.js';

/** `this[name](…)`, `handlers[type]`: every function of such an object may be meant. */
export function dynamicMembers(session: Session, values: Values): Map<FunctionNode, Hazard> {
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
  const assignedTo = assignedNames(values);
  const members = new Map<unknown, FunctionNode[]>();
  for (const { owner, at } of accesses) {
    const key = 'node' in owner ? owner.node : owner.kind === 'file' ? owner.path : owner.kind;
    const known = members.get(key) ?? functionsOf(values, assignedTo, owner);
    members.set(key, known);
    for (const node of known) {
      // Nobody outside of a class sees what is private in it.
      if (!ts.isElementAccessExpression(at) && isPrivate(node)) continue;
      if (!found.has(node))
        found.set(
          node,
          hazard(
            'H-DYNAMIC',
            'blocks',
            `\`${at.getText().slice(0, 40)}\` may call it`,
            at,
            'call it by its own name',
          ),
        );
    }
  }
  return found;
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
function functionsOf(
  values: Values,
  assignedTo: (owner: Value) => Iterable<string>,
  owner: Value,
): FunctionNode[] {
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
    for (const name of assignedTo(owner)) names.add(name);
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

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
