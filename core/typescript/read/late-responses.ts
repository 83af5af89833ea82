import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Context, Notes } from './context.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { isAsync, isAwait, isLogical, outermost, someNode } from './syntax.js';

/** What a handler does too late for the framework, which sends the response once the promise of the first one is done. */
export function lateHazards(context: Context & Pick<Notes, 'units'>, node: FunctionNode): Hazard[] {
  const { values, units, ids } = context;
  const contract = values.contractOf(node)?.contract;
  if (contract?.respondsAfter !== true) return [];
  if (units.has(ids.of(node))) {
    const message = 'the response did not wait for the call; now it does';
    return [hazard('H-REPLY', 'review', message, node, 'check that the response should wait')];
  }
  const left = leftBehind(context);
  if (left === undefined || waitsAlready(node)) return [];
  const message = 'this middleware goes on to others and does not wait for them: their answers come too late';
  return [hazard('H-REPLY', 'review', message, left, 'return what it gives, or await it')];
}

const known = new WeakMap<Context['values'], { readonly call: ts.Node | undefined }>();

/** A `next()` whose promise its middleware drops. */
function leftBehind({ values, ids }: Context): ts.Node | undefined {
  const found = known.get(values);
  if (found !== undefined) return found.call;
  let call: ts.Node | undefined;
  for (const [, node] of ids.functions) call ??= droppedNext(values, node);
  known.set(values, { call });
  return call;
}

function droppedNext(values: Context['values'], node: FunctionNode): ts.Node | undefined {
  const contract = values.contractOf(node)?.contract;
  const name = contract?.goesOn === undefined ? undefined : node.parameters[contract.goesOn]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? values.session.symbolOf(name) : undefined;
  if (symbol === undefined) return undefined;
  return values.session
    .referencesOf(symbol)
    .map(({ parent }) => parent)
    .find((parent) => ts.isCallExpression(parent) && isDropped(parent));
}

function isDropped(call: ts.CallExpression): boolean {
  let outer: ts.Node = outermost(call);
  const isPassedOn = (): boolean => {
    const { parent } = outer;
    if (ts.isBinaryExpression(parent)) return isLogical(parent.operatorToken.kind) && parent.right === outer;
    return ts.isConditionalExpression(parent) && parent.condition !== outer;
  };
  while (isPassedOn()) outer = outermost(outer.parent as ts.Expression);
  return ts.isExpressionStatement(outer.parent) || ts.isVoidExpression(outer.parent);
}

function waitsAlready(node: FunctionNode): boolean {
  return isAsync(node) && node.body !== undefined && someNode(node.body, isAwait);
}
