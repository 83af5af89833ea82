import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type Counter, findCounter, isIndependent } from './counters.js';
import type { GatherShape } from './flow.js';
import { findGuards } from './guards.js';
import { hazard } from './hazards.js';
import { findSerial } from './serial.js';
import type { Session } from './session.js';
import type { Item } from './split.js';
import {
  alwaysExits,
  hasOwnContext,
  isInside,
  someNode,
  statementsOf,
  unwrap,
  withoutBinding,
} from './syntax.js';
import { isWritten } from './writes.js';

/** Several calls of one statement list whose continuations join. */
export interface Gathering {
  readonly shape: GatherShape;
  readonly span: readonly ts.Statement[];
  readonly kept: readonly ts.Statement[];
  /** The code of each call, or of each turn. */
  readonly bodies: readonly (readonly Item[])[];
  readonly joins: readonly ts.Statement[];
  /** Statements inside the bodies that only count or guard. */
  readonly erased: readonly ts.Node[];
  readonly final: readonly ts.Statement[];
  readonly counters: readonly ts.VariableDeclaration[];
  /** A variable keeps others from going on after one has failed. */
  readonly isGuarded: boolean;
  /** How many answers to a failure it keeps apart. */
  readonly guardedAnswers: number;
  readonly hazards: readonly Hazard[];
}

/** Tells which statements start a call whose continuation is written at the call. */
export type IsStart = (statement: Item) => ts.FunctionExpression | ts.ArrowFunction | undefined;

/** Finds calls in a statement list that a hand counter joins, or that follow each other by recursion. */
export function findGathering(
  session: Session,
  items: readonly Item[],
  isStart: IsStart,
): Gathering | undefined {
  return siblings(session, items, isStart) ?? each(session, items) ?? findSerial(session, items);
}

interface Start {
  readonly statement: ts.Statement;
  readonly callback: ts.Node;
}

function siblings(session: Session, items: readonly Item[], isStart: IsStart): Gathering | undefined {
  for (const calls of startsOf(items, isStart)) {
    const region = calls.map((call) => call.statement);
    const counter = findCounter(session, items, region);
    if (counter?.total.kind !== 'number' || counter.total.value !== region.length) continue;
    const { joins } = counter;
    if (!calls.every(({ callback }) => joins.some((join) => isInside(join, callback)))) continue;
    const bodies = region.map((call) => [call]);
    return gathering(session, items, region, counter, { kind: 'siblings' }, bodies);
  }
  return undefined;
}

/** Runs of neighboring statements that each start a call. */
function startsOf(items: readonly Item[], isStart: IsStart): Start[][] {
  const runs: Start[][] = [[]];
  for (const item of items) {
    const callback = ts.isExpressionStatement(item) ? isStart(item) : undefined;
    if (callback !== undefined && ts.isExpressionStatement(item))
      runs[runs.length - 1]?.push({ statement: item, callback });
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

function each(session: Session, items: readonly Item[]): Gathering | undefined {
  for (const item of items) {
    const call = ts.isExpressionStatement(item) ? unwrap(item.expression) : undefined;
    if (call === undefined || !ts.isExpressionStatement(item) || !ts.isCallExpression(call)) continue;
    const callee = unwrap(call.expression);
    const [argument, more] = call.arguments;
    if (argument === undefined || more !== undefined || !ts.isPropertyAccessExpression(callee)) continue;
    const callback = withoutBinding(argument);
    if (callee.name.text !== 'forEach' || ts.isOptionalChain(callee)) continue;
    if (!ts.isArrowFunction(callback) && !ts.isFunctionExpression(callback)) continue;
    if (callback.modifiers !== undefined || callback.asteriskToken !== undefined) continue;
    if (callback.name !== undefined || callback.parameters.length > 2) continue;
    if (hasOwnContext(callback)) continue;
    const counter = findCounter(session, items, [item]);
    const list = unwrap(callee.expression);
    if (counter?.total.kind !== 'length' || !isSameList(session, counter.total.list, list)) continue;
    const body = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
    const shape: GatherShape = { kind: 'each', list: callee.expression, callback };
    const found = gathering(session, items, [item], counter, shape, [body]);
    if (found === undefined) continue;
    // Who asks in front how many there are answers there, too: of several failures each one would be another answer.
    if (counter.asked.length > 0 && !found.isGuarded) continue;
    const empty = emptyHazard(items, item, list, counter.asked);
    return empty === undefined ? found : { ...found, hazards: [...found.hazards, empty] };
  }
  return undefined;
}

function gathering(
  session: Session,
  items: readonly Item[],
  region: readonly ts.Statement[],
  counter: Counter,
  shape: GatherShape,
  bodies: readonly (readonly Item[])[],
): Gathering | undefined {
  if (
    !isIndependent(
      session,
      counter.final,
      region.filter((node) => node !== counter.done),
    )
  )
    return undefined;
  const guards = findGuards(session, items, region);
  const removed = counter.done === undefined ? [] : [counter.done];
  const declared = [
    ...(counter.declaration === undefined ? [] : [counter.declaration]),
    ...guards.declarations,
  ];
  const span = spanOf(items, [...region, ...removed]);
  if (span === undefined) return undefined;
  const kept = span.filter(
    (statement) =>
      !region.includes(statement) && !removed.includes(statement) && !isWholly(statement, declared),
  );
  return {
    shape,
    span,
    kept,
    bodies,
    joins: counter.joins,
    erased: [...counter.counts, ...guards.statements.filter((one) => !counter.final.includes(one))],
    final: counter.final.filter((one) => !guards.statements.includes(one)),
    counters: declared,
    isGuarded: guards.declarations.length > 0,
    guardedAnswers: guards.answers,
    hazards: [],
  };
}

/** The statements from the first to the last of some, with what stands between. */
export function spanOf(
  items: readonly Item[],
  statements: readonly ts.Statement[],
): ts.Statement[] | undefined {
  const places = statements.map((statement) => items.indexOf(statement));
  if (places.includes(-1)) return undefined;
  const span = items.slice(Math.min(...places), Math.max(...places) + 1);
  return span.every((item): item is ts.Statement => !ts.isExpression(item as ts.Node)) ? span : undefined;
}

/** A statement that declares nothing but some variables. */
export function isWholly(statement: ts.Node, declarations: readonly ts.VariableDeclaration[]): boolean {
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.every((declaration) => declarations.includes(declaration))
  );
}

/** Where the list was empty nobody ever went on, unless that is asked for in front. */
function emptyHazard(
  items: readonly Item[],
  statement: ts.Statement,
  list: ts.Expression,
  asked: readonly ts.Identifier[],
): Hazard | undefined {
  if (isNeverEmpty(items, statement, list, asked)) return undefined;
  const message = 'where the list was empty the answer never came; now it comes at once';
  return hazard('H-COUNTER', 'review', message, list, 'answer for an empty list in front of the loop');
}

function isNeverEmpty(
  items: readonly Item[],
  statement: ts.Statement,
  list: ts.Expression,
  asked: readonly ts.Identifier[],
): boolean {
  if (ts.isArrayLiteralExpression(list)) return list.elements.length > 0;
  const before = items.slice(0, items.indexOf(statement));
  const lengths = [`${list.getText()}.length`, ...asked.map((name) => name.text)];
  return before.some((item) => {
    if (ts.isVariableStatement(item)) return declaresElements(item, list);
    if (!ts.isIfStatement(item) || !statementsOf(item.thenStatement).some(alwaysExits)) return false;
    const test = item.expression.getText().replace(/\s+/g, '');
    return lengths
      .flatMap((n) => [`!${n}`, `${n}===0`, `${n}==0`, `${n}<1`, `0===${n}`])
      .some((known) => test === known || test.endsWith(`||${known}`) || test.startsWith(`${known}||`));
  });
}

/** `const names = ['a', 'b'];` */
function declaresElements(statement: ts.VariableStatement, list: ts.Expression): boolean {
  if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0 || !ts.isIdentifier(list)) return false;
  return statement.declarationList.declarations.some((declaration) => {
    const value = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
    const isNamed = ts.isIdentifier(declaration.name) && declaration.name.text === list.text;
    return isNamed && value !== undefined && ts.isArrayLiteralExpression(value) && value.elements.length > 0;
  });
}

/** Both expressions are the same path of names, none of which is assigned to. */
function isSameList(session: Session, a: ts.Expression, b: ts.Expression): boolean {
  let root: ts.Expression = a;
  while (ts.isPropertyAccessExpression(root)) root = unwrap(root.expression);
  const symbol = ts.isIdentifier(root) ? session.symbolOf(root) : undefined;
  if (symbol === undefined && root.kind !== ts.SyntaxKind.ThisKeyword) return false;
  if (symbol !== undefined && session.referencesOf(symbol).some((use) => isWritten(use))) return false;
  return a.getText() === b.getText() && !someNode(a, ts.isCallExpression);
}
