import { ts } from 'ts-morph';
import { hasOtherShape } from '../../catalog/names.js';
import { declarationsOf } from './session.js';
import { isAwait, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * `store`, `store.users`, `new Store()`, `store.create(…)`, where `store` is a package that nothing is known of: what its
 * methods are called by says nothing of their promise form.
 */
export function isOfForeignPackage(values: Values, object: ts.Expression): boolean {
  return isForeign(values, object, new Set());
}

function isForeign(values: Values, object: ts.Expression, seen: Set<ts.Node>): boolean {
  const node = unwrap(object);
  if (seen.has(node)) return false;
  seen.add(node);
  const found = values.of(node);
  if (found.length > 0) return found.every((value) => value.kind === 'package' && !hasOtherShape(value.name));
  if (isAwait(node)) return isForeign(values, node.expression, seen);
  if (
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isNewExpression(node)
  )
    return isForeign(values, node.expression, seen);
  if (!ts.isIdentifier(node)) return false;
  const symbol = values.session.symbolOf(node);
  const [declaration, more] = symbol === undefined ? [] : declarationsOf(symbol);
  if (symbol === undefined || declaration === undefined || more !== undefined) return false;
  if (values.assignments.variables.has(symbol)) return false;
  const holder = ts.isBindingElement(declaration) ? declaration.parent.parent : declaration;
  if (!ts.isVariableDeclaration(holder) || holder.initializer === undefined) return false;
  return isForeign(values, holder.initializer, seen);
}
