import { ts } from 'ts-morph';
import { functionAt, isIndependent } from './counters.js';
import type { GatherShape } from './flow.js';
import { type Gathering, spanOf } from './gather.js';
import { loopVariables } from './loop-variables.js';
import type { FunctionNode, Session } from './session.js';
import type { Item } from './split.js';
import {
  enclosingFunction,
  isInside,
  someNode,
  statementsOf,
  unwrap,
  usesOwnContext,
  visitAll,
} from './syntax.js';
import { isWritten } from './writes.js';

interface Turn {
  readonly node: ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;
  readonly name: ts.Identifier;
  readonly statement: ts.Statement;
  /** The call that starts it, when it is a part of the same statement. */
  readonly start: ts.CallExpression | undefined;
}

/** `function next(i) { if (i === list.length) return done(); f(list[i], () => next(i + 1)); } next(0);` */
export function findSerial(session: Session, items: readonly Item[]): Gathering | undefined {
  for (const item of items) {
    const turn = turnAt(item);
    const found = turn === undefined ? undefined : serialOf(session, items, turn);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A local function, or one that is called where it is written. */
function turnAt(item: Item): Turn | undefined {
  const named = functionAt(item);
  if (named !== undefined) return { ...named, start: undefined };
  const call = ts.isExpressionStatement(item) ? unwrap(item.expression) : undefined;
  if (call === undefined || !ts.isExpressionStatement(item) || !ts.isCallExpression(call)) return undefined;
  const node = unwrap(call.expression);
  return ts.isFunctionExpression(node) && node.name !== undefined
    ? { node, name: node.name, statement: item, start: call }
    : undefined;
}

function serialOf(session: Session, items: readonly Item[], turn: Turn): Gathering | undefined {
  const { node, name } = turn;
  const { body } = node;
  if (body === undefined || !ts.isBlock(body) || node.parameters.length > 1) return undefined;
  if (node.modifiers !== undefined || node.asteriskToken !== undefined) return undefined;
  if (!ts.isArrowFunction(node) && usesOwnContext(body)) return undefined;
  const [first, ...rest] = body.statements;
  if (first === undefined || !ts.isIfStatement(first)) return undefined;
  const symbol = session.symbolOf(name);
  const uses = symbol === undefined ? [] : session.referencesOf(symbol).filter((use) => use !== name);
  const calls = uses.map(callOf);
  const scoped = scopedVariables(session, items, node);
  if (calls.some((call) => call === undefined) || scoped === undefined) return undefined;
  const inside = calls.flatMap((call) =>
    call !== undefined && isInside(call.statement, body) ? [call] : [],
  );
  const outside = calls.flatMap((call) =>
    call !== undefined && !isInside(call.statement, body) ? [call] : [],
  );
  const [started] = outside;
  const start = turn.start ?? started?.call;
  const startStatement = turn.start === undefined ? started?.statement : turn.statement;
  if (start === undefined || startStatement === undefined || inside.length === 0) return undefined;
  if (outside.length !== (turn.start === undefined ? 1 : 0)) return undefined;
  const ends = endOf(first, rest);
  if (ends === undefined || ends.body.length === 0) return undefined;
  const again = inside.map((call) => call.call);
  const index = indexOf(session, node, ends, { start, again });
  if (index === undefined) return undefined;
  const span = spanOf(items, [turn.statement, startStatement]);
  if (span === undefined) return undefined;
  if (!isIndependent(session, ends.final, [node])) return undefined;
  const shape: GatherShape = {
    kind: 'serial',
    turn: node,
    test: first.expression,
    endsWhen: ends.endsWhen,
    index: index === 'none' ? null : index,
    scoped,
  };
  const own = new Set<ts.Node>([turn.statement, startStatement]);
  return {
    shape,
    span,
    kept: span.filter((statement) => !own.has(statement)),
    bodies: [ends.body],
    joins: inside.map((call) => call.statement),
    erased: [],
    final: ends.final,
    counters: [],
    guardedAnswers: 0,
    isGuarded: false,
    hazards: [],
  };
}

interface End {
  readonly test: ts.Expression;
  readonly endsWhen: boolean;
  readonly final: readonly ts.Statement[];
  readonly body: readonly ts.Statement[];
}

/** `if (end) return done(); …`, or `if (more) { … } else { done(); }`. */
function endOf(first: ts.IfStatement, rest: readonly ts.Statement[]): End | undefined {
  const taken = statementsOf(first.thenStatement);
  const test = first.expression;
  if (first.elseStatement !== undefined) {
    if (rest.length > 0) return undefined;
    return { test, endsWhen: false, final: statementsOf(first.elseStatement), body: taken };
  }
  const last = taken[taken.length - 1];
  if (last === undefined || !ts.isReturnStatement(last)) return undefined;
  return { test, endsWhen: true, final: taken, body: rest };
}

type Index = NonNullable<Extract<GatherShape, { kind: 'serial' }>['index']>;

/** The parameter counts up by one to the length of a list; `none` for a function without one, undefined for others. */
function indexOf(
  session: Session,
  node: Turn['node'],
  end: End,
  calls: { readonly start: ts.CallExpression; readonly again: readonly ts.CallExpression[] },
): Index | 'none' | undefined {
  const [parameter] = node.parameters;
  if (parameter === undefined) {
    return [calls.start, ...calls.again].every((call) => call.arguments.length === 0) ? 'none' : undefined;
  }
  if (!ts.isIdentifier(parameter.name) || parameter.initializer !== undefined) return undefined;
  const { name } = parameter;
  const symbol = session.symbolOf(name);
  if (symbol === undefined || session.referencesOf(symbol).some((use) => isWritten(use))) return undefined;
  const isIndex = (expression: ts.Expression): boolean =>
    ts.isIdentifier(expression) && session.symbolOf(expression) === symbol;
  const [start] = calls.start.arguments;
  if (start === undefined || !ts.isNumericLiteral(start) || calls.start.arguments.length > 1)
    return undefined;
  const isNext = calls.again.every((call) => {
    const [next, more] = call.arguments;
    return (
      next !== undefined &&
      more === undefined &&
      ts.isBinaryExpression(next) &&
      next.operatorToken.kind === ts.SyntaxKind.PlusToken &&
      isIndex(next.left) &&
      next.right.getText() === '1'
    );
  });
  const limit = limitOf(end, isIndex);
  if (
    !isNext ||
    limit === undefined ||
    end.final.some((item) => someNode(item, (n) => ts.isIdentifier(n) && isIndex(n)))
  )
    return undefined;
  return { name: name.text, start, limit };
}

/** `i === list.length`, `i >= list.length`; or `i < list.length` where it goes on. */
function limitOf(end: End, isIndex: (expression: ts.Expression) => boolean): ts.Expression | undefined {
  const test = unwrap(end.test);
  if (!ts.isBinaryExpression(test) || !isIndex(test.left)) return undefined;
  const operator = test.operatorToken.kind;
  const ending = [
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.EqualsEqualsToken,
    ts.SyntaxKind.GreaterThanEqualsToken,
  ];
  const isEnd = end.endsWhen ? ending.includes(operator) : operator === ts.SyntaxKind.LessThanToken;
  const limit = unwrap(test.right);
  const isLength = ts.isPropertyAccessExpression(limit) && limit.name.text === 'length';
  return isEnd && isLength && !someNode(limit, ts.isCallExpression) ? limit : undefined;
}

function callOf(
  name: ts.Identifier,
): { readonly call: ts.CallExpression; readonly statement: ts.Statement } | undefined {
  const call = name.parent;
  if (!ts.isCallExpression(call) || call.expression !== name) return undefined;
  const statement = call.parent;
  return ts.isExpressionStatement(statement) || ts.isReturnStatement(statement)
    ? { call, statement }
    : undefined;
}

/** The `var`s that have to be `let` in a loop, since they are new on each call; undefined where that is not enough. */
function scopedVariables(
  session: Session,
  items: readonly Item[],
  node: FunctionNode,
): ts.VariableDeclarationList[] | undefined {
  const [first] = items;
  const home = first === undefined ? undefined : enclosingFunction(first);
  const scoped = home === undefined ? undefined : loopVariables(session, node, home);
  let isClean = true;
  visitAll(node, (inner) => {
    if (inner !== node && ts.isFunctionDeclaration(inner)) isClean = false;
    if (!ts.isVariableDeclarationList(inner) || (inner.flags & ts.NodeFlags.BlockScoped) !== 0) return;
    const owner = enclosingFunction(inner);
    if (owner === node) return;
    for (const declaration of inner.declarations) {
      const symbol = ts.isIdentifier(declaration.name) ? session.symbolOf(declaration.name) : undefined;
      const uses = symbol === undefined ? [] : session.referencesOf(symbol);
      if (symbol === undefined || declaration.initializer === undefined) isClean = false;
      if (uses.some((use) => enclosingFunction(use) !== owner)) isClean = false;
    }
  });
  return isClean ? scoped : undefined;
}
