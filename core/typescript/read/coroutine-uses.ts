import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type CoroutineContext, calledWithThis, type Runners } from './coroutine-runners.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { boundToThis, enclosingFunction, isGenerator, outermost } from './syntax.js';

/** How a generator is started. */
export type CoroutineUse =
  /** `co.wrap(function* () {})`: a function that runs it. */
  | { readonly kind: 'wrapped'; readonly call: ts.CallExpression; readonly argument: ts.Expression }
  /** `co(function* () {})`: it runs at once. */
  | {
      readonly kind: 'run';
      readonly call: ts.CallExpression;
      /** Its `this` is that of the function around it. */
      readonly hasThis: boolean;
    }
  /** `co(list)`, `co(list(1))`. */
  | { readonly kind: 'started'; readonly call: ts.CallExpression; readonly argument: ts.Expression }
  /** Another coroutine waits for it, once or for each element of a list. */
  | { readonly kind: 'awaited'; readonly call: ts.CallExpression; readonly within: FunctionNode };

/** Everything that is done with a generator; a hazard where it is more than to run it. */
export function usesOf(
  context: CoroutineContext,
  runners: Runners,
  node: FunctionNode,
): CoroutineUse[] | Hazard {
  const { session } = context;
  if (!session.project.editable.has(session.pathOf(node))) return iterated(node);
  const name = nameOf(node);
  if (name === undefined) {
    if (!ts.isFunctionExpression(node)) return iterated(node);
    const use = useOf(runners, node, node);
    return use === undefined ? iterated(node) : [use];
  }
  const symbol = session.symbolOf(name);
  if (symbol === undefined || (symbol.declarations ?? []).length !== 1 || isExported(node))
    return iterated(node);
  const references = session.referencesOf(symbol).filter((reference) => reference !== name);
  const uses: CoroutineUse[] = [];
  for (const reference of references) {
    const use = useOf(runners, node, reference);
    if (use === undefined) return iterated(reference);
    uses.push(use);
  }
  return uses.length === 0 ? iterated(node) : uses;
}

/** The call of a library by which it runs. */
export function callOf(uses: readonly CoroutineUse[]): ts.CallExpression | undefined {
  for (const use of uses) if (use.kind !== 'awaited') return use.call;
  return undefined;
}

/** The name by which a generator is called; undefined where it is written at its only use. */
function nameOf(node: FunctionNode): ts.Identifier | undefined {
  if (ts.isFunctionDeclaration(node)) return node.name;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name : undefined;
}

function isExported(node: FunctionNode): boolean {
  const statement = ts.isVariableDeclaration(node.parent) ? node.parent.parent.parent : node;
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

function useOf(runners: Runners, node: FunctionNode, expression: ts.Expression): CoroutineUse | undefined {
  const outer = outermost(expression);
  const { parent } = outer;
  if (ts.isCallExpression(parent) && parent.expression === outer) return useOfCall(runners, parent);
  const bound = boundToThis(expression);
  const given = bound === undefined ? outer : outermost(bound);
  const call = given.parent;
  if (!ts.isCallExpression(call) || call.expression === given) return undefined;
  const runner = runners.get(call);
  if (runner === undefined) return useOfMap(call, given);
  const first = calledWithThis(call) === undefined ? call.arguments[0] : call.arguments[1];
  if (first !== given || call.arguments[call.arguments.length - 1] !== given) return undefined;
  if (runner.gives === 'function')
    return calledWithThis(call) === undefined ? { kind: 'wrapped', call, argument: given } : undefined;
  if (expression === node)
    return { kind: 'run', call, hasThis: bound !== undefined || calledWithThis(call) !== undefined };
  return given === expression && calledWithThis(call) === undefined
    ? { kind: 'started', call, argument: given }
    : undefined;
}

/** `yield list(1)`, `yield* list(1)`, `co(list(1))`. */
function useOfCall(runners: Runners, call: ts.CallExpression): CoroutineUse | undefined {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isCallExpression(parent) && runners.get(parent)?.gives === 'promise') {
    const isOnly = parent.arguments.length === 1 && parent.arguments[0] === outer;
    return isOnly ? { kind: 'started', call: parent, argument: outer } : undefined;
  }
  return awaitedIn(call);
}

function useOfMap(call: ts.CallExpression, given: ts.Expression): CoroutineUse | undefined {
  return call.arguments[call.arguments.length - 1] === given ? awaitedIn(call) : undefined;
}

/** The generator whose `yield` an expression is part of. */
function awaitedIn(call: ts.CallExpression): CoroutineUse | undefined {
  const within = enclosingFunction(call);
  return within !== undefined && isGenerator(within) ? { kind: 'awaited', call, within } : undefined;
}

export function iterated(node: ts.Node): Hazard {
  return hazard(
    'H-PROTOCOL',
    'blocks',
    'the generator is used for more than to wait',
    node,
    'iterate over a generator of its own',
  );
}
