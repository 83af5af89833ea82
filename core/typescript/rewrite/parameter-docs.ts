import { ts } from 'ts-morph';
import { rangeOf } from '../read/syntax.js';
import { text } from './pieces.js';
import { documentedAnswer, isPromise } from './promise-types.js';
import type { Rewriter } from './rewriter.js';

/** What JSDoc says of a callback goes away with it, and what it says of the answer becomes a promise. */
export function rewriteCallbackDocs(
  rewriter: Rewriter,
  change: string,
  node: ts.SignatureDeclaration,
  callback: ts.ParameterDeclaration,
): void {
  const tags = removeParameterDocs(rewriter, change, node, callback);
  const answer = documentedAnswer(node);
  if (answer !== undefined && !isPromise(answer))
    rewriter.edit(change, answer, rangeOf(answer), [text(`Promise${resultOf(tags)}`)]);
}

/** What JSDoc says of a parameter goes away with it; returns the tags that said it. */
export function removeParameterDocs(
  rewriter: Rewriter,
  change: string,
  node: ts.SignatureDeclaration,
  parameter: ts.ParameterDeclaration,
): readonly ts.JSDocTag[] {
  const name = parameter.name.getText();
  const tags = ts.getJSDocTags(node).filter((tag) => describes(tag, name));
  for (const tag of tags) removeTag(rewriter, change, tag, tags);
  return tags;
}

/** `(error: Error, user: User) => void` hands on a user. */
function resultOf(tags: readonly ts.JSDocTag[]): string {
  for (const tag of tags) {
    const type = ts.isJSDocParameterTag(tag) ? tag.typeExpression?.type : undefined;
    if (type === undefined || !ts.isFunctionTypeNode(type)) continue;
    const result = type.parameters[1]?.type;
    if (type.parameters.length <= 2) return result === undefined ? '<void>' : `<${result.getText()}>`;
  }
  return '';
}

/** `@param callback` and `@param callback.error`. */
function describes(tag: ts.JSDocTag, name: string): boolean {
  if (!ts.isJSDocParameterTag(tag)) return false;
  const described = tag.name.getText();
  return described === name || described.startsWith(`${name}.`);
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function removeTag(rewriter: Rewriter, change: string, tag: ts.JSDocTag, all: readonly ts.JSDocTag[]): void {
  const comment = tag.parent;
  const file = tag.getSourceFile();
  const lines = linesOf(file.text, comment.getStart(), comment.end);
  const first = lines.findIndex((line) => line.start <= tag.getStart() && tag.getStart() < line.end);
  const own = lines[first];
  if (own === undefined) return;
  // A comment of one line, or a tag behind other words, is no line of its own.
  if (first === 0 || !/^\s*\*?\s*@/.test(own.text)) {
    const end = file.text.slice(tag.getStart(), tag.end).replace(/\s*\*?\s*$/, '').length + tag.getStart();
    rewriter.edit(change, tag, { start: tag.getStart(), end }, []);
    return;
  }
  let last = first;
  while (
    /^\s*\*\s*[^\s@/*]/.test(lines[last + 1]?.text ?? '') ||
    /^\s+[^\s@*]/.test(lines[last + 1]?.text ?? '')
  )
    last++;
  const isLastTag = /^\s*\*\/$/.test(lines[last + 1]?.text ?? '');
  let from = first;
  const isOnly =
    !ts.isJSDoc(comment) || (comment.tags ?? []).every((other) => all.includes(other) || other === tag);
  if (isLastTag && isOnly && all[0] === tag) while (from > 1 && isBlank(lines[from - 1]?.text)) from--;
  const start = lines[from]?.start ?? own.start;
  rewriter.edit(change, tag, { start, end: lines[last]?.end ?? own.end }, []);
}

function isBlank(line: string | undefined): boolean {
  return line !== undefined && /^\s*\*?\s*$/.test(line);
}

/** The lines of a comment, each with its end of line. */
function linesOf(source: string, start: number, end: number): Line[] {
  const lines: Line[] = [];
  for (let at = start; at < end; ) {
    const newline = source.indexOf('\n', at);
    const next = newline === -1 || newline >= end ? end : newline + 1;
    lines.push({ start: at, end: next, text: source.slice(at, next).replace(/\r?\n$/, '') });
    at = next;
  }
  return lines;
}
