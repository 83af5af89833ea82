import { ts } from 'ts-morph';
import type { Double } from '../../catalog/index.js';
import { type DoubleCall, doubleCalls } from '../read/doubles.js';
import type { FunctionNode } from '../read/session.js';
import { isAsync, isFunctionNode, isGenerator, rangeOf, unwrap } from '../read/syntax.js';
import { asyncPosition } from './functions.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** Stubs of functions that became async answer with a promise, too. */
export function flushDoubles(rewriter: Rewriter): void {
  const { values, ids, units, session, candidates } = rewriter.notes;
  const groups = new Map<string, string>();
  const both = new Set<string>();
  for (const decision of rewriter.plan.decisions) {
    if (decision.kind === 'make-async') groups.set(decision.function, decision.group);
    if (decision.kind === 'shim') both.add(decision.function);
  }
  if (groups.size === 0 && both.size === 0) return;
  for (const double of doubleCalls(values)) {
    for (const target of double.targets)
      if (both.has(ids.of(target)) && isWaitedFor(rewriter, target))
        noteOldForm(rewriter, double, ids.of(target));
    const converted = double.targets.filter((target) => groups.has(ids.of(target)) && !isAsync(target));
    const [target] = converted;
    const id = target === undefined ? undefined : ids.of(target);
    const group = id === undefined ? undefined : groups.get(id);
    if (id === undefined || group === undefined) continue;
    const unit = units.get(id);
    const calledBack = unit?.completion !== undefined;
    const isSure =
      converted.length === double.targets.length &&
      session.project.editable.has(session.pathOf(double.call)) &&
      calledBack === (double.row.becomes.kind === 'answer') &&
      converted.every((one) => callsBackAt(double, candidates.ownCallbackOf(one)?.index)) &&
      unit?.results.kind !== 'object';
    if (isSure && answerWithPromise(rewriter, double, group)) continue;
    // Awaiting a plain value gives that value; a stub that calls back answers nobody.
    noteOldForm(rewriter, double, id, calledBack ? 'review' : 'note');
  }
}

function noteOldForm(
  rewriter: Rewriter,
  { call }: DoubleCall,
  id: string,
  effect: 'review' | 'note' = 'review',
): void {
  const at = { file: rewriter.notes.session.pathOf(call), range: rangeOf(call) };
  const message = `\`${call.expression.getText().replace(/\s+/g, ' ').slice(0, 50)}\` answers in the old form`;
  const unblock = 'let the stub answer with a promise';
  rewriter.late({ call: id, hazard: { code: 'H-TEST-DOUBLE', effect, message, at, unblock } });
}

/** Somebody calls a function that answers both ways without a callback, which the stub has to call. */
function isWaitedFor({ notes, plan }: Rewriter, target: FunctionNode): boolean {
  const { values, ids } = notes;
  const calls = new Set(values.callsOf(target).map((call) => ids.of(call)));
  return plan.decisions.some((decision) => {
    if (decision.kind === 'convert-unit') return decision.calls.some((call) => calls.has(call));
    return decision.kind === 'await-call' && calls.has(decision.call);
  });
}

/** `callsArgWith(1, …)` of a function whose second argument is its callback. */
function callsBackAt({ call, row }: DoubleCall, index: number | undefined): boolean {
  if (row.becomes.kind !== 'answer' || row.becomes.from === 0) return true;
  const [place] = call.arguments;
  return place !== undefined && ts.isNumericLiteral(place) && Number(place.text) === index;
}

/** False where it cannot be seen what the stub answers with. */
function answerWithPromise(rewriter: Rewriter, { call, name, row }: DoubleCall, group: string): boolean {
  const change = (title: string): string =>
    rewriter.change({
      group,
      transform: 'await-caller',
      node: call,
      title,
      reason: 'the function that the stub stands for is async now',
    });
  if (row.becomes.kind === 'name') {
    rewriter.edit(change(row.becomes.name), call, rangeOf(name), [text(row.becomes.name)]);
    return true;
  }
  if (row.becomes.kind === 'answer') return answerForCallback(rewriter, call, row.becomes, change, name);
  if (row.becomes.kind === 'none') return false;
  const [given] = call.arguments;
  const node = given === undefined ? undefined : unwrap(given);
  if (node === undefined) return true;
  if (!isFunctionNode(node) || isGenerator(node)) return false;
  if (isAsync(node)) return true;
  const start = asyncPosition(node);
  rewriter.edit(change(`${row.member}(async …)`), call, { start, end: start }, [text('async ')]);
  return true;
}

/** `yields(null, rows)`, `callsArgWith(1, null, rows)` → `resolves(rows)`; `yields(error)` → `rejects(error)`. */
function answerForCallback(
  rewriter: Rewriter,
  call: ts.CallExpression,
  becomes: Extract<Double['becomes'], { kind: 'answer' }>,
  change: (title: string) => string,
  name: ts.MemberName,
): boolean {
  const [error, value, ...more] = call.arguments.slice(becomes.from);
  if (more.length > 0 || call.arguments.length < becomes.from) return false;
  const hasNone = error === undefined || isNothing(error);
  if (!hasNone && value !== undefined) return false;
  const answer = hasNone ? value : error;
  const title = hasNone ? becomes.value : becomes.error;
  const id = change(title);
  rewriter.edit(id, call, rangeOf(name), [text(title)]);
  const [first] = call.arguments;
  const last = call.arguments[call.arguments.length - 1];
  if (first !== undefined && last !== undefined && first !== answer)
    rewriter.edit(id, call, { start: first.getStart(), end: answer?.getStart() ?? last.end }, []);
  return true;
}

function isNothing(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
}
