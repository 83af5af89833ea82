import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode, Session } from './session.js';
import { unwrap } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/**
 * Callbacks that look into their result before they look at their error. Called with an error they throw; where they were
 * called at once, whoever made the call could catch that, and a callback that is called a turn later has nobody around it.
 */
export function hastyCallbackHazards(values: Values, { root, hazards, ownCallback }: Unit): Hazard[] {
  const isEarly = hazards.some(({ code, effect }) => code === 'H-SYNC-CB' && effect === 'note');
  if (!isEarly || ownCallback === undefined) return [];
  for (const call of values.callsOf(root)) {
    const given = call.arguments?.[call.arguments.length - 1];
    if (given === undefined) continue;
    const at = callbacksOf(values, given)
      .map((callback) => hastyUse(values.session, callback))
      .find((use) => use !== undefined);
    if (at === undefined) continue;
    const message =
      'on an early error its callback throws here; whoever made the call no longer catches that';
    return [hazard('H-SYNC-CB', 'review', message, at, 'look at the error before the result')];
  }
  return [];
}

function callbacksOf(values: Values, given: ts.Expression): readonly FunctionNode[] {
  const node = unwrap(given);
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return [node];
  return values.of(node).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
}

/** What takes a result apart that an error does not come with. */
function hastyUse(session: Session, { parameters, body }: FunctionNode): ts.Node | undefined {
  const [error, ...results] = parameters;
  const opened = results.find(({ name, initializer }) => !ts.isIdentifier(name) && initializer === undefined);
  if (opened !== undefined) return opened;
  const symbolsOf = (some: readonly ts.ParameterDeclaration[]): readonly ts.Symbol[] =>
    some.flatMap(({ name }) => {
      const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
      return symbol === undefined ? [] : [symbol];
    });
  const errors = symbolsOf(error === undefined ? [] : [error]);
  const values = symbolsOf(results);
  const isOf = (node: ts.Node, symbols: readonly ts.Symbol[]): boolean =>
    ts.isIdentifier(node) && symbols.some((symbol) => session.symbolOf(node) === symbol);
  /** The first node that decides: a look at the error, or one into a result. */
  const first = (node: ts.Node): ts.Node | undefined => {
    if (isOf(node, errors)) return node;
    const isLook = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
    if (isLook && node.questionDotToken === undefined && isOf(unwrap(node.expression), values)) return node;
    return ts.forEachChild(node, first);
  };
  const found = body === undefined ? undefined : first(body);
  return found !== undefined && !ts.isIdentifier(found) ? found : undefined;
}
