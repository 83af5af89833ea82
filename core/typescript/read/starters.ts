import { ts } from 'ts-morph';
import { isNeverOnce } from '../../catalog/names.js';
import type { Hazard } from '../../model/hazard.js';
import { isOfEither } from './answering-both.js';
import type { Candidates } from './candidates.js';
import { isErrorFirst, usesError } from './error-first.js';
import { cannotThrow } from './errors.js';
import { isTakenForItsWork } from './handed-functions.js';
import { hazard } from './hazards.js';
import { isOfProject } from './kept-callbacks.js';
import { isMadeForLibrary, isTaskOfLibrary } from './library-tasks.js';
import { isStartedByProject } from './own-starters.js';
import { repeatedAnswers } from './repeated-answers.js';
import { replyHazard } from './replies.js';
import { takerOf } from './result-takers.js';
import type { CallNode, FunctionNode } from './session.js';
import { throwsEarly } from './sync-throw.js';
import {
  boundToThis,
  enclosingFunction,
  isAsync,
  isFunctionNode,
  outermost,
  unwrap,
  visitOwn,
} from './syntax.js';
import type { Unit } from './unit.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

export interface Starters {
  readonly candidates: Candidates;
  readonly values: Values;
  readonly uses: FunctionUses;
}

/**
 * What stands against making a function async that starts work and answers nobody: somebody who looks at what it
 * returns, or who sees what it throws before it waits.
 */
export function starterHazards(starters: Starters, unit: Unit): Hazard[] {
  const { values, uses } = starters;
  const { root } = unit;
  const unblock = 'give the function a callback, or call it where its result is not used';
  if (isAsync(root)) {
    const message = 'the function was async before, and its promise would settle later';
    return [hazard('H-FLOATING', 'blocks', message, root, 'wait for the call in the function')];
  }
  const taker = takerOf(values.session, root);
  if (taker !== undefined) {
    const message = `${taker} looks at what the function returns`;
    return [hazard('H-FLOATING', 'blocks', message, root, 'do the work in a function that takes a callback')];
  }
  const calls = values.callsOf(root);
  // A path that calls back with the error, and then falls through, is kept as it is.
  const again = unit.stays?.code === 'H-FALL-THROUGH' ? undefined : repeatedAnswers(starters, root);
  if (again !== undefined) return [again];
  const looking = calls.find((call) => !isResultIgnored(starters, call));
  if (looking !== undefined)
    return [hazard('H-FLOATING', 'blocks', 'what the function returns is used', looking, unblock)];
  const shared = calls.find((call) => values.of(call.expression).length > 1 && !isOfParameter(values, call));
  if (shared !== undefined)
    return [
      hazard(
        'H-DYNAMIC',
        'blocks',
        'the callee may be something else, too',
        shared,
        'call one function by its own name',
      ),
    ];
  const isStarted = isStartedByProject(
    values,
    root,
    (call) => isRunByKnown(starters, call) && isResultIgnored(starters, call),
  );
  const isHandedOn = uses.handedOn.has(root) && !isOwnContinuation(starters, root) && !isStarted;
  const value = returnedValue(root);
  const taken = isHandedOn && values.contractOf(root) === undefined;
  if (taken && (value !== undefined || !isNothingUsed(starters, root))) {
    const reply = replyHazard(values, root, root.parent);
    if (reply !== undefined) return [reply];
    const message = 'the function is handed to code that may look at what it returns';
    return [hazard('H-FLOATING', 'blocks', message, root, unblock)];
  }
  if (value !== undefined && mayBeCalledUnseen(starters, root)) {
    const message = 'it also returns a value at once, and not all of its callers are seen';
    return [hazard('H-EXPORTED', 'blocks', message, value, unblock)];
  }
  const passed = value === undefined ? undefined : calls.find((call) => isPassedOn(starters, call));
  if (value !== undefined && passed !== undefined) {
    const message = 'it also returns a value at once, which a function around a call of it returns, too';
    return [hazard('H-FLOATING', 'blocks', message, passed, unblock)];
  }
  const hazards: Hazard[] = [];
  if (taken) {
    const message =
      'the callback becomes an async function: who calls it is taken to use nothing that it returns';
    hazards.push(
      hazard('H-FLOATING', 'review', message, root, 'check that nobody waits for what it returns'),
    );
  }
  const contract = values.contractOf(root);
  if (contract !== undefined) {
    const early = throwsBeforeWaiting(values, unit);
    if (early !== undefined) {
      const message = 'the framework saw what is thrown here; the rejection would be seen by nobody';
      return [hazard('H-HANDLER', 'blocks', message, early, 'answer with a `try` around the whole body')];
    }
  }
  if (starters.candidates.isContinuation(root) || isOwnContinuation(starters, root)) {
    const message = 'the callback around the call stays, and becomes an async function';
    hazards.push(hazard('H-EARLY-RETURN', 'review', message, root, 'convert the call around it, too'));
  }
  const thrown = throwsEarly(values, unit);
  const isSeen = calls.length > 0 || uses.listeners.get(root) !== 'known';
  if (thrown !== undefined && isSeen) {
    const message = 'what is thrown here reached the caller; now it is a rejection that nobody handles';
    // Who is called back later is called by nobody who could catch.
    const isCalledLater = isErrorFirstCallback(starters, root);
    const certain = isCalledLater ? undefined : throwsEarly(values, unit, hasThrow);
    const effect = certain === undefined ? 'review' : 'unsafe';
    const advice = 'check that nothing here can throw';
    hazards.push(hazard('H-SYNC-THROW', effect, message, certain ?? thrown, advice));
  }
  return hazards;
}

/** A `throw` that leaves the code, whatever is called there. */
function hasThrow(node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return true;
  if (isFunctionNode(node)) return false;
  const isCaught = ts.isTryStatement(node) && node.catchClause !== undefined;
  const inside = (child: ts.Node): boolean => !(isCaught && child === node.tryBlock) && hasThrow(child);
  return ts.forEachChild(node, inside) ?? false;
}

/** Whoever gets the function is taken to use nothing that it returns. */
function isNothingUsed(starters: Starters, root: FunctionNode): boolean {
  const { values, uses, candidates } = starters;
  if (isErrorFirstCallback(starters, root)) return true;
  if (isTaskOfLibrary(values, root)) return false;
  return isTakenForItsWork(
    {
      values,
      uses,
      answersBack: candidates.ownCallbackOf(root) !== undefined,
      isIgnored: (call) => isResultIgnored(starters, call),
    },
    root,
  );
}

/** Whoever calls what he was given calls whatever it is, and nothing changes there. */
export function isOfParameter(values: Values, { expression }: CallNode): boolean {
  const callee = unwrap(expression);
  const declaration = ts.isIdentifier(callee)
    ? values.session.symbolOf(callee)?.declarations?.[0]
    : undefined;
  return declaration !== undefined && ts.isParameter(declaration);
}

/** What a function returns besides the results of calls. */
function returnedValue(root: FunctionNode): ts.Node | undefined {
  const { body } = root;
  if (body === undefined) return undefined;
  const isValue = (expression: ts.Expression): boolean => {
    const node = unwrap(expression);
    return !ts.isCallExpression(node) && !ts.isVoidExpression(node) && node.getText() !== 'undefined';
  };
  if (!ts.isBlock(body)) return isValue(body) ? body : undefined;
  let found: ts.Node | undefined;
  visitOwn(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined && isValue(node.expression))
      found ??= node;
  });
  return found;
}

/** The function around the call returns what it gives to callers that use it, or that are not seen. */
function isPassedOn(
  starters: Starters,
  call: CallNode,
  seen: ReadonlySet<FunctionNode> = new Set(),
): boolean {
  const outer = outermost(call);
  const isReturned =
    ts.isReturnStatement(outer.parent) || (ts.isArrowFunction(outer.parent) && outer.parent.body === outer);
  const owner = isReturned ? enclosingFunction(call) : undefined;
  if (owner === undefined || seen.has(owner) || starters.candidates.ownCallbackOf(owner) === undefined)
    return false;
  const callers = starters.values.callsOf(owner);
  return (
    mayBeCalledUnseen(starters, owner) ||
    callers.some((caller) => !isResultIgnored(starters, caller)) ||
    callers.some((caller) => isPassedOn(starters, caller, new Set([...seen, owner])))
  );
}

function mayBeCalledUnseen({ values, uses }: Starters, root: FunctionNode): boolean {
  if (uses.listeners.get(root) === 'known' || values.contractOf(root) !== undefined) return false;
  const isNamedElsewhere = uses.namesOf(root).some((name) => (uses.byName.get(name) ?? []).length > 0);
  return (
    values.callsOf(root).length === 0 || uses.exported.has(root) || uses.dynamic.has(root) || isNamedElsewhere
  );
}

/** The callback of a function of the project, which calls it and goes on. */
function isOwnContinuation({ candidates }: Starters, root: FunctionNode): boolean {
  const { parent } = root;
  if (!ts.isCallExpression(parent)) return false;
  const candidate = candidates.calls.get(parent);
  if (candidate?.kind === 'callback' && (isOfProject(candidate.library) || isOfEither(candidate.library)))
    return parent.arguments[parent.arguments.length - 1] === root;
  return candidate?.kind === 'own' && parent.arguments[candidate.index] === root;
}

/** The last argument of a call of code that is not seen, in the shape of an error-first callback. */
export function isErrorFirstCallback({ values }: Pick<Starters, 'values'>, root: FunctionNode): boolean {
  const call = root.parent;
  if (!ts.isCallExpression(call) && !ts.isNewExpression(call)) return false;
  if (call.arguments?.[call.arguments.length - 1] !== root) return false;
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  if (isNeverOnce(name) || values.of(callee).some(({ kind }) => kind === 'member')) return false;
  if (!isErrorFirst(root)) return false;
  // An event has one parameter, and may be named like an error, too.
  return root.parameters.length > 1 || usesError(values.session, root);
}

/** Code before the first wait that may throw, property accesses included. */
function throwsBeforeWaiting(values: Values, unit: Unit): ts.Node | undefined {
  const { steps } = unit.flow;
  const first = steps.findIndex((step) => step.kind === 'await');
  const early = first === -1 ? steps : steps.slice(0, first);
  return early.find((step) => step.kind !== 'plain' || !cannotThrow(values, unit, [step.item]))?.item;
}

/** What stands against a starter that is known to the outside: callers that are not seen. */
export function strangerHazards(starters: Starters, unit: Unit): Hazard[] {
  const { values, uses } = starters;
  const { root } = unit;
  const hazards: Hazard[] = [];
  if (values.contractOf(root) !== undefined) return [];
  if (isTaskOfLibrary(values, root) || isMadeForLibrary(values, root)) {
    const message = 'the library that runs it gives an async function no callback';
    return [hazard('H-ARITY', 'blocks', message, root, 'call back through the callback of the library')];
  }
  if (starters.candidates.ownCallbackOf(root) !== undefined && uses.listeners.get(root) !== 'known') {
    const message =
      'it goes on answering through its callback, and nobody waits for the promise that it returns';
    const reason =
      unit.stays ??
      uses.escapes.get(root) ??
      hazard(uses.exported.has(root) ? 'H-EXPORTED' : 'H-FLOATING', 'review', message, root);
    hazards.push({ ...reason, effect: 'review' });
  }
  if (uses.listeners.get(root) === 'name')
    hazards.push(
      hazard('H-DYNAMIC', 'review', 'it is taken for an event listener, whose result nobody uses', root),
    );
  const dynamic = uses.dynamic.get(root);
  if (dynamic !== undefined) hazards.push({ ...dynamic, effect: 'review' });
  const caller = uses
    .namesOf(root)
    .flatMap((name) => uses.byName.get(name) ?? [])
    .find((call) => !isResultIgnored(starters, call));
  const isUnseen =
    values.callsOf(root).length === 0 && !uses.listeners.has(root) && !isErrorFirstCallback(starters, root);
  if (caller !== undefined) {
    const message = `\`${caller.expression.getText().replace(/\s+/g, '').slice(0, 40)}\` may call it and use what it returns`;
    hazards.push(hazard('H-DYNAMIC', 'review', message, caller));
  } else if (isUnseen && uses.exported.has(root)) {
    const message = 'callers that are not seen get a promise where they got nothing';
    hazards.push(hazard('H-EXPORTED', 'review', message, root, 'check that nobody uses what it returns'));
  } else if (isUnseen) {
    const message = 'nothing in the project is seen to call it';
    hazards.push(hazard('H-DYNAMIC', 'review', message, root, 'check that nobody uses what it returns'));
  }
  return hazards;
}

/** A statement, `void f()`, or the result of a function whose own result nobody uses. */
export function isResultIgnored(
  starters: Starters,
  call: CallNode,
  seen: ReadonlySet<FunctionNode> = new Set(),
): boolean {
  const { values, uses, candidates } = starters;
  let outer: ts.Node = outermost(call);
  // `callback && callback(…)`
  while (
    ts.isBinaryExpression(outer.parent) &&
    outer.parent.right === outer &&
    outer.parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
  )
    outer = outermost(outer.parent);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  const isReturned = ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outer);
  const enclosing = isReturned ? enclosingFunction(call) : undefined;
  if (enclosing === undefined) return false;
  const contract = values.contractOf(enclosing)?.contract;
  if (contract !== undefined) return contract.returned === 'ignored';
  // Who answers through a callback is not asked for a result.
  if (candidates.ownCallbackOf(enclosing) !== undefined && !isAsync(enclosing)) return true;
  if (isOnlyContinuation(starters, enclosing)) return true;
  if (uses.handedOn.has(enclosing)) return false;
  if (uses.listeners.get(enclosing) === 'known') return true;
  return isOnlyStarted(starters, enclosing, seen);
}

/** Every function around the call is one that is declared, or the callback of a call that is known. */
function isRunByKnown({ candidates }: Starters, call: CallNode): boolean {
  for (let node = enclosingFunction(call); node !== undefined; node = enclosingFunction(node)) {
    const { parent } = outermost(node as ts.Expression);
    if (ts.isCallExpression(parent) && parent.expression !== node) {
      if (!candidates.calls.has(parent)) return false;
    }
  }
  return true;
}

/** A callback of calls that answer through it, written at the call or given by name. */
function isOnlyContinuation({ candidates, uses }: Starters, node: FunctionNode): boolean {
  if (isAsync(node) || uses.exported.has(node)) return false;
  const isCallback = (given: ts.Node): boolean => {
    const { parent } = given;
    const candidate = ts.isCallExpression(parent) ? candidates.calls.get(parent) : undefined;
    if (!ts.isCallExpression(parent) || candidate === undefined || candidate.kind === 'sync') return false;
    const index = candidate.kind === 'own' ? candidate.index : parent.arguments.length - 1;
    return parent.arguments[index] === given;
  };
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node))
    return isCallback(outermost(boundToThis(node) ?? node));
  if (!ts.isFunctionDeclaration(node)) return false;
  const places = uses.placesOf(node);
  return places.length > 0 && places.every(isCallback) && ts.isBlock(node.parent);
}

/** A local function that the code around it calls, and never for what it returns. */
function isOnlyStarted(starters: Starters, node: FunctionNode, seen: ReadonlySet<FunctionNode>): boolean {
  const { values, uses } = starters;
  if (seen.has(node)) return true;
  if (!ts.isFunctionDeclaration(node) || !ts.isBlock(node.parent) || isAsync(node)) return false;
  if (uses.exported.has(node) || uses.dynamic.has(node) || uses.escapes.has(node)) return false;
  const calls = values.callsOf(node);
  const inner = new Set([...seen, node]);
  return calls.length > 0 && calls.every((call) => isResultIgnored(starters, call, inner));
}
