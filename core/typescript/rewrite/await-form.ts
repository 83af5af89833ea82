import { ts } from 'ts-morph';
import { isDescribed } from '../../catalog/described.js';
import type { Piece } from '../../model/edit.js';
import type { Range } from '../../model/text.js';
import type { AwaitStep, Reference } from '../read/flow.js';
import { isUnlisted } from '../read/named.js';
import { isAwait, rangeOf, unwrap, visitOwn } from '../read/syntax.js';
import { begun } from './begun-queries.js';
import { writeCarriedResults } from './carried-results.js';
import { awaiting, headPieces } from './chain-values.js';
import { refuseLostResults } from './lost-results.js';
import { moduleCallee } from './module-forms.js';
import { keep, lineIndent, text } from './pieces.js';
import { promisifiedCallee, promisifyName } from './promisified.js';
import type { Rewriter } from './rewriter.js';
import { promiseView } from './views.js';
import { nameBeside, needsWrittenPromise, writtenPromise } from './written-promise.js';

/** The pieces of the call in its promise form: callee and arguments without the callback. */
export function awaitedCall(rewriter: Rewriter, step: AwaitStep, group: string, indent: string): Piece[] {
  const { call, argument: callbackNode, callee, reference, settled } = step.site;
  if (reference !== undefined) return referenceCall(reference, indent);
  if (settled !== undefined) {
    const { open, close } = awaiting(settled.head, settled.isPlain === true);
    const head = headPieces(settled, indent);
    return open.endsWith('(') ? [text('('), ...head, text(close)] : head;
  }
  const data = call.arguments.filter((argument) => argument !== callbackNode);
  const from = lineIndent(step.item);
  const argumentsWith = (leading: readonly Piece[], trailing: string): Piece[] =>
    argumentPieces({ rewriter, call, data, callback: callbackNode, from, indent, leading, trailing });
  const whole = keep(call.getSourceFile(), rangeOf(call.expression), from, indent);
  refuseLostResults(rewriter, step);
  writeCarriedResults(rewriter, step, group);
  const types = typeArgumentsOf(call);
  if (callee.kind !== 'api') return [whole, ...types, ...argumentsWith([], '')];
  if (step.site.isWrapped === true) refuseInnerWait(rewriter, call, callbackNode);
  if (needsWrittenPromise(step)) {
    const inner = indent + rewriter.styleOf(call).unit;
    const kept = keep(call.getSourceFile(), rangeOf(call.expression), from, inner);
    return writtenPromise(rewriter, step, indent, (callback) => [
      kept,
      ...argumentPieces({
        rewriter,
        call,
        data,
        callback: callbackNode,
        from,
        indent: inner,
        leading: [],
        trailing: callback,
      }),
    ]);
  }
  const { promise } = callee.member;
  const receiver = keep(call.getSourceFile(), rangeOf(receiverOf(call)), from, indent);
  switch (promise.kind) {
    case 'same':
      return [whole, ...types, ...argumentsWith([], ''), ...begun(rewriter, step)];
    case 'client': {
      const view = promiseView(rewriter, call, callee.library, group) ?? [whole];
      return [...view, ...types, ...argumentsWith([], '')];
    }
    case 'method':
      return [receiver, text(`.${promise.member}`), ...argumentsWith([], '')];
    case 'receiver':
      return [receiver, ...argumentsWith([], '')];
    case 'answer':
      return [whole, ...argumentsWith([], ''), text(`.${promise.member}()`)];
    case 'thenable':
      return [receiver];
    case 'module':
      return [...moduleCallee(rewriter, call, promise, group), ...argumentsWith([], '')];
    case 'promisify': {
      const isOfObject = ts.isPropertyAccessExpression(unwrap(call.expression));
      const { library } = callee;
      const isMethod =
        callee.owner !== null ||
        library.isObject === true ||
        (isOfObject && isDescribed(library, callee.name));
      const form = promisifiedCallee(rewriter, {
        call,
        isMethod,
        atEachCall: isUnlisted(library),
        member: promise.member,
        group,
      });
      if (form !== undefined) return [...form.callee, ...argumentsWith(form.leading, '')];
      refuseInnerWait(rewriter, call, callbackNode);
      const name = nameBeside(step.site, ['callback', 'done', 'settle']);
      const promisify = promisifyName(rewriter, call, group);
      const inner = [whole, ...argumentsWith([], name)];
      return [text(`${promisify}((${name}) => `), ...inner, text(')()')];
    }
  }
}

/** `<Row>` of `query<Row>(…)`. */
function typeArgumentsOf(call: ts.CallExpression): Piece[] {
  const { typeArguments } = call;
  if (typeArguments === undefined) return [];
  const range = { start: typeArguments.pos - 1, end: callParenthesis(call) };
  return [keep(call.getSourceFile(), range)];
}

/** `find(id)` for a function that is given by name. */
function referenceCall({ callee, given, item }: Reference, indent: string): Piece[] {
  const file = callee.getSourceFile();
  const values = given.map((argument) => [keep(file, rangeOf(argument), lineIndent(argument), indent)]);
  if (item !== null) values.push([text(item)]);
  const list = values.flatMap((value, index) => (index === 0 ? value : [text(', '), ...value]));
  return [keep(file, rangeOf(callee), lineIndent(callee), indent), text('('), ...list, text(')')];
}

/** Takes a call back that has to stand in a function of its own, where what it is made of may wait. */
function refuseInnerWait(rewriter: Rewriter, call: ts.CallExpression, callback: ts.Node): void {
  const { candidates, values, session, ids } = rewriter.notes;
  let waiting: ts.Node | undefined;
  for (const part of [call.expression, ...call.arguments]) {
    if (unwrap(part) === callback) continue;
    visitOwn(part, (node) => {
      const mayWait =
        isAwait(node) ||
        (ts.isCallExpression(node) &&
          (candidates.calls.has(node) ||
            values.of(node.expression).some((value) => value.kind === 'function')));
      if (mayWait) waiting = node;
    });
  }
  if (waiting === undefined) return;
  const message = 'its object cannot be named twice, and its arguments may wait';
  const at = { file: session.pathOf(waiting), range: rangeOf(waiting) };
  const unblock = 'keep its object in a variable';
  rewriter.late({ call: ids.of(call), hazard: { code: 'H-BOUND', effect: 'blocks', message, at, unblock } });
}

export function receiverOf(call: ts.CallExpression): ts.Expression {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
}

interface ArgumentList {
  readonly rewriter: Rewriter;
  readonly call: ts.CallExpression;
  readonly data: readonly ts.Expression[];
  readonly callback: ts.Expression;
  readonly from: string;
  readonly indent: string;
  /** What stands in front of the arguments. */
  readonly leading: readonly Piece[];
  /** A name that takes the callback's place. */
  readonly trailing: string;
}

function argumentPieces(list: ArgumentList): Piece[] {
  const { rewriter, call, data, callback, leading, trailing } = list;
  const file = call.getSourceFile();
  const [first] = data;
  const last = data[data.length - 1];
  if (first === undefined || last === undefined) return [text('('), ...leading, text(`${trailing})`)];
  const open = file.text.slice(callParenthesis(call) + 1, first.getStart());
  const breaksBefore = open.includes('\n');
  const start = breaksBefore ? callParenthesis(call) + 1 : first.getStart();
  const isCallbackOnOwnLine = file.text.slice(last.end, callback.getStart()).includes('\n');
  const next = trailing === '' ? '' : `, ${trailing}`;
  const comma = trailing === '' && call.arguments.hasTrailingComma === true ? ',' : '';
  const closing =
    isCallbackOnOwnLine && breaksBefore
      ? `${next}${comma}${rewriter.styleOf(call).newline}${list.indent})`
      : `${next})`;
  const { newline, unit } = rewriter.styleOf(call);
  const own = breaksBefore ? [text(`${newline}${list.indent}${unit}`)] : [];
  const before = leading.length === 0 ? [] : [...own, ...leading, text(breaksBefore ? ',' : ', ')];
  const kept = (range: Range): Piece => keep(file, range, list.from, list.indent);
  const following = call.arguments[call.arguments.indexOf(callback) + 1];
  if (following === undefined) return [text('('), ...before, kept({ start, end: last.end }), text(closing)];
  // The callback stands in front of other arguments.
  const isFirst = first === following;
  const pieces = [
    ...(isFirst ? [] : [kept({ start, end: callback.getStart() })]),
    kept({ start: following.getStart(), end: trailing === '' ? call.end : last.end }),
  ];
  return [text('('), ...before, ...pieces, ...(trailing === '' ? [] : [text(closing)])];
}

function callParenthesis(call: ts.CallExpression): number {
  const children = call.getChildren();
  return (
    children.find((child) => child.kind === ts.SyntaxKind.OpenParenToken)?.getStart() ?? call.expression.end
  );
}
