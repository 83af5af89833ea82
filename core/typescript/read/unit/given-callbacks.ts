import { ts } from 'ts-morph';
import type { SiteCallback } from '../flow.js';
import { forwardedTo } from '../forwards.js';
import { withoutNoop } from '../guarded-answers.js';
import { hazard } from '../hazards.js';
import { localCallback } from '../local-callbacks.js';
import { namedCallback } from '../named-callbacks.js';
import { withoutBinding } from '../syntax.js';
import type { Reader } from './reader.js';

/** What stands in the place of a callback: a function, or a name that stands for one; undefined for anything else. */
export function callbackOf(reader: Reader, argument: ts.Expression): SiteCallback | undefined {
  const node = givenOnce(reader, withoutBinding(argument));
  const isWritten = ts.isFunctionExpression(node) || ts.isArrowFunction(node);
  const name = isWritten ? forwardedTo(node) : (withoutNoop(reader.session, node) ?? node);
  if (name !== undefined && ts.isIdentifier(name)) {
    const answering = answeringName(reader, name);
    if (answering !== undefined) return answering;
    if (!isWritten && !reader.answers.isTask) {
      const local = localCallback(reader, reader.root, reader.known.relays, name);
      if (local !== undefined && (local.answers || reader.answers.completion === undefined)) return local;
    }
  }
  if (isWritten) return { kind: 'inline', node };
  const named =
    name !== undefined && ts.isIdentifier(name)
      ? namedCallback(reader.session, reader.root, name)
      : undefined;
  if (named === undefined) return undefined;
  if (named.isHidden) {
    const message = 'its callback is declared where its names mean something else than at the call';
    reader.found.addHazards(hazard('H-BOUND', 'blocks', message, argument, 'write the callback at the call'));
  }
  return { kind: 'inline', node: named.node, statement: named.statement };
}

/** The name of what the code answers by. */
function answeringName({ session, answers }: Reader, name: ts.Identifier): SiteCallback | undefined {
  const symbol = session.symbolOf(name);
  if (symbol === undefined) return undefined;
  if (symbol === answers.ownCallback?.symbol) return { kind: 'own', name };
  if (symbol === answers.leaving?.symbol) return { kind: 'own', name, leaves: true };
  return symbol === answers.next ? { kind: 'next', name } : undefined;
}

/** What is given in `once(callback)`: the call runs it once in any case. */
function givenOnce(reader: Reader, node: ts.Expression): ts.Expression {
  if (!ts.isCallExpression(node)) return node;
  const [only, more] = node.arguments;
  const isOnce = reader.values
    .of(node.expression)
    .some((value) => value.kind === 'member' && value.member.kind === 'once');
  return isOnce && only !== undefined && more === undefined ? withoutBinding(only) : node;
}
