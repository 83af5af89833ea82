import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { resultsFrom } from '../read/answer-protocol.js';
import { callbackType } from '../read/callback-type.js';
import { redeclaredIn, shimFormOf, waitingSpan } from '../read/shim.js';
import { indentAt, rangeOf, someNode } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { conciseAnswer } from './concise-answer.js';
import { detachReturned } from './functions.js';
import { nodeifyName } from './nodeify.js';
import { fullRange, keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/**
 * Lets a function answer through its callback as before and with a promise where none is given: what it does from its
 * first wait on becomes an async function, `return nodeify(callback, async () => { … })`. Its parameters, its `this` and
 * the code in front stay.
 *
 * @param awaited calls that are awaited besides those of the unit
 */
export function shimFunction(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  awaited: readonly ts.Node[],
): void {
  const { notes } = rewriter;
  const { root, ownCallback } = unit;
  const { body } = root;
  if (ownCallback === undefined || body === undefined) return;
  const form = shimFormOf(notes.values, notes.units, unit);
  const name = nodeifyName(rewriter, root.getSourceFile(), form, group);
  const change = rewriter.change({
    group,
    transform: 'callback-shim',
    node: root,
    title: `${notes.uses.namesOf(root)[0] ?? 'function'} answers through its callback, or with a promise`,
    reason: 'callers that stay get their answer through the callback, others wait for the promise',
  });
  const opening = `${name}(${ownCallback.parameter.name.getText()}, async () => `;
  if (ts.isBlock(body)) wrapBlock(rewriter, change, unit, body, opening, awaited);
  else
    rewriter.edit(change, body, rangeOf(body), [
      text(opening),
      keep(body.getSourceFile(), rangeOf(body)),
      text(')'),
    ]);
  writeTypes(rewriter, change, unit, form.result === 'nothing');
  detachReturned(rewriter, root, unit, group);
}

function wrapBlock(
  rewriter: Rewriter,
  change: string,
  unit: Unit,
  body: ts.Block,
  opening: string,
  awaited: readonly ts.Node[],
): void {
  const file = body.getSourceFile();
  const style = rewriter.styleOf(body);
  const [start] = body.statements;
  if (start === undefined) return;
  const isOneLine = !file.text.slice(body.getStart(), start.getStart()).includes('\n');
  const around = lineIndent(body.parent);
  const { session, ids } = rewriter.notes;
  const { start: front, end: behind } = waitingSpan(session, unit, awaited);
  if (isOneLine) {
    const thrown = body.statements
      .slice(0, front)
      .find((statement) => someNode(statement, ts.isThrowStatement));
    if (thrown !== undefined) {
      const message = 'what is thrown here reached the caller; now its callback gets it';
      const unblock = 'write the function on several lines';
      const at = { file: session.pathOf(thrown), range: rangeOf(thrown) };
      const hazard: Hazard = { code: 'H-SYNC-THROW', effect: 'review', message, at, unblock };
      rewriter.late({ call: ids.of(unit.root), hazard });
    }
    const inside = { start: body.getStart() + 1, end: body.end - 1 };
    const line = `${style.newline}${around}${style.unit}`;
    // What the last call leaves ends with a line that only an indentation around it can move.
    const last = unit.flow.steps[unit.flow.steps.length - 1];
    const closing = last?.kind === 'await' && around === '' ? style.unit : '';
    rewriter.edit(change, body, inside, [
      text(`${line}return ${opening}{`),
      keep(file, inside, around, around + style.unit),
      text(`${closing}})${style.semicolon}${style.newline}${around}`),
    ]);
    return;
  }
  const again = redeclaredIn(session, unit, front);
  if (again !== undefined) {
    const message = `\`${again.getText()}\` would be another variable than the parameter`;
    const at = { file: session.pathOf(again), range: rangeOf(again) };
    const unblock = 'give the variable another name than the parameter';
    rewriter.late({
      call: ids.of(unit.root),
      hazard: { code: 'H-HOIST', effect: 'blocks', message, at, unblock },
    });
  }
  const answer = conciseAnswer(rewriter, unit);
  const head = `return ${opening}`;
  if (answer !== undefined) {
    rewriter.edit(change, body, rangeOf(answer.item), [
      text(head),
      keep(file, rangeOf(answer.item)),
      text(`)${style.semicolon}`),
    ]);
    return;
  }
  const first = body.statements[front] ?? start;
  const next = body.statements[behind];
  const range = {
    start: fullRange(first).start,
    end: file.text.slice(0, next === undefined ? body.end - 1 : fullRange(next).start).trimEnd().length,
  };
  const outer = lineIndent(first);
  const inner = outer + style.unit;
  // A comment in front may stand further out than the code.
  const before = indentAt(file.text, range.start);
  const missing = outer.startsWith(before) ? outer.slice(before.length) : '';
  rewriter.edit(change, body, range, [
    text(`${missing}${head}{${style.newline}${inner}`),
    keep(file, range, outer, inner),
    text(`${style.newline}${outer}})${style.semicolon}`),
  ]);
}

/** `callback` → `[callback]`; what is written in a column behind it stays there, and `callback(err, user)` as it is. */
function bracket(rewriter: Rewriter, change: string, name: ts.Identifier): void {
  const behind = name.getSourceFile().text.slice(name.end);
  if (behind.startsWith('(')) return;
  const { start, end } = rangeOf(name);
  const range = { start, end: /^ {3}/.test(behind) ? end + 2 : end };
  rewriter.edit(change, name, range, [text(`[${name.text}]`)]);
}

/** TypeScript gets an overload for each form, a documented parameter of JavaScript its brackets. */
function writeTypes(rewriter: Rewriter, change: string, unit: Unit, isVoid: boolean): void {
  const { session } = rewriter.notes;
  const { root, ownCallback } = unit;
  if (ownCallback === undefined) return;
  const { parameter } = ownCallback;
  const { initializer } = parameter;
  if (initializer !== undefined)
    rewriter.edit(change, root, { start: parameter.name.end, end: initializer.end }, []);
  if (!/\.[cm]?tsx?$/.test(session.pathOf(root))) {
    for (const { name, isBracketed } of ts.getJSDocParameterTags(parameter)) {
      if (!isBracketed && ts.isIdentifier(name)) bracket(rewriter, change, name);
    }
    return;
  }
  const type = isVoid ? 'void' : (callbackType(session, parameter, resultsFrom(unit.protocol)) ?? 'unknown');
  const signature = signatureOf(root);
  if (signature === undefined) return;
  const { newline, semicolon } = rewriter.styleOf(root);
  const indent = lineIndent(root);
  const old = root.type?.getText() ?? 'void';
  const promised = signature.with(parameter, `Promise<${type}>`);
  const called = signature.with(undefined, old);
  const line = `${semicolon}${newline}${indent}`;
  const start = root.getStart();
  rewriter.edit(change, root, { start, end: start }, [text(promised + line + called + line)]);
  if (parameter.questionToken === undefined)
    rewriter.edit(change, root, { start: parameter.name.end, end: parameter.name.end }, [text('?')]);
  const result = `Promise<${type}> | ${old}`;
  if (root.type !== undefined) rewriter.edit(change, root, rangeOf(root.type), [text(result)]);
  else rewriter.edit(change, root, { start: signature.end, end: signature.end }, [text(`: ${result}`)]);
}

/** The head of a function with another parameter list and result. */
interface Signature {
  /** Where the parameter list ends. */
  readonly end: number;
  with(without: ts.ParameterDeclaration | undefined, result: string): string;
}

function signatureOf(root: Unit['root']): Signature | undefined {
  const close = root.getChildren().find((child) => child.kind === ts.SyntaxKind.CloseParenToken);
  if (close === undefined) return undefined;
  const source = root.getSourceFile().text;
  const start = root.getStart();
  return {
    end: close.end,
    with(without, result) {
      if (without === undefined) return `${source.slice(start, close.end)}: ${result}`;
      const previous = root.parameters[root.parameters.indexOf(without) - 1];
      const from = previous?.end ?? without.getStart();
      return `${source.slice(start, from)}): ${result}`;
    },
  };
}
