import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { isErrorless, type Site, type SiteCallback, type SiteCallee } from './flow.js';
import { hazard } from './hazards.js';
import type { WrittenCallback } from './named-callbacks.js';
import type { Session } from './session.js';
import { boundToThis, hasOwnContext, ownContext, someNode, unwrap } from './syntax.js';
import type { UnitContext } from './unit.js';

/** The `this` of a callback is something that can be handed on, where the API says what it holds. */
export function contextOf(callee: SiteCallee, callback: SiteCallback): Pick<Site, 'contexts'> {
  if (callback.kind !== 'inline' || callee.kind !== 'api' || callee.member.context === undefined) return {};
  if (ts.isArrowFunction(callback.node) || boundToThis(callback.node) !== undefined) return {};
  const contexts = ownContext(callback.node.body);
  // What is bound to it is written for it, too.
  const isThis = contexts.every((node) => node.kind === ts.SyntaxKind.ThisKeyword && !isBinding(node));
  return contexts.length === 0 || !isThis ? {} : { contexts };
}

/** The `this` of `function () {}.bind(this)`. */
function isBinding({ parent: call }: ts.Node): boolean {
  const access = ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
  return access !== undefined && ts.isPropertyAccessExpression(access) && access.name.text === 'bind';
}

export function continuationRefusal(
  session: Session,
  site: Site,
  callback: WrittenCallback,
): Hazard | undefined {
  const { call } = site;
  // What waits in the function of a promise waits in the function around it.
  const isAsync = callback.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true;
  if (isAsync && site.settled === undefined) {
    return hazard(
      'H-FLOATING',
      'blocks',
      'its callback is already async',
      call,
      'await the call instead of giving it an async function',
    );
  }
  if (callback.asteriskToken !== undefined)
    return hazard(
      'H-PROTOCOL',
      'blocks',
      'its callback is a generator',
      call,
      'write an ordinary function as the callback',
    );
  if (site.contexts === undefined && hasOwnContext(callback)) {
    return hazard(
      'H-THIS',
      'blocks',
      'its callback uses `this` or `arguments`',
      callback,
      'keep what is needed in a variable',
    );
  }
  if (callsItself(session, callback)) {
    return hazard(
      'H-MULTI-CALL',
      'blocks',
      'its callback calls itself by name',
      callback,
      'give the function a name of its own in front of the call',
    );
  }
  if (callback.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined)) {
    return hazard(
      'H-BOUND',
      'blocks',
      'its callback has rest or default parameters',
      callback,
      'name each parameter of the callback, and set defaults in its body',
    );
  }
  const again = callback.parameters.find(
    ({ name }) => ts.isIdentifier(name) && (session.symbolOf(name)?.declarations?.length ?? 0) > 1,
  );
  if (again !== undefined) {
    const message = `its callback declares \`${again.name.getText()}\` once more`;
    return hazard('H-HOIST', 'blocks', message, again, 'give the variable another name');
  }
  if (callback.parameters.length - 1 > offeredResults(site.callee))
    return hazard(
      'H-MULTI-RESULT',
      'blocks',
      'its callback reads several results',
      callback,
      'take the results as one object',
    );
  const promise = site.callee.kind === 'own' ? promiseAmong(session, callback) : undefined;
  if (promise !== undefined)
    return hazard(
      'H-TWIN-SHAPE',
      'blocks',
      `\`${promise.text}\` is a promise: who waits gets what it comes to`,
      promise,
      'hand over what the promise comes to',
    );
  const [first] = callback.parameters;
  const hasError = site.settled === undefined && !isErrorless(site.callee);
  if (first !== undefined && !ts.isIdentifier(first.name) && hasError)
    return hazard(
      'H-ERR-TEST',
      'blocks',
      'its error parameter is destructured',
      callback,
      'take the error as a whole, and take it apart in the body',
    );
  if (ts.isBlock(callback.body) && callback.body.statements.some(isDirective)) {
    return hazard(
      'H-BYTES',
      'blocks',
      'its callback begins with a directive',
      callback,
      'move the directive to the file or to the function around it',
    );
  }
  return undefined;
}

/** A result that the callback uses as a promise. */
function promiseAmong(session: Session, callback: WrittenCallback): ts.Identifier | undefined {
  for (const { name } of callback.parameters) {
    const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
    const found = (symbol === undefined ? [] : session.referencesOf(symbol)).find(
      ({ parent }) =>
        ts.isPropertyAccessExpression(parent) &&
        /^(?:then|catch|finally)$/.test(parent.name.text) &&
        ts.isCallExpression(parent.parent) &&
        parent.parent.expression === parent,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How many results a control call has at most; what others have is decided elsewhere. */
function offeredResults(callee: SiteCallee): number {
  if (callee.kind !== 'control' || callee.member.results === 'handed-on') return Number.POSITIVE_INFINITY;
  return callee.member.results === 'collected' ? 1 : 0;
}

/** The symbols of an acquired resource and of the function that gives it back. */
export function acquired(
  context: UnitContext,
  site: Site,
  callback: WrittenCallback,
): ts.Symbol[] | undefined {
  if (site.callee.kind !== 'api' || site.callee.member.acquires !== true) return undefined;
  const symbols: ts.Symbol[] = [];
  for (const parameter of callback.parameters.slice(1)) {
    if (!ts.isIdentifier(parameter.name)) return undefined;
    const symbol = context.session.symbolOf(parameter.name);
    if (symbol !== undefined) symbols.push(symbol);
  }
  return symbols;
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

/** Names its own function; another function of the same name may stand inside. */
function callsItself(session: Session, callback: WrittenCallback): boolean {
  const own = callback.name;
  if (own === undefined || !ts.isIdentifier(own)) return false;
  const symbol = session.symbolOf(own);
  return someNode(
    callback.body,
    (n) => ts.isIdentifier(n) && n.text === own.text && session.symbolOf(n) === symbol,
  );
}
