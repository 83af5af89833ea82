import { ts } from 'ts-morph';
import { cannotThrow, endsRequest, handlingOf, judgeWidening, withoutReleases } from '../read/errors.js';
import { isWaitedFor } from '../read/own-completion.js';
import type { FunctionNode } from '../read/session.js';
import { hasModifier, rangeOf, someNode } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { deafReason, wrappedBy, wrapperName } from './async-wrapper.js';
import { chainAnswersItself } from './chain-handlers.js';
import { handsErrorsOn, isDeaf, needsOwnTry, needsPlainFunction } from './own-try.js';
import { fullRange, keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { wrapPlaces } from './wrap-places.js';
import { isWrapped } from './wrappers.js';

/** Lets a framework that sees no rejections get them: the handler is wrapped where it is defined or registered. */
export function deliverRejections(
  rewriter: Rewriter,
  node: FunctionNode,
  unit: Unit | undefined,
  group: string,
): void {
  if (unit?.kind === 'starter' || isWaitedFor(rewriter.notes.values, node)) return;
  if (!isDeaf(rewriter, node)) return;
  if (needsPlainFunction(rewriter, node)) {
    wrap(rewriter, node, group);
    return;
  }
  if (unit === undefined ? chainAnswersItself(rewriter, node) : answersItself(rewriter, unit)) return;
  if (needsOwnTry(rewriter, node)) {
    const isHandedOn = unit !== undefined && handsErrorsOn(rewriter, unit);
    if (!isHandedOn && !encloseBody(rewriter, node, group))
      refuse(rewriter, node, 'H-ARITY', 'the framework hands it more than a wrapper passes on');
    return;
  }
  if (rewriter.policy.express4 === 'try' && encloseBody(rewriter, node, group)) return;
  wrap(rewriter, node, group);
}

/** One `try` covers everything that can throw, and its `catch` cannot. */
function answersItself(rewriter: Rewriter, unit: Unit): boolean {
  const { session, values } = rewriter.notes;
  const steps = unit.flow.steps;
  const last = steps.findLast((step) => step.kind !== 'plain' || !ts.isReturnStatement(step.item));
  if (last?.kind !== 'await') return false;
  const before = steps.slice(0, steps.indexOf(last));
  if (
    before.some((step) => step.kind !== 'plain') ||
    !cannotThrow(
      values,
      unit,
      before.map((step) => step.item),
    )
  )
    return false;
  const handling = handlingOf(session, last);
  if (handling?.kind !== 'handled') return false;
  const regions = [...rewriter.notes.regions.values()].flat();
  const region = regions.find((candidate) => candidate.acquire === last);
  const isWhole = region?.catches?.kind === 'handled' && region.catches.text === handling.text;
  if (!isWhole && !judgeWidening(session, values, unit, rewriter.policy.errorRegion).canWiden(last))
    return false;
  const handler = withoutReleases(handling.steps);
  return (
    endsRequest(values, unit, handler) &&
    cannotThrow(
      values,
      unit,
      handler.map((step) => step.item),
    )
  );
}

/** One `try` around the whole body that hands every error to `next`; not where the body calls `next` itself. */
function encloseBody(rewriter: Rewriter, node: FunctionNode, group: string): boolean {
  const { session, values } = rewriter.notes;
  const next = node.parameters.find(
    (p) => ts.isIdentifier(p.name) && values.of(p.name).some((v) => v.kind === 'next'),
  )?.name;
  const { body } = node;
  if (next === undefined || !ts.isIdentifier(next) || body === undefined || !ts.isBlock(body)) return false;
  const symbol = session.symbolOf(next);
  const [first] = body.statements;
  const last = body.statements[body.statements.length - 1];
  if (symbol === undefined || first === undefined || last === undefined) return false;
  if (someNode(body, (inner) => ts.isIdentifier(inner) && session.symbolOf(inner) === symbol)) return false;
  const style = rewriter.styleOf(node);
  const outer = lineIndent(first);
  if (outer === lineIndent(body) && body.getText().includes('\n') === false) return false;
  const inner = outer + style.unit;
  const taken = node.parameters.map((p) => p.name.getText());
  const error = ['err', 'error', 'failure'].find((name) => !taken.includes(name)) ?? 'caught';
  const range = { start: fullRange(first).start, end: fullRange(last).end };
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node: body,
    title: 'try … catch → next',
    reason: deafReason(wrappedBy(rewriter, node)),
  });
  // What stands in front makes the edit larger than that of an only statement, which lies in it.
  const start = body.getStart() + 1;
  const front = body.getSourceFile().text.slice(start, range.start);
  // The line break in front of the first statement goes with it where the statement goes.
  const lineBreak = /\r?\n[^\n]*$/.exec(front)?.index;
  rewriter.edit(change, body, { start, end: range.end }, [
    ...(lineBreak === undefined || lineBreak === 0
      ? []
      : [keep(body.getSourceFile(), { start, end: start + lineBreak })]),
    text(lineBreak === undefined ? `${front}try {${style.newline}${inner}` : `${style.newline}${outer}try {`),
    keep(
      body.getSourceFile(),
      { start: lineBreak === undefined ? range.start : start + lineBreak, end: range.end },
      outer,
      inner,
    ),
    text(
      `${style.newline}${outer}} catch (${error}) {${style.newline}${inner}${next.text}(${error})${style.semicolon}${style.newline}${outer}}`,
    ),
  ]);
  return true;
}

const wrapped = new WeakMap<Rewriter, Set<ts.Node>>();

function wrap(rewriter: Rewriter, node: FunctionNode, group: string): void {
  const places = wrapPlaces(rewriter, node);
  if (places.length === 0) {
    if (ts.isFunctionDeclaration(node) && wrapDeclaration(rewriter, node, group)) return;
    // Where only a plain function is taken, a `try` in an async one is no way out.
    if (needsPlainFunction(rewriter, node) || !encloseBody(rewriter, node, group))
      refuse(rewriter, node, 'H-HANDLER', 'nobody sees its rejection, and no wrapper can stand around it');
    return;
  }
  let done = wrapped.get(rewriter);
  if (done === undefined) {
    done = new Set();
    wrapped.set(rewriter, done);
  }
  for (const place of places) {
    if (isWrapped(rewriter.notes, place)) continue;
    if (done.has(place)) continue;
    done.add(place);
    const name = wrapperName(rewriter, place, group, wrappedBy(rewriter, node));
    const change = rewriter.change({
      group,
      transform: 'async-signature',
      node: place,
      title: `${name}(…)`,
      reason: deafReason(wrappedBy(rewriter, node)),
    });
    const key = ts.isShorthandPropertyAssignment(place.parent) ? `${place.getText()}: ` : '';
    rewriter.edit(change, place, { start: place.getStart(), end: place.getStart() }, [
      text(`${key}${name}(`),
    ]);
    rewriter.edit(change, place, { start: place.end, end: place.end }, [text(')')]);
  }
}

/** `export function list(…) {…}` → `export const list = wrapper(function list(…) {…});` */
function wrapDeclaration(rewriter: Rewriter, node: ts.FunctionDeclaration, group: string): boolean {
  const keyword = node.getChildren().find((child) => child.kind === ts.SyntaxKind.FunctionKeyword);
  const isNamed =
    hasModifier(node, ts.SyntaxKind.ExportKeyword) && !hasModifier(node, ts.SyntaxKind.DefaultKeyword);
  if (keyword === undefined || node.name === undefined || !isNamed) return false;
  const { session } = rewriter.notes;
  const symbol = session.symbolOf(node.name);
  const isUsedHere = symbol !== undefined && session.referencesOf(symbol).some((name) => name !== node.name);
  if (isUsedHere) return false;
  const name = wrapperName(rewriter, node, group, wrappedBy(rewriter, node));
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node,
    title: `${name}(…)`,
    reason: deafReason(wrappedBy(rewriter, node)),
  });
  const start = keyword.getStart();
  rewriter.insert(change, node, start, 0, `const ${node.name.text} = ${name}(`);
  rewriter.edit(change, node, { start: node.end, end: node.end }, [
    text(`)${rewriter.styleOf(node).semicolon}`),
  ]);
  return true;
}

function refuse(
  rewriter: Rewriter,
  node: FunctionNode,
  code: 'H-HANDLER' | 'H-ARITY',
  message: string,
): void {
  const { session, ids } = rewriter.notes;
  const at = { file: session.pathOf(node), range: rangeOf(node) };
  const unblock = 'answer with a `try` around its whole body';
  rewriter.late({ call: ids.of(node), hazard: { code, effect: 'blocks', message, at, unblock } });
}
