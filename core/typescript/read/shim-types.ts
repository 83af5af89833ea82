import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { resultsFrom } from './answer-protocol.js';
import { callbackType } from './callback-type.js';
import { hazard } from './hazards.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode } from './syntax.js';
import type { Unit } from './unit.js';

/** In TypeScript each form has its overload. */
export function typeHazard(session: Session, unit: Unit): Hazard | undefined {
  const { root, ownCallback } = unit;
  if (ownCallback === undefined || !/\.[cm]?tsx?$/.test(session.pathOf(root))) return undefined;
  const refuse = (message: string): Hazard =>
    hazard('H-FAMILY', 'blocks', message, root, 'pass --exported convert, or write the overloads');
  const isMethod = ts.isMethodDeclaration(root) && ts.isClassLike(root.parent);
  if (!ts.isFunctionDeclaration(root) && !isMethod)
    return refuse('its two forms want overloads, which only declarations and methods of classes have');
  if (ts.canHaveDecorators(root) && (ts.getDecorators(root)?.length ?? 0) > 0)
    return refuse('its two forms want overloads, which a decorated method does not have');
  if (ownCallback.parameter.initializer !== undefined)
    return refuse('its two forms want overloads, which have no default values');
  if (hasOverloads(root)) return refuse('it has overloads already');
  return callbackType(session, ownCallback.parameter, resultsFrom(unit.protocol)) === undefined
    ? refuse('the type of its result cannot be told from the type of its callback')
    : undefined;
}

function hasOverloads(root: FunctionNode): boolean {
  const siblings: readonly ts.Node[] = ts.isClassLike(root.parent)
    ? root.parent.members
    : ts.isBlock(root.parent) || ts.isSourceFile(root.parent)
      ? root.parent.statements
      : [];
  const name = root.name?.getText();
  return siblings.some(
    (other) =>
      other !== root && isFunctionNode(other) && other.body === undefined && other.name?.getText() === name,
  );
}
