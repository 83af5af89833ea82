import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { accessesAround, type SharedState } from './races.js';
import { declarationsOf, type FunctionNode, type Session } from './session.js';
import type { RunsIn } from './shared-accesses.js';
import { short } from './statement-shape.js';
import { enclosingFunction, isInside, unwrap, visitAll } from './syntax.js';

/**
 * `const { items } = data; wait(); items.push(item);`, where another function sets `data.items`: what is put into the old
 * list is lost once another request runs during the wait.
 */
export function replacedHazards(
  state: SharedState,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  for (const write of accessesAround(state, home, call, runsIn)) {
    if (!write.writes || write.writtenAt < call.end || typeof write.key === 'string') continue;
    const [declaration] = declarationsOf(write.key);
    if (declaration === undefined || declaration.pos > call.pos || !isInside(declaration, home)) continue;
    const member = memberNamed(declaration);
    const replaced = member === undefined ? undefined : replacedMembers(state.session).get(member);
    if (replaced === undefined) continue;
    const message = `another request may set \`${short(replaced)}\` while the call waits, and \`${short(write.node)}\` is the old one`;
    return [hazard('H-RACE', 'review', message, write.node, 'look it up again after the call')];
  }
  return [];
}

/** `items` of `const { items } = data` and of `const list = data.items`. */
function memberNamed(declaration: ts.Declaration): string | undefined {
  if (ts.isBindingElement(declaration)) return (declaration.propertyName ?? declaration.name).getText();
  const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  const place = value === undefined ? undefined : unwrap(value);
  return place !== undefined && ts.isPropertyAccessExpression(place) ? place.name.text : undefined;
}

const known = new WeakMap<Session, ReadonlyMap<string, ts.Expression>>();

/** The members that functions set to something else, by their names; what a constructor sets is new. */
function replacedMembers(session: Session): ReadonlyMap<string, ts.Expression> {
  const found = known.get(session);
  if (found !== undefined) return found;
  const members = new Map<string, ts.Expression>();
  for (const file of session.files.values())
    visitAll(file, (node) => {
      if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
      if (!ts.isPropertyAccessExpression(node.left)) return;
      const around = enclosingFunction(node);
      if (around !== undefined && !ts.isConstructorDeclaration(around))
        members.set(node.left.name.text, node.left);
    });
  known.set(session, members);
  return members;
}
