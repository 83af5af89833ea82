import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { isOutOfReach } from './private-methods.js';
import { type FunctionNode, isMemberName } from './session.js';
import { unwrap } from './syntax.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

/** Members of what the language has of its own: a call of such a name says little. */
const ordinary: ReadonlySet<string> = new Set(
  [Array, String, Map, Promise, RegExp, Date].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  ),
);

/**
 * `for (const store of stores) store.read()`: a call of a method's name on an object that cannot be followed. It would get
 * a promise that it does not wait for.
 */
export function unknownReceiverHazard(
  uses: FunctionUses,
  values: Values,
  node: FunctionNode,
): Hazard | undefined {
  if (!isMethod(node) || uses.exported.has(node)) return undefined;
  for (const name of uses.namesOf(node)) {
    const call = (uses.byName.get(name) ?? []).find((one) => mayMean(values, node, one));
    if (call === undefined) continue;
    const text = call.expression.getText().replace(/\s+/g, '').slice(0, 40);
    const effect = ordinary.has(name) ? 'review' : 'blocks';
    const unblock = 'make the object of that call known to the tool';
    return hazard('H-DYNAMIC', effect, `\`${text}\` may call it`, call, unblock);
  }
  return undefined;
}

/** A member of a class, of a prototype, or of an object that is written out. */
function isMethod(node: FunctionNode): boolean {
  if (ts.isMethodDeclaration(node)) return true;
  const { parent } = node;
  if (ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent)) return true;
  return (
    ts.isBinaryExpression(parent) &&
    ts.isPropertyAccessExpression(parent.left) &&
    /\.prototype$|^this$/.test(parent.left.expression.getText())
  );
}

/** The object is not known to be something else, and is given as many arguments as the method asks for. */
function mayMean(values: Values, node: FunctionNode, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const needed = node.parameters.filter(
    (p) => p.initializer === undefined && p.questionToken === undefined && p.dotDotDotToken === undefined,
  ).length;
  const hasRest = node.parameters.some((p) => p.dotDotDotToken !== undefined);
  if (call.arguments.length > node.parameters.length && !hasRest) return false;
  if (call.arguments.length < needed && !call.arguments.some(ts.isSpreadElement) && needed > 2) return false;
  const owner = unwrap(callee.expression);
  if (isOutOfReach(values.session, node, callee.expression)) return false;
  if (values.of(owner).length > 0 || owner.kind === ts.SyntaxKind.ThisKeyword) return false;
  if (owner.kind === ts.SyntaxKind.SuperKeyword || ts.isLiteralExpression(owner)) return false;
  if (!ts.isIdentifier(owner) || isMemberName(owner)) return true;
  const declaration = values.session.symbolOf(owner)?.declarations?.[0];
  // A name that nobody declares belongs to the platform, and what a framework gives has methods of its own.
  if (declaration === undefined) return false;
  return !(
    ts.isParameter(declaration) &&
    ts.isFunctionLike(declaration.parent) &&
    values.contractOf(declaration.parent as FunctionNode) !== undefined
  );
}
