import { ts } from 'ts-morph';
import type { Hazard } from '../../../model/hazard.js';
import { formHazard } from '../arguments.js';
import { isErrorless, type Site } from '../flow.js';
import { hazard } from '../hazards.js';
import { localRefusal } from '../local-callbacks.js';
import { settledRefusal } from '../settled-paths.js';
import { continuationRefusal } from '../site-shape.js';
import { isFunctionNode, outermost, visitOwn } from '../syntax.js';
import { answersBy } from './answering.js';
import type { Reader, Waiting } from './reader.js';
import { plainSite } from './sites.js';

/** Why a call cannot be waited for where it stands, before anything is read of what follows it. */
export function refusal(
  reader: Reader,
  { item, site }: Pick<Waiting, 'item' | 'site'>,
  isTail: boolean,
): Hazard | undefined {
  const plain = site.settled?.links === undefined ? undefined : plainSite(reader, site);
  return (
    (plain === undefined ? undefined : refusal(reader, { item, site: plain }, isTail)) ??
    (isTail ? undefined : trailingCode(site)) ??
    callRefusal(site) ??
    nextRefusal({ item, site }) ??
    protocolRefusal(reader, site) ??
    promiseRefusal(reader, site) ??
    callbackRefusal(reader, site)
  );
}

function trailingCode({ call }: Site): Hazard {
  return hazard(
    'H-TRAILING',
    'blocks',
    'code after the call runs before its callback',
    call,
    'move the code that follows into the callback, or in front of the call',
  );
}

/** The call is written in a way that an `await` cannot keep. */
function callRefusal({ call, callee, argument }: Site): Hazard | undefined {
  if (call.questionDotToken !== undefined || ts.isOptionalChain(call)) {
    const message = 'an optional call may not run at all';
    return hazard('H-FLOATING', 'blocks', message, call, 'test the object in an `if` first');
  }
  if (call.arguments.some(ts.isSpreadElement))
    return hazard('H-BOUND', 'blocks', 'its arguments are spread', call, 'write its arguments one by one');
  const takesFewer =
    callee.kind === 'own' &&
    callee.targets.some(({ parameters }) => parameters.length < call.arguments.length);
  return takesFewer && argument !== call.arguments[call.arguments.length - 1]
    ? hazard('H-BOUND', 'blocks', 'arguments follow the callback', call, 'put the callback last')
    : undefined;
}

function nextRefusal({ item, site }: Pick<Waiting, 'item' | 'site'>): Hazard | undefined {
  const { call, callback } = site;
  if (callback.kind !== 'next' || ts.isExpressionStatement(item) || ts.isReturnStatement(item))
    return undefined;
  const message = 'its callback is `next`, given by name in an expression';
  return hazard('H-BOUND', 'blocks', message, call, 'call `next` in a statement of its own');
}

/** What is called and what it calls back do not agree on what comes first. */
function protocolRefusal({ answers }: Reader, site: Site): Hazard | undefined {
  const { call, callback, callee, settled } = site;
  if (callee.kind === 'own' && callee.protocol === 'unclear') {
    const message = 'whether its callback gets an error first is not the same everywhere';
    const unblock = 'give the callback an error, or null, first everywhere';
    return hazard('H-NON-ERROR', 'blocks', message, call, unblock);
  }
  const isValueHere = answers.protocol === 'value';
  if (callback.kind !== 'own' || settled !== undefined || isErrorless(callee) === isValueHere)
    return undefined;
  const message = isValueHere
    ? 'what is called gives an error first, and its callback takes a value'
    : 'what is called gives a value first, and its callback takes an error';
  return hazard('H-NON-ERROR', 'blocks', message, call, 'write the callback at the call');
}

function promiseRefusal(reader: Reader, { settled }: Site): Hazard | undefined {
  if (settled === undefined) return undefined;
  const refused = settledRefusal(reader.values, settled, (name, what) => answersBy(reader, name, what));
  return refused?.code === 'H-BOUND' && reader.answers.completion === undefined
    ? { ...refused, message: 'its function answers through a callback, which stays' }
    : refused;
}

function callbackRefusal(reader: Reader, site: Site): Hazard | undefined {
  const { call, callback, callee } = site;
  if (callback.kind === 'local')
    return localRefusal(reader, { call, callee, callback, isHeld: reader.known.resources.length > 0 });
  const lost = callee.kind === 'api' ? formHazard(reader.session, site, callee) : undefined;
  if (lost !== undefined || callback.kind !== 'inline') return lost;
  return continuationRefusal(reader.session, site, callback.node);
}

/** Every continuation call in code that stays gets its reason. */
export function refuseInside(reader: Reader, node: ts.Node, code?: Hazard['code'], message?: string): void {
  // A function stays, and what stands in it is no part of this code.
  if (isFunctionNode(node)) return;
  const unblock = 'make the call a statement of its own; in a loop, wait for all of them with `Promise.all`';
  visitOwn(node, (inner) => {
    if (!ts.isCallExpression(inner) || reader.found.refused.has(inner) || reader.isExcluded(inner)) return;
    const candidate = reader.candidates.calls.get(inner);
    if (candidate === undefined || candidate.kind === 'sync') return;
    const own = isTaken(inner)
      ? ({
          code: 'H-TWIN-SHAPE',
          message: 'the value that the call gives beside its answer is used',
        } as const)
      : ({ code: 'H-FLOATING', message: 'it stands in a loop, or in an expression' } as const);
    reader.found.refuse(inner, hazard(code ?? own.code, 'blocks', message ?? own.message, inner, unblock));
  });
}

/** Something takes what the call gives: a variable, an argument, a member of it. */
function isTaken(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) return true;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent) || ts.isArrayLiteralExpression(parent))
    return true;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}
