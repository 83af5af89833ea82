import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Where something that cannot be followed is put in the place of a function, by the function. */
export type Overlaid = ReadonlyMap<FunctionNode, readonly ts.Node[]>;

/** `this.load = memoize(this.load)`: who calls the member may call something else than the function of that name. */
export function overlaidFunctions(values: Values): Overlaid {
  const found = new Map<FunctionNode, ts.Node[]>();
  for (const [name, assignments] of values.assignments.members) {
    for (const { object, value, target } of assignments) {
      if (isKnown(values, value, name)) continue;
      for (const owner of values.of(object))
        for (const member of values.member(owner, name))
          if (member.kind === 'function') found.set(member.node, [...(found.get(member.node) ?? []), target]);
    }
  }
  return found;
}

/** `this.load.bind(this)` is the function itself. */
function isKnown(values: Values, value: ts.Expression, name: string): boolean {
  const assigned = boundBy(unwrap(value)) ?? unwrap(value);
  if (ts.isIdentifier(assigned) && assigned.text === 'undefined') return true;
  if (ts.isPropertyAccessExpression(assigned) && assigned.name.text === name)
    return values.of(assigned.expression).length > 0;
  return values.of(assigned).length > 0;
}

/** The function that gets its object, and no arguments. */
function boundBy(value: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(value) || value.arguments.length !== 1) return undefined;
  const callee = unwrap(value.expression);
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'bind'
    ? unwrap(callee.expression)
    : undefined;
}

/** `load(…)`, by the name that the function is declared with, runs the function itself. */
export function isCalledByDeclaration(values: Values, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isIdentifier(callee)) return false;
  const declarations = values.session.symbolOf(callee)?.declarations ?? [];
  return declarations.some(
    (declaration) =>
      ts.isFunctionLike(declaration) ||
      (ts.isVariableDeclaration(declaration) && ts.isIdentifier(declaration.name)),
  );
}
