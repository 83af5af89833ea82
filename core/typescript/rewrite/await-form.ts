import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep } from '../read/flow.js';
import { rangeOf, unwrap } from '../read/syntax.js';
import { moduleCallee } from './imports.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { promiseView } from './views.js';

/** The pieces of the call in its promise form: callee and arguments without the callback. */
export function awaitedCall(rewriter: Rewriter, step: AwaitStep, group: string, indent: string): Piece[] {
  const { call, callback } = step.site;
  const callbackNode = callback.kind === 'inline' ? callback.node : callback.name;
  const data = call.arguments.filter((argument) => unwrap(argument) !== callbackNode);
  return [
    ...calleePieces(rewriter, step, group, indent),
    ...argumentPieces(rewriter, call, data, callbackNode, lineIndent(step.item), indent),
  ];
}

function calleePieces(rewriter: Rewriter, step: AwaitStep, group: string, indent: string): Piece[] {
  const { call, callee } = step.site;
  const file = call.getSourceFile();
  const whole = keep(file, rangeOf(call.expression), lineIndent(step.item), indent);
  if (callee.kind === 'own') return [whole];
  const { promise } = callee.member;
  switch (promise.kind) {
    case 'same':
      return [whole];
    case 'client':
      return promiseView(rewriter, call, callee.library, group) ?? [whole];
    case 'method':
      return [keep(file, rangeOf(receiverOf(call))), text(`.${promise.member}`)];
    case 'module':
      return moduleCallee(rewriter, call, promise, group);
    case 'promisify':
      return [whole];
  }
}

export function receiverOf(call: ts.CallExpression): ts.Expression {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
}

function argumentPieces(
  rewriter: Rewriter,
  call: ts.CallExpression,
  data: readonly ts.Expression[],
  callback: ts.Node,
  fromIndent: string,
  toIndent: string,
): Piece[] {
  const file = call.getSourceFile();
  const [first] = data;
  const last = data[data.length - 1];
  if (first === undefined || last === undefined) return [text('()')];
  const open = file.text.slice(callParenthesis(call) + 1, first.getStart());
  const breaksBefore = open.includes('\n');
  const start = breaksBefore ? callParenthesis(call) + 1 : first.getStart();
  const isCallbackOnOwnLine = file.text.slice(last.end, callback.getStart()).includes('\n');
  const closing = isCallbackOnOwnLine && breaksBefore ? `${rewriter.styleOf(call).newline}${toIndent})` : ')';
  return [text('('), keep(file, { start, end: last.end }, fromIndent, toIndent), text(closing)];
}

function callParenthesis(call: ts.CallExpression): number {
  const children = call.getChildren();
  return (
    children.find((child) => child.kind === ts.SyntaxKind.OpenParenToken)?.getStart() ?? call.expression.end
  );
}
