import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { loopsAround } from './array-loops.js';
import type { Context } from './context.js';
import { hazard } from './hazards.js';
import { isOwnOfCall } from './left-state.js';
import { declarationsOf, type FunctionNode } from './session.js';
import { keyOf } from './shared-places.js';
import { short } from './statement-shape.js';
import { enclosingFunction, isGenerator, outermost, unwrap, visitAll } from './syntax.js';

type Place = ts.Identifier | ts.PropertyAccessExpression;

/**
 * `for (const user of users) wait(user)`: a list that all requests share is gone through while others take out of it.
 * In one turn nobody could; behind a wait the loop leaves elements out, or meets what is no longer there.
 */
export function iteratedStateHazards(
  context: Context,
  home: FunctionNode,
  call: ts.CallExpression,
): Hazard[] {
  for (const list of listsAround(context, home, call)) {
    const key = keyOf(context.values, home, list);
    if (key === undefined || isOwnOfCall(context.session, home, { key })) continue;
    if (isTakenAsItComes(context, list)) {
      const message = `another request may take out of \`${short(list)}\` while the loop over it waits`;
      return [hazard('H-RACE', 'review', message, list, 'give every request an iterator of its own')];
    }
    const taken = namesakes(context, list).find((use) => isTakenFrom(use));
    if (taken === undefined) continue;
    const message = `another request may take out of \`${short(list)}\` while the loop over it waits`;
    return [hazard('H-RACE', 'review', message, taken, `go over a copy of \`${short(list)}\``)];
  }
  return [];
}

/** What the loops around a call go over, as far as it has a name. */
function listsAround(context: Context, home: FunctionNode, call: ts.Node): Place[] {
  const found: ts.Expression[] = loopsAround(context.loops, call).map(({ list }) => list);
  for (let node = call; node !== home && node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.statement === node)
      found.push(parent.expression);
    if (ts.isForStatement(parent) && parent.condition !== undefined && parent.initializer !== node)
      found.push(...measured(parent.condition));
  }
  return found.map((list) => entriesOf(unwrap(list))).filter(isPlace);
}

/** `list` of `i < list.length`. */
function measured(condition: ts.Expression): ts.Expression[] {
  const found: ts.Expression[] = [];
  visitAll(condition, (node) => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'length') found.push(node.expression);
  });
  return found;
}

/** `sessions` of `sessions.values()`, which sees what is taken out, too. */
function entriesOf(list: ts.Expression): ts.Expression {
  if (!ts.isCallExpression(list) || !ts.isPropertyAccessExpression(list.expression)) return list;
  const { expression, name } = list.expression;
  return /^(?:keys|values|entries)$/.test(name.text) && list.arguments.length === 0
    ? unwrap(expression)
    : list;
}

/** `const names = list.values()`, `const ids = count()`: who goes over an iterator takes out of it. */
function isTakenAsItComes({ session, values }: Context, list: Place): boolean {
  const symbol = ts.isIdentifier(list) ? session.symbolOf(list) : undefined;
  const [declaration] = symbol === undefined ? [] : declarationsOf(symbol);
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  const made = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
  if (made === undefined || !ts.isCallExpression(made)) return false;
  const callee = unwrap(made.expression);
  if (/^Symbol\.iterator$/.test(lastPart(callee))) return true;
  if (values.of(callee).some((value) => value.kind === 'function' && isGenerator(value.node))) return true;
  return (
    ts.isPropertyAccessExpression(callee) &&
    callee.expression.getText() !== 'Object' &&
    /^(?:keys|values|entries|matchAll)$/.test(callee.name.text)
  );
}

/** `Symbol.iterator` of `list[Symbol.iterator]`. */
function lastPart(callee: ts.Expression): string {
  return ts.isElementAccessExpression(callee) ? callee.argumentExpression.getText() : '';
}

function isPlace(node: ts.Expression): node is Place {
  return ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
}

/** The other uses of a variable, or of a member of that name in the same file. */
function namesakes({ session }: Context, list: Place): readonly ts.Expression[] {
  if (ts.isIdentifier(list)) {
    const symbol = session.symbolOf(list);
    return symbol === undefined ? [] : session.referencesOf(symbol);
  }
  const found: ts.Expression[] = [];
  visitAll(list.getSourceFile(), (node) => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === list.name.text) found.push(node);
  });
  return found;
}

/** Elements go, or change their places, once the module has been loaded. */
function isTakenFrom(use: ts.Expression): boolean {
  if (enclosingFunction(use) === undefined) return false;
  const { parent } = outermost(use);
  if (ts.isElementAccessExpression(parent) && parent.expression === use)
    return ts.isDeleteExpression(parent.parent);
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use) return false;
  const { parent: place } = parent;
  if (ts.isCallExpression(place) && place.expression === parent) return taking.test(parent.name.text);
  return ts.isBinaryExpression(place) && place.left === parent && parent.name.text === 'length';
}

const taking = /^(?:pop|shift|splice|unshift|sort|reverse|delete|clear)$/;
