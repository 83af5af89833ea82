import { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** A function of the project that a control call is given by name, or with its first arguments. */
export interface GivenFunction {
  /** The name, or the call that gives the first arguments. */
  readonly node: ts.Expression;
  readonly callee: ts.Expression;
  readonly given: readonly ts.Expression[];
  readonly targets: readonly FunctionNode[];
}

/** The functions that a call of a control member is given by name; empty for any other call. */
export function givenFunctions(values: Values, call: ts.CallExpression): GivenFunction[] {
  if (!isControl(values, call)) return [];
  // The last argument is run by the library, and nobody looks at what it returns.
  return call.arguments.slice(0, -1).flatMap((argument) => {
    const list = unwrap(argument);
    if (ts.isArrayLiteralExpression(list))
      return list.elements.flatMap((element) => givenFunction(values, element) ?? []);
    if (ts.isObjectLiteralExpression(list))
      return list.properties.flatMap((p) =>
        ts.isPropertyAssignment(p) ? (givenFunction(values, p.initializer) ?? []) : [],
      );
    return givenFunction(values, argument) ?? [];
  });
}

/** What a place among tasks gives; undefined where it is no function of the project. */
export function givenFunction(values: Values, place: ts.Expression): GivenFunction | undefined {
  const node = unwrap(place);
  if (ts.isCallExpression(node)) {
    const isPartial = values
      .of(node.expression)
      .some((v) => v.kind === 'member' && v.member.kind === 'partial');
    const [callee, ...given] = node.arguments;
    if (!isPartial || callee === undefined || isFunctionNode(unwrap(callee))) return undefined;
    const targets = functionsAt(values, callee);
    return targets === undefined ? undefined : { node, callee, given, targets };
  }
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
  const targets = functionsAt(values, node);
  return targets === undefined ? undefined : { node, callee: node, given: [], targets };
}

function functionsAt(values: Values, expression: ts.Expression): readonly FunctionNode[] | undefined {
  const found = values.of(expression);
  const targets = found.flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  return targets.length === 0 || targets.length !== found.length ? undefined : targets;
}

function isControl(values: Values, call: ts.CallExpression): boolean {
  return values.of(call.expression).some((v) => v.kind === 'member' && v.member.kind === 'control');
}

/** A use of a function is that of a control call, which `givenFunctions` finds. */
export function isGiven(values: Values, use: ts.Expression): boolean {
  let place: ts.Node = use;
  const partial = use.parent;
  const isPartial =
    ts.isCallExpression(partial) &&
    partial.arguments[0] === use &&
    values.of(partial.expression).some((v) => v.kind === 'member' && v.member.kind === 'partial');
  if (isPartial) place = partial;
  const member = ts.isPropertyAssignment(place.parent) ? place.parent : place;
  const isInList = ts.isArrayLiteralExpression(member.parent) || ts.isObjectLiteralExpression(member.parent);
  const call = isInList ? member.parent.parent : member.parent;
  return (
    ts.isCallExpression(call) &&
    call.expression !== place &&
    givenFunctions(values, call).some((given) => given.node === place)
  );
}

/** Every function that may be meant takes its callback behind as many arguments. */
export function takesCallbackAt(
  candidates: Candidates,
  targets: readonly FunctionNode[],
  index: number,
): boolean {
  return targets.every((target) => candidates.ownCallbackOf(target)?.index === index);
}
