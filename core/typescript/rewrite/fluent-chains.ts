import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { FunctionNode } from '../read/session.js';
import { alwaysExits, isAsync, isGenerator, rangeOf, unwrap, visitOwn } from '../read/syntax.js';
import { isReassigned } from '../read/writes.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** `folder.ensure().cd('a').write('b')` as a statement: methods of one object, one after another. */
interface FluentChain {
  readonly statement: ts.ExpressionStatement;
  readonly root: ts.Expression;
  /** First to last. */
  readonly links: readonly Link[];
}

interface Link {
  readonly call: ts.CallExpression;
  readonly name: ts.MemberName;
}

const written = new WeakMap<Rewriter, Set<ts.Node>>();

/**
 * Writes a chain of methods that all answer with their own object as a statement for each of them, so that none is called
 * on an awaited one. False for a call that is no part of such a chain.
 */
export function splitFluent(rewriter: Rewriter, call: ts.CallExpression, group: string): boolean {
  const chain = chainAround(call);
  if (chain === undefined) return false;
  const done = written.get(rewriter) ?? new Set<ts.Node>();
  written.set(rewriter, done);
  if (done.has(chain.statement)) return true;
  if (!canSplit(rewriter, chain, group)) return false;
  done.add(chain.statement);
  writeStatements(rewriter, chain, group);
  return true;
}

function chainAround(call: ts.CallExpression): FluentChain | undefined {
  let top: ts.Expression = call;
  while (
    ts.isPropertyAccessExpression(top.parent) &&
    ts.isCallExpression(top.parent.parent) &&
    top.parent.parent.expression === top.parent
  )
    top = top.parent.parent;
  const statement = top.parent;
  if (!ts.isExpressionStatement(statement)) return undefined;
  const links: Link[] = [];
  let node: ts.Expression = top;
  while (ts.isCallExpression(node)) {
    const callee: ts.Expression = node.expression;
    if (!ts.isPropertyAccessExpression(callee) || ts.isOptionalChain(callee)) return undefined;
    links.unshift({ call: node, name: callee.name });
    node = callee.expression;
  }
  return links.length > 1 ? { statement, root: node, links } : undefined;
}

function canSplit(rewriter: Rewriter, { statement, root, links }: FluentChain, group: string): boolean {
  const { session, values } = rewriter.notes;
  const isInList =
    ts.isBlock(statement.parent) ||
    ts.isSourceFile(statement.parent) ||
    ts.isCaseOrDefaultClause(statement.parent);
  if (!isInList) return false;
  if (root.kind !== ts.SyntaxKind.ThisKeyword) {
    const symbol = ts.isIdentifier(root) ? session.symbolOf(root) : undefined;
    if (symbol === undefined || isReassigned(session, symbol)) return false;
  }
  if (links.some(({ call }) => changesOtherwise(rewriter, call))) return false;
  const groups = links.map(({ call }) => groupOf(rewriter, call));
  if (groups.some((one) => one !== undefined && one !== group)) return false;
  // Only the last is waited for: the chain needs no parentheses.
  if (groups.slice(0, -1).every((one) => one === undefined)) return false;
  const source = statement.getSourceFile().text;
  return links.every(({ call, name }, index) => {
    const receiver = index === 0 ? root : links[index - 1]?.call;
    if (receiver === undefined || source.slice(receiver.end, name.getStart()).trim() !== '.') return false;
    if (index === links.length - 1) return true;
    const targets = values.of(call.expression);
    return targets.length > 0 && targets.every((t) => t.kind === 'function' && answersWithThis(t.node));
  });
}

/** The group that awaits a call, if one does. */
function groupOf({ notes, plan }: Rewriter, call: ts.CallExpression): string | undefined {
  const id = notes.ids.of(call);
  const decision = plan.decisions.find((one) => one.kind === 'await-call' && one.call === id);
  return decision?.group;
}

/** Something else than an `await` is written for a call. */
function changesOtherwise({ notes, plan }: Rewriter, call: ts.CallExpression): boolean {
  const id = notes.ids.of(call);
  return plan.decisions.some(
    (one) =>
      (one.kind === 'convert-call' && one.call === id) ||
      (one.kind === 'convert-unit' && one.calls.includes(id)),
  );
}

/** Every path through a method returns its object. */
function answersWithThis(node: FunctionNode): boolean {
  if (ts.isArrowFunction(node) || node.body === undefined || !ts.isBlock(node.body)) return false;
  if (isGenerator(node) || isAsync(node) || !alwaysExits(node.body)) return false;
  let isOwn = true;
  visitOwn(node.body, (inner) => {
    if (!ts.isReturnStatement(inner)) return;
    isOwn &&= inner.expression !== undefined && unwrap(inner.expression).kind === ts.SyntaxKind.ThisKeyword;
  });
  return isOwn;
}

function writeStatements(rewriter: Rewriter, { statement, root, links }: FluentChain, group: string): void {
  const file = statement.getSourceFile();
  const { newline, semicolon } = rewriter.styleOf(statement);
  const indent = lineIndent(statement);
  const change = rewriter.change({
    group,
    transform: 'await-caller',
    node: statement,
    title: `await ${root.getText()}.${links[0]?.name.text ?? ''}(…), and so on`,
    reason: 'functions that it calls are async now',
  });
  const pieces: Piece[] = links.flatMap(({ call, name }, index): Piece[] => {
    const start = name.getStart();
    const opening = groupOf(rewriter, call) === undefined ? '' : 'await ';
    const isLast = index === links.length - 1;
    const ending = isLast
      ? statement.getText().endsWith(';')
        ? ';'
        : ''
      : `${semicolon}${newline}${indent}`;
    const kept = keep(file, { start, end: call.end }, lineIndent(name), indent);
    return [text(`${opening}${root.getText()}.`), kept, text(ending)];
  });
  rewriter.edit(change, statement, rangeOf(statement), pieces);
}
