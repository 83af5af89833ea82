import { ts } from 'ts-morph';
import { type CoroutineRunner, coroutineRunners, yieldHandlers } from '../../catalog/coroutines.js';
import { moduleMember } from './module-members.js';
import type { PackageFacts } from './package-facts.js';
import type { FunctionNode, Session } from './session.js';
import { outermost, unwrap, visitAll } from './syntax.js';
import type { Values } from './values.js';

export interface CoroutineContext {
  readonly session: Session;
  readonly values: Values;
  readonly facts: PackageFacts;
  /** The run was asked to leave it. */
  readonly isLeft: (node: FunctionNode) => boolean;
}

/** Calls by which libraries run generators. */
export type Runners = ReadonlyMap<ts.CallExpression, CoroutineRunner>;

/** Finds them; none where a project changes what may be yielded. */
export function findRunners({ session, values, facts }: CoroutineContext): Runners {
  const found = new Map<ts.CallExpression, CoroutineRunner>();
  let changes = false;
  for (const file of session.files.values()) {
    if (!/\b(?:co|bluebird|q)\b/.test(file.text)) continue;
    visitAll(file, (node) => {
      if (ts.isPropertyAccessExpression(node) && yieldHandlers.has(node.name.text)) changes = true;
      if (!ts.isCallExpression(node) || !session.project.editable.has(session.pathOf(node))) return;
      const runner = runnerOf(values, facts, node);
      if (runner !== undefined) found.set(node, runner);
    });
  }
  return changes ? new Map() : found;
}

function runnerOf(values: Values, facts: PackageFacts, call: ts.CallExpression): CoroutineRunner | undefined {
  const callee = calledWithThis(call) ?? call.expression;
  const member = moduleMember(values, callee);
  if (member === undefined) return undefined;
  const major = facts.majorOf(member.module);
  const runner = coroutineRunners.find((row) => row.module === member.module && row.member === member.member);
  if (runner === undefined) return undefined;
  if (runner.majors === undefined) return runner;
  // Where no version is declared, how the answer is used may tell it.
  if (major === undefined) return isCalled(call) ? undefined : runner;
  return runner.majors.includes(major) ? runner : undefined;
}

/** `co.call(this, function* () {})`: the runner itself. */
export function calledWithThis(call: ts.CallExpression): ts.Expression | undefined {
  const callee = unwrap(call.expression);
  const [first] = call.arguments;
  const isCall = ts.isPropertyAccessExpression(callee) && callee.name.text === 'call';
  return isCall && first?.kind === ts.SyntaxKind.ThisKeyword ? callee.expression : undefined;
}

/** `co(function* () {})()`: what it gives is a function. */
function isCalled(call: ts.CallExpression): boolean {
  const outer = outermost(call);
  return ts.isCallExpression(outer.parent) && outer.parent.expression === outer;
}

/** The call that a generator is written in. */
export function runnerAround(runners: Runners, node: FunctionNode): ts.CallExpression | undefined {
  const parent = ts.isFunctionExpression(node) ? outermost(node).parent : undefined;
  return parent !== undefined && ts.isCallExpression(parent) && runners.has(parent) ? parent : undefined;
}
