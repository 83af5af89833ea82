import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { rangeOf } from '../read/syntax.js';
import { type Unawaited, unawaitedAt } from '../read/unawaited.js';
import { awaitedCall } from './await-form.js';
import { keep, lineIndent, movedItems, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** Carries out the decision to let a call go on by itself, with a `catch`; false when the id is none of such a call. */
export function catchCallOf(rewriter: Rewriter, id: string, group: string): boolean {
  const { notes } = rewriter;
  const call = notes.calls.get(id);
  if (call === undefined || !ts.isCallExpression(call)) return false;
  const candidate = notes.candidates.calls.get(call);
  const unawaited = unawaitedAt(notes.values, call, candidate);
  if (unawaited === undefined || candidate?.kind !== 'callback') return false;
  const indent = lineIndent(unawaited.statement);
  const { library, owner, name, member } = candidate;
  const promise = awaitedCall(
    rewriter,
    {
      kind: 'await',
      item: unawaited.statement,
      site: {
        id,
        call,
        callee: { kind: 'api', library, owner, name, member },
        callback: { kind: 'inline', node: unawaited.callback },
        argument: unawaited.argument,
        awaited: member.awaited,
      },
      error: { kind: 'handled', flow: { steps: [] } },
      success: { steps: [] },
      residues: [],
      nulls: [],
      isolated: false,
    },
    group,
    indent,
  );
  const change = rewriter.change({
    group,
    transform: member.transform,
    node: call,
    title: `${call.expression.getText().replace(/\s+/g, ' ')}(…, callback) → catch`,
    reason: 'nobody waits for the call; its error is handled where it was',
  });
  const pieces = [...promise, text('.catch('), ...handler(rewriter, unawaited, indent), text(')')];
  rewriter.edit(change, call, rangeOf(call), pieces);
  return true;
}

/** `(err) => console.error(err)`, or a block. */
function handler(rewriter: Rewriter, unawaited: Unawaited, indent: string): Piece[] {
  const { items, error } = unawaited;
  const style = rewriter.styleOf(unawaited.call);
  const [only, more] = items;
  const start = text(`(${error?.text ?? ''}) => `);
  if (only === undefined) return [start, text('{}')];
  const expression = more === undefined ? expressionOf(only) : undefined;
  if (expression !== undefined) {
    const file = expression.getSourceFile();
    return [start, keep(file, rangeOf(expression), lineIndent(expression), indent)];
  }
  const inner = indent + style.unit;
  const last = items[items.length - 1];
  const isBareEnd = last !== undefined && ts.isReturnStatement(last) && last.expression === undefined;
  const kept = isBareEnd ? items.slice(0, -1) : items;
  return [
    start,
    text(`{${style.newline}${inner}`),
    ...movedItems(kept, inner, style, (item) => (ts.isExpression(item as ts.Node) ? style.semicolon : '')),
    text(`${style.newline}${indent}}`),
  ];
}

function expressionOf(item: ts.Node): ts.Expression | undefined {
  if (ts.isExpressionStatement(item)) return item.expression;
  if (ts.isReturnStatement(item)) return item.expression;
  return ts.isExpression(item) ? item : undefined;
}
