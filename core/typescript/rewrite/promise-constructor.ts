import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { completionParameters } from '../read/own-completion.js';
import {
  forwardedCall,
  forwardedMember,
  promisePlace,
  sharesNames,
  untakenCall,
} from '../read/promise-place.js';
import type { FunctionNode } from '../read/session.js';
import { isAwait, isFunctionNode, outermost, rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { awaitedCall } from './await-form.js';
import { foldBody, foldUnit } from './fold.js';
import { makeAsync } from './functions.js';
import { endWithBraces } from './hanging.js';
import { guardOf } from './line-guards.js';
import { planNames } from './names.js';
import { removeDeclaration } from './parameters.js';
import { keep, lineIndent, text } from './pieces.js';
import { becomeStatements } from './promise-on-the-way.js';
import { isChainHandler, isSpokenFor, takenApartBy, type Unwrapped } from './promise-owner.js';
import { foldRelays } from './relays.js';
import type { Rewriter } from './rewriter.js';

/** `new Promise(executor)` around calls that can be awaited → the code of the executor, awaiting them. */
export function unwrapPromise(rewriter: Rewriter, unit: Unit, group: string): void {
  if (unit.completion?.kind !== 'promise') return;
  const { construct } = unit.completion;
  const place = promisePlace(rewriter.notes, unit, unit.completion);
  const change = rewriter.change({
    group,
    transform: 'promise-constructor',
    node: construct,
    title: 'new Promise(…) → await',
    reason: 'the calls that its executor waits for answer with promises themselves',
  });
  foldRelays(rewriter, unit, group);
  const { values } = rewriter.notes;
  const only = forwardedCall(values, unit);
  const unwrapped: Unwrapped = { rewriter, unit, group, change, construct };
  const taking = place.kind === 'end' ? takenApartBy(rewriter, place.owner) : undefined;
  const waited = place.kind === 'awaited' ? (only ?? untakenCall(unit, construct)) : undefined;
  if (waited !== undefined) {
    rewriter.edit(
      change,
      construct,
      rangeOf(construct),
      awaitedCall(rewriter, waited, group, lineIndent(construct)),
    );
  } else if (place.kind === 'end' && only !== undefined && isChainHandler(place.owner)) {
    // It answers with a promise already, and what it throws rejects.
    rewriter.edit(
      change,
      construct,
      rangeOf(construct),
      callPieces(rewriter, unit, group, lineIndent(construct)),
    );
  } else if (place.kind === 'end' && taking !== undefined) {
    if (place.statement !== undefined && isAnswerOfChain(place.owner, unwrapped)) {
      replaceReturn(unwrapped, place.statement, false);
      rewriter.require(group, taking, 'the chain around it becomes code');
    } else callAtOnce(unwrapped);
  } else if (place.kind === 'end' && !isSpokenFor(rewriter, place.owner)) {
    if (place.statement === undefined) replaceArrow(unwrapped, place.owner, only !== undefined);
    else replaceReturn(unwrapped, place.statement, only !== undefined);
    annotate(rewriter, change, place.owner, construct);
    makeAsync(rewriter, place.owner, undefined, group);
  } else if (!takeMember(unwrapped) && !becomeStatements(unwrapped)) {
    callAtOnce(unwrapped);
  }
}

/**
 * `await new Promise((resolve, reject) => exec(…))` → `(await execAsync(…)).stdout`, and
 * `const rows = await new Promise((resolve, reject) => db.query(…))` → `const [rows] = await db.query(…)`.
 */
function takeMember({ rewriter, unit, group, change, construct }: Unwrapped): boolean {
  const waiting = outermost(construct).parent;
  const forwarded = forwardedMember(rewriter.notes.values, unit);
  if (forwarded === undefined || !isAwait(waiting)) return false;
  const { step, member } = forwarded;
  const taking = outermost(waiting).parent;
  const isNamed = ts.isVariableDeclaration(taking) && taking.type === undefined;
  if (isNamed && (ts.isIdentifier(taking.name) || typeof member === 'number')) {
    if (typeof member === 'number' && construct.typeArguments !== undefined) return false;
    const call = awaitedCall(rewriter, step, group, lineIndent(construct));
    const name = taking.name.getText();
    rewriter.edit(change, taking.name, rangeOf(taking.name), [text(taken(rewriter, taking, name, member))]);
    rewriter.edit(change, waiting, rangeOf(waiting), [text('await '), ...call]);
    return true;
  }
  if (typeof member === 'number') return false;
  const call = awaitedCall(rewriter, step, group, lineIndent(construct));
  const whole = ts.isParenthesizedExpression(waiting.parent) ? waiting.parent : waiting;
  rewriter.edit(change, whole, rangeOf(whole), [text('(await '), ...call, text(`).${member}`)]);
  return true;
}

/** The pattern by which a name gets one of several results. */
function taken(rewriter: Rewriter, taking: ts.Node, name: string, member: string | number): string {
  if (typeof member === 'number') return `[${', '.repeat(member)}${name}]`;
  const { inside } = rewriter.styleOf(taking);
  return `{${inside}${name === member ? member : `${member}: ${name}`}${inside}}`;
}

/** `const d = Q.defer(); …; return d.promise;` → what settles it, awaited. */
export function unwrapDeferred(rewriter: Rewriter, unit: Unit, group: string): void {
  if (unit.completion?.kind !== 'deferred') return;
  const { declaration, statement, answer, made } = unit.completion;
  const change = rewriter.change({
    group,
    transform: 'promise-constructor',
    node: made,
    title: 'a deferred → await',
    reason: 'the calls that settle it answer with promises themselves',
  });
  const { notes } = rewriter;
  foldRelays(rewriter, unit, group);
  planNames(rewriter, unit, group);
  foldUnit(rewriter, unit, group, notes.regions.get(notes.ids.of(unit.root)) ?? []);
  const { declarations } = statement.declarationList;
  if (declarations.length === 1) removeDeclaration(rewriter, statement, group);
  else {
    const index = declarations.indexOf(declaration);
    const next = declarations[index + 1];
    const previous = declarations[index - 1];
    const range =
      next === undefined
        ? { start: previous?.end ?? declaration.getStart(), end: declaration.end }
        : { start: declaration.getStart(), end: next.getStart() };
    rewriter.edit(change, declaration, range, []);
  }
  const before = answer.getSourceFile().text.slice(0, answer.getStart()).trimEnd().length;
  rewriter.edit(change, answer, { start: before, end: answer.end }, []);
}

/**
 * `return p.then(owner);` at the end of a function: what the handler answers with is the answer of the function, and where
 * it ends the function ends.
 */
function isAnswerOfChain({ parent: call }: FunctionNode, { construct, unit }: Unwrapped): boolean {
  if (!ts.isCallExpression(call) || call.arguments.length !== 1 || !ts.isReturnStatement(call.parent))
    return false;
  const { parent } = call.parent;
  if (!ts.isBlock(parent) || parent.statements.at(-1) !== call.parent) return false;
  const around = parent.parent;
  const gone = completionParameters(unit.completion);
  return isFunctionNode(around) && !isChainHandler(around) && !sharesNames(around, construct, gone);
}

/** `return new Promise(…);` → the executor's statements. */
function replaceReturn(
  { rewriter, unit, group, change }: Unwrapped,
  statement: ts.ReturnStatement,
  isCall: boolean,
): void {
  const indent = lineIndent(statement);
  // What becomes of the `return` is for others to say: it may be that of a handler in a chain.
  const { expression } = statement;
  if (isCall && expression !== undefined)
    rewriter.edit(change, expression, rangeOf(expression), callPieces(rewriter, unit, group, indent));
  else rewriter.edit(change, statement, rangeOf(statement), bodyPieces(rewriter, unit, group, indent));
}

/** `(id) => new Promise(…)` → `(id) => { … }`. */
function replaceArrow(
  { rewriter, unit, group, change, construct }: Unwrapped,
  owner: FunctionNode,
  isCall: boolean,
): void {
  const { body } = owner;
  if (body === undefined) return;
  const outer = lineIndent(owner);
  const { newline, unit: level } = rewriter.styleOf(owner);
  if (isCall) {
    rewriter.edit(change, construct, rangeOf(body), callPieces(rewriter, unit, group, lineIndent(construct)));
    return;
  }
  const arrow = owner.getChildren().find((child) => child.kind === ts.SyntaxKind.EqualsGreaterThanToken);
  const start = arrow?.end ?? body.getStart();
  rewriter.edit(change, construct, { start, end: endWithBraces(owner) }, [
    text(` {${newline}${outer}${level}`),
    ...bodyPieces(rewriter, unit, group, outer + level),
    text(`${newline}${outer}}`),
  ]);
}

/** `new Promise(executor)` → `(async () => { … })()`. */
function callAtOnce({ rewriter, unit, group, change, construct }: Unwrapped): void {
  const { body } = unit.root;
  if (body === undefined) return;
  const { notes } = rewriter;
  planNames(rewriter, unit, group);
  foldUnit(rewriter, unit, group, notes.regions.get(notes.ids.of(unit.root)) ?? []);
  const [type] = construct.typeArguments ?? [];
  const annotation = type === undefined ? '' : `: Promise<${type.getText()}>`;
  rewriter.edit(change, construct, rangeOf(construct), [
    text(`${guardOf(rewriter, construct)}(async ()${annotation} => `),
    keep(construct.getSourceFile(), rangeOf(body)),
    text(')()'),
  ]);
}

function callPieces(rewriter: Rewriter, unit: Unit, group: string, indent: string): Piece[] {
  const step = forwardedCall(rewriter.notes.values, unit);
  return step === undefined ? [] : awaitedCall(rewriter, step, group, indent);
}

function bodyPieces(rewriter: Rewriter, unit: Unit, group: string, indent: string): Piece[] {
  const { notes } = rewriter;
  planNames(rewriter, unit, group);
  return foldBody(rewriter, unit, group, notes.regions.get(notes.ids.of(unit.root)) ?? [], indent);
}

/** `new Promise<T>(…)` said what the function returns. */
function annotate(
  rewriter: Rewriter,
  change: string,
  owner: FunctionNode,
  construct: ts.NewExpression,
): void {
  const [type] = construct.typeArguments ?? [];
  if (type === undefined || owner.type !== undefined) return;
  const close = owner.getChildren().find((child) => child.kind === ts.SyntaxKind.CloseParenToken);
  if (close === undefined) return;
  rewriter.edit(change, owner, { start: close.end, end: close.end }, [text(`: Promise<${type.getText()}>`)]);
}
