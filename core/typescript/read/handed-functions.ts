import { ts } from 'ts-morph';
import { isNeverOnce } from '../../catalog/names.js';
import { isOfForeignPackage } from './foreign-objects.js';
import { bindingOf, isRunByLibrary } from './library-tasks.js';
import { usesAnswer } from './own-starters.js';
import type { CallNode, FunctionNode } from './session.js';
import { boundCall, unwrap } from './syntax.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

interface Handed {
  readonly values: Values;
  readonly uses: FunctionUses;
  /** The function answers through a callback: whoever calls it is not told anything by what it returns. */
  readonly answersBack: boolean;
  /** Whether nobody uses the value of a call. */
  readonly isIgnored: (call: CallNode) => boolean;
}

/**
 * `router.addRoute('GET /', showUser)`, `form.process(req, function (form) { … })`: a function that returns nothing, and
 * is handed to a method of an object that is not known. What is known to look at promises, and packages, are another
 * matter.
 */
export function isTakenForItsWork(handed: Handed, node: FunctionNode): boolean {
  const { uses } = handed;
  if (uses.lookedAt.has(node)) return false;
  const places = uses.handedAt.get(node) ?? [];
  return (
    places.length > 0 &&
    places.every((place) => {
      const given = bindingOf(place);
      return !isRunByLibrary(handed.values, given) && isWorkAt(handed, boundCall(place) ?? given);
    })
  );
}

function isWorkAt(handed: Handed, given: ts.Expression): boolean {
  const { parent } = given;
  if (ts.isArrayLiteralExpression(parent) && !isDescription(parent)) return false;
  if (!ts.isCallExpression(parent) && !ts.isNewExpression(parent)) return handed.answersBack;
  const { values } = handed;
  const index = parent.arguments?.indexOf(given) ?? -1;
  if (index === -1 || parent.arguments?.slice(0, index).some(ts.isSpreadElement) === true) return false;
  const callee = unwrap(parent.expression);
  const callees = values.of(callee);
  // What the project is seen to do with it is more than calling it.
  if (callees.length > 0)
    return (
      handed.answersBack &&
      callees.every(
        (value) => value.kind === 'function' && !usesAnswer(values, value.node, index, handed.isIgnored),
      )
    );
  if (!ts.isPropertyAccessExpression(callee)) return false;
  // A list of functions that call back is a list of tasks, for a library that tells async functions by their kind.
  if (handed.answersBack && /^(?:push|unshift|splice|concat)$/.test(callee.name.text)) return false;
  return !isNeverOnce(callee.name.text) && !isOfForeignPackage(values, callee.expression);
}

/** `['getBlock', this, this.getBlock, 1]`: it says something of the function; a list of functions is a list of tasks. */
function isDescription({ elements }: ts.ArrayLiteralExpression): boolean {
  return elements.some((element) => ts.isStringLiteralLike(element));
}
