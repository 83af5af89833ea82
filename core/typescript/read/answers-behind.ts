import { ts } from 'ts-morph';
import { answersOf, isFollowed, relaysOf } from './followed-answers.js';
import type { CallNode, FunctionNode } from './session.js';
import { enclosingFunction, isFunctionNode, outermost } from './syntax.js';
import type { Values } from './values.js';

/** A function of the project, and which of its parameters is the callback. */
export interface Answering {
  readonly target: FunctionNode;
  readonly index: number;
}

/** Where a function calls its callback, or functions of the project do that it hands it on to by its name. */
export function answersBehind(values: Values, first: Answering): ts.CallExpression[] {
  const all: Answering[] = [first];
  const seen = new Set([first.target]);
  const found: ts.CallExpression[] = [];
  for (const { target, index } of all) {
    found.push(...answersOf(values.session, target, index));
    for (const next of handedTo(values, target, index)) {
      if (!seen.has(next.target)) all.push(next);
      seen.add(next.target);
    }
  }
  return found;
}

/**
 * Code runs after a call of the callback, in the function itself or in one of the project that comes to the call through
 * a callback of its own: what the callback does would run after that code, and ran before it.
 */
export function isFollowedBehind(
  values: Values,
  { target, index }: Answering,
  seen: ReadonlySet<FunctionNode> = new Set(),
): boolean {
  if (seen.has(target)) return false;
  const inner = new Set([...seen, target]);
  const answers = answersOf(values.session, target, index);
  const relays = relaysOf(values.session, target, index).filter(
    (relay) => functionsOf(values, relay).length > 0,
  );
  if ([...answers, ...relays].some(isFollowed)) return true;
  const runners = answers.flatMap((answer) => runnersOf(values, target, answer));
  return [...runners, ...handedTo(values, target, index)].some((next) =>
    isFollowedBehind(values, next, inner),
  );
}

/** The functions of the project that run the functions around an answer. */
function runnersOf(values: Values, target: FunctionNode, answer: ts.CallExpression): Answering[] {
  const found: Answering[] = [];
  let owner = enclosingFunction(answer);
  while (owner !== undefined && owner !== target) {
    const given: ts.Node = isFunctionNode(owner) ? outermost(owner as ts.Expression) : owner;
    if (ts.isCallExpression(given.parent)) found.push(...takersOf(values, given.parent, given));
    owner = enclosingFunction(given);
  }
  return found;
}

/** The functions of the project that a callback is handed on to by its name. */
function handedTo(values: Values, target: FunctionNode, index: number): Answering[] {
  const name = target.parameters[index]?.name.getText();
  return relaysOf(values.session, target, index).flatMap((relay) => {
    const given = relay.arguments.find((argument) => argument.getText() === name);
    return given === undefined ? [] : takersOf(values, relay, given);
  });
}

function takersOf(values: Values, call: ts.CallExpression, given: ts.Node): Answering[] {
  const index = call.arguments.indexOf(given as ts.Expression);
  return index === -1 ? [] : functionsOf(values, call).map((target) => ({ target, index }));
}

function functionsOf(values: Values, { expression }: CallNode): FunctionNode[] {
  return values.of(expression).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
}
