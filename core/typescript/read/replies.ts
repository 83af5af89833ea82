import { ts } from 'ts-morph';
import { findFramework, saysItself } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

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
