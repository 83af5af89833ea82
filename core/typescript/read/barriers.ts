import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { isGenerator } from './syntax.js';

const protocol = new Set([
  'toString',
  'toJSON',
  'valueOf',
  '[Symbol.iterator]',
  '[Symbol.toPrimitive]',
  '[inspect.custom]',
]);

/** What keeps a function from becoming async whatever its callers do. */
export function barrierOf(node: FunctionNode): Hazard | undefined {
  if (ts.isConstructorDeclaration(node))
    return hazard('H-CTOR', 'blocks', 'a constructor cannot wait', node, 'move the call into a factory');
  if (ts.isGetAccessorDeclaration(node) || ts.isSetAccessorDeclaration(node)) {
    return hazard('H-ACCESSOR', 'blocks', 'an accessor cannot wait', node, 'make it a method');
  }
  if (isGenerator(node)) return hazard('H-PROTOCOL', 'blocks', 'a generator cannot wait', node);
  const name = node.name?.getText();
  if (name !== undefined && protocol.has(name))
    return hazard('H-PROTOCOL', 'blocks', `\`${name}\` is called by the language`, node);
  if (node.type !== undefined && ts.isTypePredicateNode(node.type)) {
    return hazard('H-TYPE-GUARD', 'blocks', 'a type guard cannot wait', node);
  }
  if (isFieldInitializer(node)) return undefined;
  return undefined;
}

function isFieldInitializer(node: ts.Node): boolean {
  return ts.isPropertyDeclaration(node.parent);
}

/** What keeps a call from being awaited where it stands. */
export function placeHazard(call: ts.Node): Hazard | undefined {
  for (let node = call; node.parent !== undefined; node = node.parent) {
    const parent = node.parent;
    if (ts.isParameter(parent) && parent.initializer === node) {
      return hazard('H-FLOATING', 'blocks', 'a parameter default cannot wait', call);
    }
    if (ts.isPropertyDeclaration(parent))
      return hazard('H-FLOATING', 'blocks', 'a field initializer cannot wait', call);
    if (ts.isDecorator(parent)) return hazard('H-FLOATING', 'blocks', 'a decorator cannot wait', call);
    if (ts.isFunctionLike(parent)) return undefined;
    if (
      ts.isBinaryExpression(parent) &&
      parent.operatorToken.kind > ts.SyntaxKind.EqualsToken &&
      parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment &&
      parent.right === node
    ) {
      return hazard(
        'H-RACE',
        'review',
        'the old value is read before the call and written after it',
        parent,
        'read the value after the call',
      );
    }
  }
  return undefined;
}
