import { ts } from 'ts-morph';
import { lentThis } from '../lent-members.js';
import type { FunctionNode } from '../session.js';
import { boundToThis, hasModifier, isFunctionNode } from '../syntax.js';
import type { Value } from '../values.js';
import type { Follower } from './follower.js';

/** What `this` is. */
export function ofThis(follower: Follower, node: ts.Node): readonly Value[] {
  for (let current = node.parent; current !== undefined; current = current.parent) {
    if (ts.isArrowFunction(current)) continue;
    if (ts.isPropertyDeclaration(current) && ts.isClassLike(current.parent)) {
      return [{ kind: 'instance', node: current.parent }];
    }
    if (!isFunctionNode(current) || boundToThis(current) !== undefined) continue;
    const owner = current.parent;
    if (ts.isClassLike(owner)) {
      return [
        hasModifier(current, ts.SyntaxKind.StaticKeyword)
          ? { kind: 'class', node: owner }
          : { kind: 'instance', node: owner },
      ];
    }
    const lent = lentThis(follower, current);
    if (lent !== undefined) return lent;
    if (ts.isObjectLiteralExpression(owner)) return [{ kind: 'object', node: owner }];
    if (ts.isPropertyAssignment(owner)) return [{ kind: 'object', node: owner.parent }];
    return ofThisInAssigned(follower, current);
  }
  return [];
}

/** `super`: the same object, as the class above it sees it. */
export function aboveOf(follower: Follower, value: Value): readonly Value[] {
  if ((value.kind !== 'instance' && value.kind !== 'class') || !ts.isClassLike(value.node)) return [];
  const base = value.node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
  const above = base?.types[0] === undefined ? [] : follower.of(base.types[0].expression);
  return above.map((v) =>
    v.kind === 'class' && value.kind === 'instance' ? { kind: 'instance', node: v.node } : v,
  );
}

/** `F.prototype.m = function () { this }`, `obj.m = function () { this }` and constructor functions. */
function ofThisInAssigned(follower: Follower, node: FunctionNode): readonly Value[] {
  if (follower.callsOf(node).some(ts.isNewExpression)) return [{ kind: 'instance', node }];
  const parent = node.parent;
  if (ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left)) {
    return follower
      .of(parent.left.expression)
      .map((value) => (value.kind === 'prototype' ? { kind: 'instance', node: value.node } : value));
  }
  if (ts.isFunctionDeclaration(node)) return [{ kind: 'instance', node }];
  return [];
}
