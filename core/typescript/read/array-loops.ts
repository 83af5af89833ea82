import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { arrayAnswer, changesList } from './array-values.js';
import type { Candidates } from './candidates.js';
import { hazard } from './hazards.js';
import { type LoopPlace, loopPlace } from './loop-places.js';
import { loopVariables } from './loop-variables.js';
import { type Reduction, reductionOf } from './reductions.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import {
  alwaysExits,
  enclosingFunction,
  hasModifier,
  hasOwnContext,
  isAwait,
  isFunctionNode,
  someNode,
  unwrap,
  visitOwn,
  withoutBinding,
} from './syntax.js';
import type { Values } from './values.js';
import { isWritten } from './writes.js';

export type LoopMethod = 'forEach' | 'map' | 'flatMap' | 'filter' | 'find' | 'some' | 'every' | 'reduce';

/** A call of an array's method that a loop can take the place of, so that what its function does can wait. */
export interface ArrayLoop {
  readonly method: LoopMethod;
  readonly call: ts.CallExpression;
  readonly list: ts.Expression;
  readonly callback: ts.FunctionExpression | ts.ArrowFunction;
  /** The function that the loop is a part of. */
  readonly home: FunctionNode;
  readonly place: LoopPlace;
  readonly element: ts.ParameterDeclaration;
  /** The element is assigned to. */
  readonly isReassigned: boolean;
  /** The second parameter, where it is used. */
  readonly index: ts.Identifier | undefined;
  readonly returns: readonly ts.ReturnStatement[];
  /** `var` of the function that has to be `let` in a loop. */
  readonly scoped: readonly ts.VariableDeclarationList[];
  readonly hazards: readonly Hazard[];
  /** What a `reduce` puts its elements into. */
  readonly reduction: Reduction | undefined;
}

const methods: ReadonlySet<string> = new Set<LoopMethod>([
  'forEach',
  'map',
  'flatMap',
  'filter',
  'find',
  'some',
  'every',
  'reduce',
]);

/** The functions whose call for each element a loop can take over, with the loop. */
export function findArrayLoops(
  session: Session,
  values: Values,
  candidates: Candidates,
): ReadonlyMap<ts.Node, ArrayLoop> {
  const loops = new Map<ts.Node, ArrayLoop>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const loop = loopOf(session, values, candidates, node);
      if (loop !== undefined) loops.set(loop.callback, loop);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return loops;
}

function loopOf(
  session: Session,
  values: Values,
  candidates: Candidates,
  call: ts.CallExpression,
): ArrayLoop | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !methods.has(callee.name.text)) return undefined;
  if (ts.isOptionalChain(callee)) return undefined;
  const method = callee.name.text as LoopMethod;
  const callback = callbackOf(call, method);
  const home = enclosingFunction(call);
  if (callback === undefined || home === undefined) return undefined;
  if (values.of(callee).some((value) => value.kind === 'member')) return undefined;
  const place = loopPlace(session, call, method);
  if (place === undefined || !isPlainFunction(callback)) return undefined;
  if (place.kind === 'inside') {
    if (!mayWait(values, candidates, callback)) return undefined;
    if (!isOnlyChained(values, candidates, place.expression, call)) return undefined;
    if (isInAnsweringCall(candidates, place.expression, call)) return undefined;
  }
  const reduction = method === 'reduce' ? reductionOf(session, call, callback) : undefined;
  if (method === 'reduce' && reduction === undefined) return undefined;
  const turn = callback.parameters.slice(method === 'reduce' ? 1 : 0);
  const [element] = turn;
  if (element === undefined || !areParametersPlain(session, callback.parameters, turn)) return undefined;
  const list = callee.expression;
  if (arrayAnswer(values, list) === 'no' || changesList(values, list, callback.body)) return undefined;
  const names = namesOf(element.name);
  const index = indexOf(session, turn);
  const bound = [...names, ...(index === undefined ? [] : [index])];
  if (bound.some((name) => reachesInto(session, list, name.text))) return undefined;
  if (place.kind === 'declared' && mentions(callback, place.declaration.name.getText(), reduction))
    return undefined;
  const isReassigned = names.some((name) => isNameWritten(session, name));
  if ((method === 'filter' || method === 'find') && (isReassigned || !ts.isIdentifier(element.name)))
    return undefined;
  const returns = returnsOf(callback, method);
  if (method === 'flatMap' && !givesArrays(values, callback, returns)) return undefined;
  const scoped = loopVariables(session, callback, home);
  if (returns === undefined || scoped === undefined) return undefined;
  const hazards = listHazards(session, values, list, home);
  return {
    method,
    call,
    list,
    callback,
    home,
    place,
    element,
    isReassigned,
    index,
    returns,
    scoped,
    hazards,
    reduction,
  };
}

/** The function that the method calls for each element, where nothing else is given that a loop has no place for. */
function callbackOf(
  { arguments: [given, second, more] }: ts.CallExpression,
  method: LoopMethod,
): ts.FunctionExpression | ts.ArrowFunction | undefined {
  const isWhole = method === 'reduce' ? second !== undefined && more === undefined : second === undefined;
  if (given === undefined || !isWhole) return undefined;
  const callback = withoutBinding(given);
  return ts.isFunctionExpression(callback) || ts.isArrowFunction(callback) ? callback : undefined;
}

/**
 * Whatever else in the expression has a function that may wait is an array method that goes over what this one makes, or
 * makes what it goes over.
 */
function isOnlyChained(
  values: Values,
  candidates: Candidates,
  expression: ts.Expression,
  call: ts.CallExpression,
): boolean {
  let isOnly = true;
  visitOwn(expression, (node) => {
    if (!ts.isCallExpression(node) || node === call) return;
    const waits = node.arguments.some((argument) => {
      const given = withoutBinding(argument);
      return isFunctionNode(given) && mayWait(values, candidates, given);
    });
    const isChained = isInListOf(node, call) || isInListOf(call, node);
    if (waits && !isChained) isOnly = false;
  });
  return isOnly;
}

/** An argument of a call that answers later, which may become other statements than it stands in. */
function isInAnsweringCall(
  candidates: Candidates,
  expression: ts.Expression,
  call: ts.CallExpression,
): boolean {
  for (let node: ts.Node = call; node !== expression; node = node.parent) {
    const { parent } = node;
    // What is awaited here may have answered through a callback before.
    if (isAwait(parent)) return true;
    if (!ts.isCallExpression(parent)) continue;
    const candidate = candidates.calls.get(parent);
    if ((candidate !== undefined && candidate.kind !== 'sync') || isReactionCall(parent)) return true;
  }
  return false;
}

/** `promise.then(…)` */
function isReactionCall({ expression }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  return ts.isPropertyAccessExpression(callee) && /^(?:then|catch|finally)$/.test(callee.name.text);
}

/** `inner` stands in the list that the method of `outer` is called on. */
function isInListOf(inner: ts.CallExpression, outer: ts.CallExpression): boolean {
  const callee = unwrap(outer.expression);
  if (!ts.isPropertyAccessExpression(callee) || !methods.has(callee.name.text)) return false;
  return callee.expression.pos <= inner.pos && inner.end <= callee.expression.end;
}

function mayWait(values: Values, candidates: Candidates, callback: FunctionNode): boolean {
  return someNode(
    callback,
    (node) =>
      ts.isCallExpression(node) &&
      (candidates.calls.has(node) || values.of(node.expression).some(({ kind }) => kind === 'function')),
  );
}

function isPlainFunction(callback: ts.FunctionExpression | ts.ArrowFunction): boolean {
  if (hasModifier(callback, ts.SyntaxKind.AsyncKeyword) || callback.asteriskToken !== undefined) return false;
  if (hasOwnContext(callback)) return false;
  if (callback.name !== undefined && mentions(callback.body, callback.name.getText())) return false;
  return !(
    ts.isBlock(callback.body) &&
    callback.body.statements.some((s) => ts.isExpressionStatement(s) && ts.isStringLiteral(s.expression))
  );
}

function areParametersPlain(
  session: Session,
  all: readonly ts.ParameterDeclaration[],
  [, second, ...others]: readonly ts.ParameterDeclaration[],
): boolean {
  if (all.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined)) return false;
  if (second !== undefined && (!ts.isIdentifier(second.name) || isNameWritten(session, second.name)))
    return false;
  return others.every((p) => ts.isIdentifier(p.name) && !isUsed(session, p.name));
}

function indexOf(
  session: Session,
  [, second]: readonly ts.ParameterDeclaration[],
): ts.Identifier | undefined {
  const name = second?.name;
  return name !== undefined && ts.isIdentifier(name) && isUsed(session, name) ? name : undefined;
}

function isUsed(session: Session, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  return symbol !== undefined && session.referencesOf(symbol).some((use) => use !== name);
}

function isNameWritten(session: Session, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  return symbol !== undefined && session.referencesOf(symbol).some((use) => isWritten(use));
}

/** A name of the function is spelled like this, other than that of what a `reduce` keeps. */
function mentions(node: ts.Node, name: string, reduction?: Reduction): boolean {
  const own = new Set<ts.Node>(reduction === undefined ? [] : [reduction.name, ...reduction.uses]);
  return someNode(
    node,
    (inner) => ts.isIdentifier(inner) && inner.text === name && !isMemberName(inner) && !own.has(inner),
  );
}

/** The list mentions a variable of the name, which the loop would hide from it. */
function reachesInto(session: Session, list: ts.Expression, name: string): boolean {
  return someNode(list, (node) => {
    if (!ts.isIdentifier(node) || node.text !== name || isMemberName(node)) return false;
    const declaration = session.symbolOf(node)?.declarations?.[0];
    return declaration === undefined || declaration.pos < list.pos || declaration.end > list.end;
  });
}

export function namesOf(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
}

/** The function's own returns, each of which can become a `continue`; undefined when one cannot, or a value is missing. */
function returnsOf(
  callback: ts.FunctionExpression | ts.ArrowFunction,
  method: LoopMethod,
): ts.ReturnStatement[] | undefined {
  const { body } = callback;
  if (!ts.isBlock(body)) return [];
  const returns: ts.ReturnStatement[] = [];
  visitOwn(body, (node) => {
    if (ts.isReturnStatement(node)) returns.push(node);
  });
  const breaks = method === 'find' || method === 'some' || method === 'every';
  for (const statement of returns) {
    if (isInnerLoop(statement, body, breaks)) return undefined;
    const { expression } = statement;
    if (method !== 'forEach' && expression === undefined) return undefined;
    if (method === 'forEach' && expression !== undefined && !isValueOnly(unwrap(expression)))
      return undefined;
  }
  return method === 'forEach' || alwaysExits(body) ? returns : undefined;
}

/** What a `flatMap` puts together is arrays, and never an element as it is. */
function givesArrays(
  values: Values,
  { body }: ts.FunctionExpression | ts.ArrowFunction,
  returns: readonly ts.ReturnStatement[] | undefined,
): boolean {
  const answers = ts.isBlock(body) ? (returns ?? []).map(({ expression }) => expression) : [body];
  return answers.every((answer) => answer !== undefined && isArray(values, answer));
}

function isArray(values: Values, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isArrayLiteralExpression(node)) return !node.elements.some(ts.isOmittedExpression);
  if (ts.isConditionalExpression(node))
    return isArray(values, node.whenTrue) && isArray(values, node.whenFalse);
  if (!ts.isCallExpression(node)) return false;
  if (arrayAnswer(values, node) === 'yes') return true;
  const targets = values.of(node.expression);
  return (
    targets.length > 0 &&
    targets.every(
      (target) =>
        target.kind === 'function' && target.node.type !== undefined && ts.isArrayTypeNode(target.node.type),
    )
  );
}

/** A `continue` in its place would go on with another loop; a `break` would also leave a `switch`. */
function isInnerLoop(statement: ts.Statement, body: ts.Block, breaks: boolean): boolean {
  for (let node: ts.Node = statement.parent; node !== body && !ts.isSourceFile(node); node = node.parent) {
    if (ts.isIterationStatement(node, false) || ts.isLabeledStatement(node)) return true;
    if (breaks && ts.isSwitchStatement(node)) return true;
  }
  return false;
}

function isValueOnly(node: ts.Expression): boolean {
  return (
    ts.isIdentifier(node) ||
    ts.isLiteralExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}

/** What has to hold of the list for a loop that waits to visit what the method visited. */
function listHazards(session: Session, values: Values, list: ts.Expression, home: FunctionNode): Hazard[] {
  const hazards: Hazard[] = [];
  const text = list.getText().replace(/\s+/g, ' ').slice(0, 40);
  if (arrayAnswer(values, list) !== 'yes') {
    const message = `\`${text}\` is taken for an array; a Map or a sparse list is visited differently by \`for … of\``;
    hazards.push(hazard('H-HOLES', 'review', message, list, 'check that it is an array without holes'));
  }
  if (isShared(session, values, unwrap(list), home)) {
    const message = `\`${text}\` is shared with other requests, and may change while the loop waits`;
    hazards.push(hazard('H-RACE', 'review', message, list, 'loop over a copy of it'));
  }
  return hazards;
}

/** A list that lives longer than one call of the function, unless nothing ever changes it. */
function isShared(session: Session, values: Values, list: ts.Expression, home: FunctionNode): boolean {
  let root = list;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root))
    root = unwrap(root.expression);
  if (root.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (!ts.isIdentifier(root)) return false;
  const declaration = session.symbolOf(root)?.declarations?.[0];
  if (declaration === undefined || ts.isParameter(declaration)) return false;
  const isOwn = declaration.pos >= home.pos && declaration.end <= home.end;
  if (isOwn) return false;
  const isConstant =
    root === list &&
    ts.isVariableDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    ts.isArrayLiteralExpression(unwrap(declaration.initializer)) &&
    !changesList(values, root, root.getSourceFile()) &&
    !isNameWritten(session, root);
  return !isConstant;
}

/** Array loops around a node, innermost first, as far as one stands directly in the function of another. */
export function loopsAround(loops: ReadonlyMap<ts.Node, ArrayLoop>, node: ts.Node): ArrayLoop[] {
  const found: ArrayLoop[] = [];
  for (let inner = enclosingFunction(node); inner !== undefined; inner = enclosingFunction(inner)) {
    const loop = loops.get(inner);
    if (loop === undefined) return found;
    found.push(loop);
  }
  return found;
}
