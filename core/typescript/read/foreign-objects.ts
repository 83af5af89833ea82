import { ts } from 'ts-morph';
import { hasOtherShape } from '../../catalog/names.js';
import { declarationsOf } from './session.js';
import { isAwait, isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * Tells objects of packages that nothing is known of: what their methods are called by says nothing of their promise form.
 * `store`, `store.users`, `new Store()`, `store.create(…)`, where `store` is such a package; names, members and parameters
 * that may hold one: what serves any package, serves the others, too.
 */
export function isOfForeignPackage(values: Values, object: ts.Expression): boolean {
  let isForeign = known.get(values);
  if (isForeign === undefined) {
    isForeign = foreignObjects(values);
    known.set(values, isForeign);
  }
  return isForeign(object);
}

const known = new WeakMap<Values, (object: ts.Expression) => boolean>();

function foreignObjects(values: Values): (object: ts.Expression) => boolean {
  const memo = new Map<ts.Node, boolean>();
  return isForeign;

  function isForeign(object: ts.Expression): boolean {
    const node = unwrap(object);
    const known = memo.get(node);
    if (known !== undefined) return known;
    memo.set(node, false);
    const found = values.of(node);
    const is =
      found.length > 0
        ? found.every((value) => value.kind === 'package' && !hasOtherShape(value.name))
        : isMadeOfForeign(node);
    memo.set(node, is);
    return is;
  }

  function isMadeOfForeign(node: ts.Expression): boolean {
    if (isAwait(node) || ts.isCallExpression(node) || ts.isNewExpression(node))
      return isForeign(node.expression);
    if (ts.isElementAccessExpression(node)) return isForeign(node.expression);
    if (ts.isPropertyAccessExpression(node)) return isForeign(node.expression) || putAt(node).some(isForeign);
    return ts.isIdentifier(node) && givenTo(node).some(isForeign);
  }

  /** `req.store = …`, `this.store = …`: what is put on an object that has the same name. */
  function putAt({ expression, name }: ts.PropertyAccessExpression): readonly ts.Expression[] {
    const object = unwrap(expression);
    const isThis = object.kind === ts.SyntaxKind.ThisKeyword;
    if (!isThis && !ts.isIdentifier(object)) return [];
    const all = values.assignments.members.get(name.text) ?? [];
    return all
      .filter((other) => other.object.getText() === object.getText())
      .filter((other) => !isThis || other.object.getSourceFile() === object.getSourceFile())
      .map(({ value }) => value);
  }

  /** What a variable is set to, or what callers give for a parameter. */
  function givenTo(name: ts.Identifier): readonly ts.Expression[] {
    const symbol = values.session.symbolOf(name);
    const [declaration, more] = symbol === undefined ? [] : declarationsOf(symbol);
    if (symbol === undefined || declaration === undefined || more !== undefined) return [];
    const assigned = values.assignments.variables.get(symbol) ?? [];
    if (ts.isParameter(declaration)) {
      const owner = declaration.parent;
      if (!isFunctionNode(owner) || declaration.dotDotDotToken !== undefined) return [];
      const index = owner.parameters.indexOf(declaration);
      return [...values.callsOf(owner).flatMap((call) => call.arguments?.[index] ?? []), ...assigned];
    }
    const holder = ts.isBindingElement(declaration) ? declaration.parent.parent : declaration;
    if (!ts.isVariableDeclaration(holder)) return [];
    return holder.initializer === undefined ? assigned : [holder.initializer, ...assigned];
  }
}
