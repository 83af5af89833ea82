import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { ArrayLoop } from './array-loops.js';
import { arrayAnswer, changing } from './array-values.js';
import type { Candidates } from './candidates.js';
import { hazard } from './hazards.js';
import { isAssignment } from './modules.js';
import type { FunctionNode } from './session.js';
import { hasModifier, isFunctionNode, outermost, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/** `list.map(f)` whose function may wait: `await Promise.all(list.map(async …))` takes its place. */
export interface GatheredMap {
  readonly call: ts.CallExpression;
  readonly callback: FunctionNode;
  readonly hazards: readonly Hazard[];
}

/**
 * Calls of `map` in places that no loop can take over, of functions that only look: what they ask for may be answered
 * in any order.
 */
export function findGatheredMaps(
  values: Values,
  candidates: Candidates,
  loops: ReadonlyMap<ts.Node, ArrayLoop>,
): ReadonlyMap<ts.Node, GatheredMap> {
  const found = new Map<ts.Node, GatheredMap>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const gathered = gatheredMap(values, candidates, node);
      const loop = gathered === undefined ? undefined : loops.get(gathered.callback);
      if (gathered !== undefined && (loop === undefined || loop.place.kind === 'inside'))
        found.set(node, gathered);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of values.session.files.values()) visit(file);
  return found;
}

function gatheredMap(
  values: Values,
  candidates: Candidates,
  call: ts.CallExpression,
): GatheredMap | undefined {
  const callee = unwrap(call.expression);
  const [argument, more] = call.arguments;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'map') return undefined;
  if (argument === undefined || more !== undefined || ts.isOptionalChain(callee)) return undefined;
  if (ts.isExpressionStatement(outermost(call).parent) || values.of(callee).length > 0) return undefined;
  const callback = unwrap(argument);
  if (!ts.isFunctionExpression(callback) && !ts.isArrowFunction(callback)) return undefined;
  if (hasModifier(callback, ts.SyntaxKind.AsyncKeyword) || callback.asteriskToken !== undefined)
    return undefined;
  if (!onlyLooks(values, candidates, callback)) return undefined;
  const answer = arrayAnswer(values, callee.expression);
  if (answer === 'no') return undefined;
  const text = callee.expression.getText().replace(/\s+/g, ' ').slice(0, 40);
  const message = `\`${text}\` is taken for an array; \`map\` of something else may not collect promises`;
  const unknown = hazard('H-HOLES', 'review', message, callee.expression, 'check that it is an array');
  const note = 'what was asked for one element after another is asked for all of them at the same time';
  const hazards = [...(answer === 'yes' ? [] : [unknown]), hazard('H-SERIAL', 'note', note, call)];
  return { call, callback, hazards };
}

/** Some call of the function blocks, and nothing that the function does is seen by another call of it. */
function onlyLooks(values: Values, candidates: Candidates, callback: FunctionNode): boolean {
  let blocks = false;
  let changes = false;
  if (callback.body === undefined) return false;
  visitOwn(callback.body, (node) => {
    if (isFunctionNode(node)) return;
    if (ts.isCallExpression(node)) {
      const candidate = candidates.calls.get(node);
      if (candidate?.kind === 'sync' && candidate.member.answersOnly === true) blocks = true;
      else if (candidate !== undefined || values.of(node.expression).some((v) => v.kind === 'function'))
        changes = true;
      const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : '';
      if (changing.has(name)) changes = true;
    }
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) changes = true;
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        changes = true;
    if (ts.isDeleteExpression(node)) changes = true;
    // What is called for what it does is done in the order of the answers.
    if (ts.isExpressionStatement(node) && ts.isCallExpression(unwrap(node.expression))) changes = true;
  });
  return blocks && !changes;
}
