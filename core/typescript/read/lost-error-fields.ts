import { ts } from 'ts-morph';
import type { SyncMember } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { Session } from './session.js';
import { enclosingFunction, isFunctionNode, isInside, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Somebody who catches what the call throws reads a field that the error of its async form does not have. */
export function lostErrorField(
  values: Values,
  call: ts.CallExpression,
  member: SyncMember,
): Hazard | undefined {
  const fields = member.errorLacks ?? [];
  if (fields.length === 0) return undefined;
  const found = readBehind(values, call, fields, new Set());
  if (found === undefined) return undefined;
  const message = `\`${found.getText()}\` is read of its error, and the error of the async form has none`;
  return hazard('H-TWIN-SHAPE', 'blocks', message, found, 'read what both errors have');
}

/** Follows the error of a call outwards: to what catches it, and to those who call the function around it. */
function readBehind(
  values: Values,
  call: ts.Node,
  fields: readonly string[],
  seen: Set<ts.Node>,
): ts.Node | undefined {
  for (let node = call; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.tryBlock === node && parent.catchClause !== undefined) {
      const { variableDeclaration, block } = parent.catchClause;
      if (variableDeclaration === undefined) return undefined;
      const found = readOf(values.session, variableDeclaration.name, fields);
      if (found !== undefined || !leaves(values.session, variableDeclaration.name, block)) return found;
    }
    const handler = rejectionHandler(node);
    const caught = handler === undefined ? undefined : readOf(values.session, handler, fields);
    if (caught !== undefined) return caught;
    if (!isFunctionNode(node)) continue;
    if (seen.has(node)) return undefined;
    seen.add(node);
    for (const caller of values.callsOf(node)) {
      const found = readBehind(values, caller, fields, seen);
      if (found !== undefined) return found;
    }
    // What an array runs at once throws to the function around it.
    if (
      !ts.isCallExpression(outermost(node as ts.Expression).parent) ||
      enclosingFunction(node) === undefined
    )
      return undefined;
  }
  return undefined;
}

/** `promise.catch((error) => …)`, `promise.then(…, (error) => …)` */
function rejectionHandler(node: ts.Node): ts.BindingName | undefined {
  const access = node.parent;
  if (!ts.isPropertyAccessExpression(access) || access.expression !== node) return undefined;
  const call = access.parent;
  if (!ts.isCallExpression(call) || call.expression !== access) return undefined;
  const { text } = access.name;
  const given = text === 'catch' ? call.arguments[0] : text === 'then' ? call.arguments[1] : undefined;
  const handler = given === undefined ? undefined : unwrap(given);
  return handler !== undefined && isFunctionNode(handler) ? handler.parameters[0]?.name : undefined;
}

function readOf(session: Session, name: ts.BindingName, fields: readonly string[]): ts.Node | undefined {
  if (ts.isArrayBindingPattern(name)) return undefined;
  if (ts.isObjectBindingPattern(name))
    return name.elements.find((element) => fields.includes((element.propertyName ?? element.name).getText()));
  return usesOf(session, name)
    .map((use) => outermost(use).parent)
    .find(
      (parent) =>
        (ts.isPropertyAccessExpression(parent) && fields.includes(parent.name.text)) ||
        (ts.isVariableDeclaration(parent) && readOf(session, parent.name, fields) !== undefined),
    );
}

/** It throws the error on, or hands it to somebody. */
function leaves(session: Session, name: ts.BindingName, block: ts.Block): boolean {
  if (!ts.isIdentifier(name)) return false;
  return usesOf(session, name).some((use) => {
    const { parent } = outermost(use);
    return isInside(use, block) && ts.isThrowStatement(parent);
  });
}

function usesOf(session: Session, name: ts.Identifier): ts.Identifier[] {
  const symbol = session.symbolOf(name);
  return symbol === undefined ? [] : session.referencesOf(symbol).filter((use) => use !== name);
}
