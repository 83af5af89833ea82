import { ts } from 'ts-morph';
import { findFramework, saysItself } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { alwaysExits, isAsync, unwrap, visitOwn } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/**
 * A framework that takes what a function returns for the answer takes nothing for a promise of nothing: the reply would
 * have to be sent by then. Where each path returns something, the promise holds it.
 */
export function payloadHazard(
  values: Values,
  node: FunctionNode,
  unit: Pick<Unit, 'root'> | undefined,
): Hazard | undefined {
  const registered = values.contractOf(node);
  if (registered?.contract.returned !== 'payload' || isAsync(node)) return undefined;
  if (unit === undefined && alwaysReturns(node)) return undefined;
  const message = `${registered.module} takes what the function returns for the answer`;
  return hazard('H-REPLY', 'blocks', message, node, 'return the reply on every path: `return reply.send(…)`');
}

function alwaysReturns({ body }: FunctionNode): boolean {
  if (body === undefined || !ts.isBlock(body)) return body !== undefined;
  let isBare = false;
  visitOwn(body, (inner) => {
    isBare ||= ts.isReturnStatement(inner) && inner.expression === undefined;
  });
  return !isBare && alwaysExits(body);
}

/** A function that is given to a framework which takes what it returns for an answer: a promise would be another one. */
export function replyHazard(values: Values, given: ts.Node, call: ts.Node): Hazard | undefined {
  if (!ts.isCallExpression(call)) return undefined;
  const member = values.of(call.expression).find((value) => value.kind === 'member');
  if (member?.kind !== 'member' || member.member.kind !== 'multi-shot') return undefined;
  const framework = findFramework(member.library.module);
  const isFramework = framework !== undefined && !saysItself(framework);
  if (!isFramework || member.member.looksAtResult !== true) return undefined;
  const callee = unwrap(call.expression).getText().replace(/\s+/g, '').slice(0, 40);
  const message = `what the function returns means something to \`${callee}\``;
  return hazard('H-REPLY', 'blocks', message, given, 'do the work in a function that it calls');
}
