import { ts } from 'ts-morph';
import { isPromiseCombinator } from './modules.js';
import type { Session } from './session.js';
import { enclosingFunction, isAwait, outermost } from './syntax.js';

/**
 * `for (…) tasks.push(f(…)); await Promise.all(tasks);`: promises that a loop collects in a list of its own, and that the
 * statement behind the loop waits for.
 */
export function isWaitedForInList(session: Session, promise: ts.Expression): boolean {
  const push = promise.parent;
  if (!ts.isCallExpression(push) || !push.arguments.includes(promise)) return false;
  if (!ts.isPropertyAccessExpression(push.expression) || !ts.isExpressionStatement(push.parent)) return false;
  const list = push.expression.expression;
  const symbol = ts.isIdentifier(list) ? session.symbolOf(list) : undefined;
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration))
    return false;
  if (enclosingFunction(declaration) !== enclosingFunction(push)) return false;
  const next = behindLoop(push.parent);
  const uses = session.referencesOf(symbol).filter((use) => use !== declaration.name);
  const [wait, ...others] = uses.filter((use) => !isPushedTo(use));
  return (
    next !== undefined &&
    wait !== undefined &&
    others.length === 0 &&
    enclosingFunction(wait) === enclosingFunction(push) &&
    next.pos <= wait.pos &&
    wait.end <= next.end &&
    isAwaitedList(wait)
  );
}

/** The statement behind the loop at the end of whose body a statement stands. */
function behindLoop(statement: ts.Statement): ts.Statement | undefined {
  let node: ts.Node = statement;
  for (;;) {
    const { parent }: ts.Node = node;
    const isLast = ts.isBlock(parent) && parent.statements[parent.statements.length - 1] === node;
    if (!isLast && !ts.isIfStatement(parent) && !ts.isIterationStatement(parent, false)) break;
    node = parent;
    if (!ts.isIterationStatement(parent, false)) continue;
    const { parent: block } = node;
    return ts.isBlock(block) ? block.statements[block.statements.indexOf(parent) + 1] : undefined;
  }
  return undefined;
}

function isPushedTo(use: ts.Identifier): boolean {
  const { parent } = use;
  return (
    ts.isPropertyAccessExpression(parent) &&
    parent.expression === use &&
    parent.name.text === 'push' &&
    ts.isCallExpression(parent.parent) &&
    parent.parent.expression === parent &&
    ts.isExpressionStatement(parent.parent.parent)
  );
}

/** `await Promise.all(list)`; a `race` does not wait for all of them. */
function isAwaitedList(use: ts.Identifier): boolean {
  const call = use.parent;
  return (
    ts.isCallExpression(call) &&
    call.arguments[0] === use &&
    isPromiseCombinator(call) &&
    ts.isPropertyAccessExpression(call.expression) &&
    /^all/.test(call.expression.name.text) &&
    isAwait(outermost(call).parent)
  );
}
