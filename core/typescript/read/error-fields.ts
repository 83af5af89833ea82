import { ts } from 'ts-morph';
import { libraries } from '../../catalog/index.js';
import type { Library } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { importsOf } from './clients.js';
import { errorSymbol } from './errors.js';
import { awaitSteps, unitsIn } from './flow.js';
import { hazard } from './hazards.js';
import type { Session } from './session.js';
import { visitAll } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/** Handlers that read or send a part of an error which the driver that takes the old one's place fills differently. */
export function errorFieldHazards(values: Values, unit: Unit): Hazard[] {
  const { session } = values;
  const switched = switchedDriver(session);
  const fields = switched?.replacement?.errorDiffers ?? [];
  if (switched === undefined) return [];
  const hazards: Hazard[] = [];
  for (const step of unitsIn(unit).flatMap((inner) => awaitSteps(inner.flow))) {
    const { callee } = step.site;
    if (callee.kind === 'api' && callee.library !== switched) continue;
    const error = errorSymbol(session, step);
    if (error === undefined) continue;
    const items = step.error.kind === 'variable' ? step.success.steps : step.error.flow.steps;
    for (const { item } of items) {
      visitAll(item, (node) => {
        if (hazards.length > 0 || !ts.isIdentifier(node) || session.symbolOf(node) !== error) return;
        const { parent } = node;
        const isRead = ts.isPropertyAccessExpression(parent) && fields.includes(parent.name.text);
        if (!isRead && !isSent(values, node)) return;
        const message = `\`${isRead ? parent.getText() : node.text}\` reads differently with ${switched.replacement?.package ?? 'the new driver'}`;
        hazards.push(hazard('H-CB-CLIENT', 'review', message, node, 'answer with a text of your own'));
      });
    }
  }
  return hazards;
}

const drivers = new WeakMap<Session, Library | null>();

/** The driver of the project that another one replaces, found once. */
function switchedDriver(session: Session): Library | undefined {
  const known = drivers.get(session);
  if (known !== undefined) return known ?? undefined;
  const found = libraries.find(
    (library) =>
      (library.replacement?.errorDiffers.length ?? 0) > 0 && importsOf(session, library).length > 0,
  );
  drivers.set(session, found ?? null);
  return found;
}

/** The whole error goes into an answer. */
function isSent(values: Values, name: ts.Identifier): boolean {
  let node: ts.Node = name;
  while (
    ts.isPropertyAssignment(node.parent) ||
    ts.isShorthandPropertyAssignment(node.parent) ||
    ts.isObjectLiteralExpression(node.parent)
  )
    node = node.parent;
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.expression === node) return false;
  return values
    .of(call.expression)
    .some((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.endsRequest === true);
}
