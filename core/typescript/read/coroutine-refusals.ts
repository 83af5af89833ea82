import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Runners } from './coroutine-runners.js';
import type { CoroutineUse } from './coroutine-uses.js';
import type { Yielded } from './coroutine-yields.js';
import { hazard } from './hazards.js';
import type { PackageFacts } from './package-facts.js';
import type { FunctionNode } from './session.js';
import { outermost, ownContext, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Why a generator cannot be an async function, whatever it yields. */
export function refusalOf(
  values: Values,
  node: FunctionNode,
  uses: readonly CoroutineUse[],
): Hazard | undefined {
  const { type, body } = node;
  if (type !== undefined) {
    const message = 'it is declared to give a generator';
    return hazard('H-FAMILY', 'blocks', message, type, 'declare what it answers with');
  }
  if (body === undefined || someNode(node, isNamedAwait))
    return hazard('H-SHADOW', 'blocks', 'something in it is called `await`', node, 'give it another name');
  for (const use of uses) {
    const refusal = useRefusal(values, node, body, use);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function useRefusal(
  values: Values,
  node: FunctionNode,
  body: ts.ConciseBody,
  use: CoroutineUse,
): Hazard | undefined {
  const message = 'it is run without the values of its parameters';
  switch (use.kind) {
    case 'run': {
      const foreign = foreignContext(body, use.hasThis);
      if (foreign !== undefined) return foreign;
      const unblock = 'read the values from the function around it';
      return node.parameters.length > 0 ? hazard('H-BOUND', 'blocks', message, node, unblock) : undefined;
    }
    case 'wrapped':
      return arityRefusal(values, node, use.call);
    case 'started': {
      const unblock = 'hand over its values where it is run';
      return ts.isIdentifier(unwrap(use.argument)) && node.parameters.length > 0
        ? hazard('H-BOUND', 'blocks', message, use.call, unblock)
        : undefined;
    }
    case 'awaited':
      return undefined;
  }
}

/** @param hasThis its `this` is that of the function around it */
function foreignContext(body: ts.ConciseBody, hasThis: boolean): Hazard | undefined {
  const own = ownContext(body);
  const foreign = hasThis ? own.find(({ kind }) => kind !== ts.SyntaxKind.ThisKeyword) : own[0];
  if (foreign === undefined) return undefined;
  const message = 'it uses `this` or `arguments` of its own';
  const unblock = 'keep what is needed in a variable of the function around it';
  return hazard('H-THIS', 'blocks', message, foreign, unblock);
}

/** Who takes the function may tell by its length, or by its kind, how to call it. */
function arityRefusal(values: Values, node: FunctionNode, call: ts.CallExpression): Hazard | undefined {
  const taker = placesOf(values, outermost(call)).find((place) => {
    const list = ts.isArrayLiteralExpression(place.parent) ? place.parent : place;
    const { parent } = list;
    if (!ts.isCallExpression(parent) || parent.expression === list) return false;
    const isTask = values
      .of(parent.expression)
      .some((value) => value.kind === 'member' && value.member.kind === 'control');
    return isTask || node.parameters.length > 3;
  });
  if (taker === undefined) return undefined;
  return hazard(
    'H-ARITY',
    'blocks',
    'who takes it tells by its parameters how to call it',
    taker,
    'write its parameters out where it is wrapped',
  );
}

/** Where a function stands, and where the constant does that holds it. */
function placesOf(values: Values, place: ts.Expression): ts.Expression[] {
  const { parent } = place;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return [place];
  const symbol = values.session.symbolOf(parent.name);
  return symbol === undefined ? [place] : [place, ...values.session.referencesOf(symbol)];
}

function isNamedAwait(node: ts.Node): boolean {
  return (
    ts.isIdentifier(node) &&
    node.text === 'await' &&
    !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)
  );
}

/** The run was asked to leave it. */
export function left(node: ts.Node): Hazard {
  return hazard(
    'H-PROTOCOL',
    'blocks',
    'a generator cannot wait',
    node,
    'run it with one of the libraries that wait for it',
  );
}

/** Libraries do not agree on what it may yield. */
export function mixed(node: ts.Node): Hazard {
  return hazard(
    'H-PROTOCOL',
    'blocks',
    'libraries run it that take different things to wait for',
    node,
    'run it with one library everywhere',
  );
}

/** No version says that the library answers with a promise. */
export function versionHazards(
  facts: PackageFacts,
  runners: Runners,
  uses: readonly CoroutineUse[],
): Hazard[] {
  for (const use of uses) {
    const runner = use.kind === 'awaited' ? undefined : runners.get(use.call);
    if (use.kind === 'awaited' || runner?.majors === undefined || isUsedAsPromise(use.call)) continue;
    if (facts.majorOf(runner.module) !== undefined) continue;
    const message = `no version of ${runner.module} is declared, and before ${runner.majors[0] ?? 'this one'} it answers with no promise`;
    return [hazard('H-NAME-ONLY', 'review', message, use.call, 'declare the version in package.json')];
  }
  return [];
}

/** What it gives is used as a promise, or by nobody. */
function isUsedAsPromise(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  return (
    (ts.isPropertyAccessExpression(parent) && /^(?:then|catch)$/.test(parent.name.text)) ||
    ts.isYieldExpression(parent) ||
    ts.isAwaitExpression(parent) ||
    ts.isExpressionStatement(parent)
  );
}

/** Nothing but its use says that a value is a promise. */
export function nameHazard({ value }: Yielded): Hazard {
  const message = `that \`${value.getText().split('\n')[0]?.slice(0, 40) ?? ''}\` is a promise is told by its use only`;
  return hazard('H-NAME-ONLY', 'review', message, value, 'check that it answers with a promise');
}
