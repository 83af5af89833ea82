import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { CallFact, ClientFact, FunctionFact } from '../../model/program.js';
import { containsRange, type Location, type Range } from '../../model/text.js';
import type { Context } from './context.js';
import { doubleCalls } from './doubles.js';
import { familyWithType } from './family-facts.js';
import type { Session } from './session.js';
import { rangeOf } from './syntax.js';

/** Code that a person wants to stay as it is: `// migrate-ignore <reason>`. */
export interface LeftAlone {
  readonly isEmpty: boolean;
  /** What a comment says of a place, as a hazard; undefined where none does. */
  at(place: Location): Hazard | undefined;
  of(node: ts.Node): Hazard | undefined;
}

interface Remark {
  readonly range: Range;
  readonly reason: string;
}

const word = 'migrate-ignore';

/** Finds what comments of the project ask to leave alone. */
export function findLeftAlone(session: Session): LeftAlone {
  const remarks = new Map<string, readonly Remark[]>();
  for (const [path, file] of session.files) {
    const found = file.text.includes(word) ? remarksOf(file) : [];
    if (found.length > 0) remarks.set(path, found);
  }
  const at = (place: Location): Hazard | undefined => {
    const remark = remarks.get(place.file)?.find(({ range }) => containsRange(range, place.range));
    if (remark === undefined) return undefined;
    const message = 'a comment says to leave it alone';
    return {
      code: 'H-IGNORED',
      effect: 'blocks',
      message: remark.reason === '' ? message : `${message}: ${remark.reason}`,
      at: place,
      unblock: `remove the ${word} comment`,
    };
  };
  return {
    isEmpty: remarks.size === 0,
    at,
    of: (node) => at({ file: session.pathOf(node), range: rangeOf(node) }),
  };
}

/** Says of functions and calls that they are to be left alone; nothing else of them matters then. */
export function leaveAlone(
  context: Context,
  facts: {
    readonly functions: readonly FunctionFact[];
    readonly calls: readonly CallFact[];
    readonly clients: readonly ClientFact[];
  },
): { readonly functions: FunctionFact[]; readonly calls: CallFact[] } {
  const { leftAlone } = context;
  if (leftAlone.isEmpty) return { functions: [...facts.functions], calls: [...facts.calls] };
  const clients = new Map(
    facts.clients.flatMap(({ id, at }) => {
      const found = leftAlone.at(at);
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
  const places = placesOf(context);
  return {
    functions: facts.functions.map((fact) => {
      const found = leftAlone.at(fact.at) ?? places.get(fact.id);
      return found === undefined ? fact : { ...fact, hazards: [found, ...fact.hazards] };
    }),
    calls: facts.calls.map((call) => {
      const client = call.client === null ? undefined : clients.get(call.client);
      const found = leftAlone.at(call.at) ?? client;
      // What is awaited already stays as it is, whatever happens to the function.
      if (found === undefined || (call.alreadyAsync && !call.seed)) return call;
      return { ...call, hazards: [found, ...call.hazards] };
    }),
  };
}

/** Functions that cannot change without a place elsewhere that is to be left alone. */
function placesOf(context: Context): ReadonlyMap<string, Hazard> {
  const { ids, values, leftAlone } = context;
  const found = new Map<string, Hazard>();
  const add = (id: string, place: ts.Node | null | undefined): void => {
    const remark = place === null || place === undefined ? undefined : leftAlone.of(place);
    if (remark !== undefined && !found.has(id)) found.set(id, remark);
  };
  for (const [id, node] of ids.functions) {
    add(id, values.contractOf(node)?.call);
    for (const signature of familyWithType(context, node)?.signatures ?? []) add(id, signature);
  }
  for (const { call, targets } of doubleCalls(values))
    for (const target of targets) add(ids.of(target), call);
  return found;
}

function remarksOf(file: ts.SourceFile): Remark[] {
  const found: Remark[] = [];
  for (let at = file.text.indexOf(word); at >= 0; at = file.text.indexOf(word, at + word.length)) {
    const next = tokenBehind(file, at);
    const comment = next === undefined ? undefined : commentAt(file.text, next.getFullStart(), at);
    if (next === undefined || comment === undefined) continue;
    const [, reason] = /^\/[/*][/*\s]*migrate-ignore\b:?([^\n]*)/.exec(comment.text) ?? [];
    if (reason === undefined) continue;
    const text = reason.replace(/\*\/\s*$/, '').trim();
    for (const node of remarked(file, next, comment)) found.push({ range: rangeOf(node), reason: text });
  }
  return found;
}

interface Comment extends Range {
  readonly text: string;
}

function commentAt(text: string, from: number, at: number): Comment | undefined {
  const ranges = [
    ...(ts.getTrailingCommentRanges(text, from) ?? []),
    ...(ts.getLeadingCommentRanges(text, from) ?? []),
  ];
  const range = ranges.find(({ pos, end }) => pos <= at && at < end);
  return range === undefined
    ? undefined
    : { start: range.pos, end: range.end, text: text.slice(range.pos, range.end) };
}

/** The token in front of which a place between tokens lies; undefined inside a token. */
function tokenBehind(file: ts.SourceFile, at: number): ts.Node | undefined {
  let node: ts.Node = file;
  for (;;) {
    const inner: ts.Node | undefined = node
      .getChildren(file)
      .find((child) => !ts.isJSDoc(child) && child.getFullStart() <= at && at < child.getEnd());
    if (inner === undefined) return node === file ? file.endOfFileToken : undefined;
    if (inner.getChildCount(file) === 0) return at < inner.getStart(file) ? inner : undefined;
    node = inner;
  }
}

/** What a comment is about: what follows it, or, behind code of its line, what stands on that line. */
function remarked(file: ts.SourceFile, next: ts.Node, comment: Comment): ts.Node[] {
  const { text } = file;
  const lineStart = text.lastIndexOf('\n', comment.start - 1) + 1;
  const isAlone = text.slice(lineStart, comment.start).trim() === '';
  const found = isAlone
    ? [startingAt(file, next.getStart(file))]
    : onLine(file, { start: lineStart, end: comment.start });
  const nodes = found.filter((node) => node !== undefined);
  if (nodes.length > 0 || (isAlone && isEnd(next))) return nodes;
  const around = statementAround(next);
  return around === undefined ? [] : [around];
}

function isEnd(token: ts.Node): boolean {
  return [
    ts.SyntaxKind.CloseBraceToken,
    ts.SyntaxKind.CloseBracketToken,
    ts.SyntaxKind.CloseParenToken,
    ts.SyntaxKind.EndOfFileToken,
  ].includes(token.kind);
}

/** The largest node that starts at a place. */
function startingAt(file: ts.SourceFile, start: number): ts.Node | undefined {
  const find = (node: ts.Node): ts.Node | undefined =>
    ts.forEachChild(node, (child) => {
      if (child.getFullStart() > start || child.getEnd() <= start) return undefined;
      return child.getStart(file) === start ? child : find(child);
    });
  return find(file);
}

/** Statements and members that begin or end on a line, the largest ones. */
function onLine(file: ts.SourceFile, line: Range): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (node.getFullStart() > line.end || node.getEnd() < line.start) return;
    const start = node.getStart(file);
    const isBegun = start >= line.start && start < line.end;
    const isEnded = !ts.isBlock(node) && node.getEnd() > line.start && node.getEnd() <= line.end;
    if ((ts.isStatement(node) || isMember(node)) && (isBegun || isEnded)) found.push(node);
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return found;
}

function isMember(node: ts.Node): boolean {
  return ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node);
}

function statementAround(token: ts.Node): ts.Node | undefined {
  for (let node = token.parent; node !== undefined; node = node.parent)
    if (ts.isStatement(node) && !ts.isBlock(node)) return node;
  return undefined;
}
