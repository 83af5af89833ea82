import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { awaitSteps, type Flow, isErrorless } from './flow.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, someNode } from './syntax.js';

/**
 * What a function with a callback of its own reads of its calls besides its parameters.
 *
 * @param leaving statements that go away with the callback
 */
export function ownArgumentHazards(root: FunctionNode, leaving: readonly ts.Node[]): Hazard[] {
  const { body } = root;
  if (body === undefined || ts.isArrowFunction(root)) return [];
  const at = argumentsIn(body, leaving);
  if (at === undefined) return [];
  return [
    hazard(
      'H-ARITY',
      'blocks',
      'it looks at `arguments`, which lose its callback',
      at,
      'name its parameters',
    ),
  ];
}

function argumentsIn(node: ts.Node, leaving: readonly ts.Node[]): ts.Node | undefined {
  if (leaving.includes(node)) return undefined;
  if (ts.isIdentifier(node) && node.text === 'arguments') {
    const { parent } = node;
    return ts.isPropertyAccessExpression(parent) && parent.name === node ? undefined : node;
  }
  if (isFunctionNode(node) && !ts.isArrowFunction(node)) return undefined;
  return ts.forEachChild(node, (child) => argumentsIn(child, leaving));
}

/**
 * Callbacks that take their result apart in the parameter list: with an error there is nothing to take apart, so the call
 * of the callback threw. An API's caller cannot be seen to catch that; a function of the project that calls back at once
 * hands it to its own caller.
 */
export function destructuredResultHazards(flow: Flow): Hazard[] {
  return awaitSteps(flow).flatMap(({ site }) => {
    if (site.callee.kind !== 'own' || site.callback.kind !== 'inline') return [];
    if (isErrorless(site.callee)) return [];
    const pattern = site.callback.node.parameters.slice(1).find(({ name }) => !ts.isIdentifier(name));
    if (pattern === undefined || !site.callee.targets.some(mayAnswerAtOnce)) return [];
    const message = 'with an error there was nothing to take apart, and its callback threw';
    return [hazard('H-ERR-TEST', 'review', message, pattern, 'take the result apart behind the error test')];
  });
}

/** Some call in it, of the callback or not, runs before anything is waited for. */
function mayAnswerAtOnce(target: FunctionNode): boolean {
  const last = target.parameters[target.parameters.length - 1];
  const { body } = target;
  if (body === undefined || last === undefined || !ts.isIdentifier(last.name)) return true;
  const { text } = last.name;
  const isAnswer = (node: ts.Node): boolean =>
    ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === text;
  const search = (node: ts.Node): boolean =>
    isAnswer(node) ||
    (ts.forEachChild(node, (child) => (isFunctionNode(child) ? undefined : search(child) || undefined)) ??
      false);
  return search(body) || someNode(body, (node) => ts.isSpreadElement(node));
}
