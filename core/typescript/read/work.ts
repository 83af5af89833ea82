import { ts } from 'ts-morph';
import { standardMethods } from '../../catalog/promise-methods.js';
import type { Member } from '../../catalog/schema.js';
import { arrayAnswer, changing } from './array-values.js';
import { isWaitedFor } from './async-callers.js';
import type { Candidates } from './candidates.js';
import { handingOn } from './handing-on.js';
import { declarationsOf, type FunctionNode } from './session.js';
import { isAsync, isFunctionNode, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/** Tells which code starts calls that answer after it has returned. */
export interface Work {
  readonly values: Values;
  readonly candidates: Candidates;
}

const immediate =
  /^(?:forEach|map|filter|some|every|find|findIndex|findLast|findLastIndex|sort|toSorted|reduce|reduceRight|replace|replaceAll|flatMap|from|then|catch|finally)$/;

/** The call hands a continuation or a listener to something that keeps it, or runs a function that does. */
export function startsWork(work: Work, call: ts.CallExpression): boolean {
  const candidate = work.candidates.calls.get(call);
  if (goesOnAlone(call)) return true;
  if (candidate !== undefined && candidate.kind !== 'sync') return true;
  const callee = unwrap(call.expression);
  if (startsAtOnce(work, callee)) return true;
  if (candidate === undefined && isWaitedFor(call)) return false;
  if (isNextOfMiddleware(work.values, callee)) return true;
  if (keepsOnly(work, call)) return false;
  const handed = handingOn(work.values, work.candidates).calls.get(call);
  const targets = work.values.of(callee).flatMap((v) => (v.kind === 'function' ? [v.node] : []));
  const run = [...targets, ...(handed?.functions ?? [])];
  if (run.some((target) => functionStartsWork(work, target))) return true;
  if (handed !== undefined) return false;
  const name = ts.isPropertyAccessExpression(callee)
    ? callee.name.text
    : ts.isIdentifier(callee)
      ? callee.text
      : '';
  if (targets.length > 0) return false;
  const functions = call.arguments.map(unwrap).filter((argument) => isFunctionNode(argument));
  return immediate.test(name) ||
    isAssertion(work, callee) ||
    /^JSON\.(?:parse|stringify)$/.test(callee.getText())
    ? functions.some((inner) => isFunctionNode(inner) && functionStartsWork(work, inner))
    : functions.length > 0;
}

/** `const done = next();`: the middleware behind it are under way, and what they throw is in the promise. */
function isNextOfMiddleware(values: Values, callee: ts.Expression): boolean {
  const symbol = ts.isIdentifier(callee) ? values.session.symbolOf(callee) : undefined;
  const [parameter] = symbol === undefined ? [] : declarationsOf(symbol);
  if (parameter === undefined || !ts.isParameter(parameter) || !isFunctionNode(parameter.parent))
    return false;
  const index = values.contractOf(parameter.parent)?.contract.goesOn;
  return index !== undefined && parameter.parent.parameters[index] === parameter;
}

/** What it is given is looked at, or run at once. */
function isAssertion(work: Work, callee: ts.Expression): boolean {
  const found = work.values.of(callee);
  return (
    found.length > 0 &&
    found.every((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.neverCalls === true)
  );
}

/** `app.use(f)`, `list.push(f)`, `vi.fn(f)`: the functions run when somebody asks for them. */
function keepsOnly({ values }: Work, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  const found = values.of(callee);
  if (found.length > 0) return found.every((v) => v.kind === 'member' && isKeeper(v.member));
  if (!ts.isPropertyAccessExpression(callee) || !changing.has(callee.name.text)) return false;
  return arrayAnswer(values, callee.expression) === 'yes';
}

function isKeeper(member: Member): boolean {
  return member.kind === 'register' || (member.kind === 'plain' && member.keeps === true);
}

/** A call of what the function was given by somebody who is not seen. */
export function isOfUnseen(work: Work, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isIdentifier(callee) || work.values.of(callee).length > 0) return false;
  const declaration = work.values.session.symbolOf(callee)?.declarations?.[0];
  return declaration !== undefined && ts.isParameter(declaration);
}

/** `f().catch(…);`: a promise that nobody waits for. */
function goesOnAlone(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    standardMethods.has(callee.name.text) &&
    ts.isExpressionStatement(call.parent)
  );
}

/** A call of a client, which starts with or without a callback; that of a query builder may only build. */
function startsAtOnce(work: Work, callee: ts.Expression): boolean {
  return work.values
    .of(callee)
    .some((v) => v.kind === 'member' && v.member.kind === 'callback' && v.member.promise.kind === 'client');
}

const starting = new WeakMap<Candidates, Map<FunctionNode, boolean>>();

function functionStartsWork(work: Work, node: FunctionNode): boolean {
  const known = starting.get(work.candidates) ?? new Map<FunctionNode, boolean>();
  starting.set(work.candidates, known);
  const answer = known.get(node) ?? leadsToWork(work, node, new Set());
  known.set(node, answer);
  return answer;
}

function leadsToWork(work: Work, node: FunctionNode, seen: Set<ts.Node>): boolean {
  if (node.body === undefined || seen.has(node)) return false;
  seen.add(node);
  if (isAsync(node)) return true;
  return someRun(node.body, (inner) => {
    // As what it awaits did before, when it was called back.
    if (isFunctionNode(inner) && isAsync(inner) && isHandedOn(inner)) return true;
    if (!ts.isCallExpression(inner)) return false;
    const candidate = work.candidates.calls.get(inner);
    if (goesOnAlone(inner)) return true;
    if (candidate !== undefined && candidate.kind !== 'sync') return true;
    if (startsAtOnce(work, inner.expression)) return true;
    const { calls, passes } = handingOn(work.values, work.candidates);
    // What a function hands on starts where it is given to the function.
    if (passes.has(inner)) return false;
    if (calls.get(inner)?.functions.some((given) => leadsToWork(work, given, seen)) === true) return true;
    if (inner.arguments.some((argument) => isOwnThatWorks(work, node, argument, seen))) return true;
    return work.values
      .of(inner.expression)
      .some((v) => v.kind === 'function' && leadsToWork(work, v.node, seen));
  });
}

/** `list.forEach(save)`, where the function has declared `save` itself: whoever gets it may run it at once. */
function isOwnThatWorks(
  work: Work,
  home: FunctionNode,
  argument: ts.Expression,
  seen: Set<ts.Node>,
): boolean {
  if (!ts.isIdentifier(argument)) return false;
  return work.values
    .of(argument)
    .some(
      (v) =>
        v.kind === 'function' &&
        home.pos <= v.node.pos &&
        v.node.end <= home.end &&
        leadsToWork(work, v.node, seen),
    );
}

/** As `someNode`, of what a function runs itself: what it declares or gives out runs when somebody calls it. */
function someRun(body: ts.Node, test: (node: ts.Node) => boolean): boolean {
  const visit = (node: ts.Node): boolean =>
    test(node) ||
    (!isGivenOut(node) && (ts.forEachChild(node, (child) => visit(child) || undefined) ?? false));
  return visit(body);
}

function isGivenOut(node: ts.Node): boolean {
  if (!isFunctionNode(node)) return false;
  const { parent } = node;
  return (
    !ts.isExpression(node) ||
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isReturnStatement(parent) ||
    (ts.isArrowFunction(parent) && parent.body === node)
  );
}

/** `setTimeout(async () => …)`: an argument, not what somebody gets. */
function isHandedOn(node: FunctionNode): boolean {
  const { parent } = node;
  return ts.isCallExpression(parent) && parent.arguments.some((argument) => argument === node);
}

/**
 * What a call returns may be the object of a call that is under way: awaiting that fails or waits for something else.
 *
 * @param unseen whether a parameter that nobody can be seen to give may return it, too
 */
export function mayReturnStarted(work: Work, call: ts.CallExpression, unseen: boolean): boolean {
  const callee = unwrap(call.expression);
  const values = work.values.of(callee);
  if (values.some((v) => v.kind === 'function' && !isAsync(v.node) && returnsStarted(work, v.node)))
    return true;
  if (values.length > 0 || !ts.isIdentifier(callee)) return false;
  const declaration = work.values.session.symbolOf(callee)?.declarations?.[0];
  return (
    declaration !== undefined && ts.isParameter(declaration) && mayBeGivenStarted(work, declaration, unseen)
  );
}

/** Some call of the function may give it something that returns the object of a call. */
function mayBeGivenStarted(work: Work, parameter: ts.ParameterDeclaration, unseen: boolean): boolean {
  const owner = parameter.parent;
  const calls = isFunctionNode(owner) ? work.values.callsOf(owner) : [];
  if (!isFunctionNode(owner) || calls.length === 0) return unseen;
  const index = owner.parameters.indexOf(parameter);
  return calls.some((call) => {
    const argument = call.arguments?.[index];
    const given = argument === undefined ? undefined : unwrap(argument);
    if (given === undefined || !isFunctionNode(given)) return unseen;
    return !isAsync(given) && returnsStarted(work, given);
  });
}

function returnsStarted(work: Work, node: FunctionNode): boolean {
  const { body } = node;
  if (body === undefined) return false;
  let found = false;
  const judge = (expression: ts.Expression | undefined): void => {
    const call = expression === undefined ? undefined : unwrap(expression);
    if (call === undefined || !ts.isCallExpression(call)) return;
    const candidate = work.candidates.calls.get(call);
    found ||= (candidate !== undefined && candidate.kind !== 'sync') || startsAtOnce(work, call.expression);
  };
  if (!ts.isBlock(body)) judge(body);
  else visitOwn(body, (inner) => judge(ts.isReturnStatement(inner) ? inner.expression : undefined));
  return found;
}
