import { ts } from 'ts-morph';
import { promisePackage } from '../../catalog/promise-packages.js';
import { moduleMember } from './module-members.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Whether a callee is a function of a package that is known to answer with promises. */
export function givesPromise(values: Values, callee: ts.Expression): boolean {
  const node = unwrap(callee);
  const found = moduleMember(values, node);
  if (found !== undefined) return promisePackage(found.module)?.gives.includes(found.member ?? '') === true;
  return ts.isPropertyAccessExpression(node) && isOfMade(values, node);
}

/** `client.get` of `const client = axios.create()`. */
function isOfMade(values: Values, { expression, name }: ts.PropertyAccessExpression): boolean {
  const client = unwrap(expression);
  const symbol = ts.isIdentifier(client) ? values.session.symbolOf(client) : undefined;
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return false;
  if (!ts.isVariableDeclaration(declaration) || values.assignments.variables.has(symbol)) return false;
  const made = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
  if (made === undefined || !ts.isCallExpression(made)) return false;
  const maker = moduleMember(values, made.expression);
  const row = maker === undefined ? undefined : promisePackage(maker.module);
  return (
    maker?.member != null &&
    row?.makes?.includes(maker.member) === true &&
    name.text !== '' &&
    row.gives.includes(name.text)
  );
}

/** `Promise<T>` of the language, as the type that a function is declared to answer with. */
export function isDeclaredPromise(values: Values, type: ts.TypeNode | undefined): boolean {
  return (
    type !== undefined &&
    ts.isTypeReferenceNode(type) &&
    ts.isIdentifier(type.typeName) &&
    type.typeName.text === 'Promise' &&
    values.session.symbolOf(type.typeName) === undefined
  );
}
