import { ts } from 'ts-morph';
import { isDeferMaker } from './library-promises.js';
import type { Completion } from './own-completion.js';
import type { FunctionNode } from './session.js';
import { isAsync, isGenerator, unwrap } from './syntax.js';
import type { Values } from './values.js';

type Deferred = Extract<Completion, { kind: 'deferred' }>;

/** `const d = Q.defer(); …; return d.promise;`: a function that answers with a promise which it settles itself. */
export function deferredCompletion(values: Values, node: FunctionNode): Deferred | undefined {
  const { body } = node;
  if (body === undefined || !ts.isBlock(body) || isAsync(node) || isGenerator(node)) return undefined;
  const answer = body.statements[body.statements.length - 1];
  if (answer === undefined || !ts.isReturnStatement(answer) || answer.expression === undefined)
    return undefined;
  const promise = unwrap(answer.expression);
  if (!ts.isPropertyAccessExpression(promise) || promise.name.text !== 'promise') return undefined;
  const owner = unwrap(promise.expression);
  const symbol = ts.isIdentifier(owner) ? values.session.symbolOf(owner) : undefined;
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (!ts.isVariableDeclaration(declaration) || values.assignments.variables.has(symbol)) return undefined;
  const { initializer, parent } = declaration;
  const made = initializer === undefined ? undefined : unwrap(initializer);
  if (made === undefined || !ts.isCallExpression(made) || !isDeferMaker(values, made.expression))
    return undefined;
  const statement = parent.parent;
  const isOwn = ts.isVariableStatement(statement) && statement.parent === body;
  return isOwn ? { kind: 'deferred', symbol, declaration, statement, answer, made } : undefined;
}

/** `d.resolve` or `d.reject` of a deferred. */
export function settlerOf(
  values: Values,
  { symbol }: Deferred,
  callee: ts.Expression,
): 'resolve' | 'reject' | undefined {
  if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return undefined;
  if (values.session.symbolOf(callee.expression) !== symbol) return undefined;
  const { text } = callee.name;
  return text === 'resolve' || text === 'reject' ? text : undefined;
}
