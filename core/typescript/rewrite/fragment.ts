import jscodeshift, { type ASTNode } from 'jscodeshift';
import type { Piece } from '../../model/edit.js';
import { type Style, text } from './pieces.js';

/** Builders for new code; parsed and printed as TypeScript, never as flow. */
export const j = jscodeshift.withParser('ts');

const holePattern = /__hole(\d+)__/;

/** A place in a fragment that kept source will fill. */
export function hole(index: number): ReturnType<typeof j.identifier> {
  return j.identifier(`__hole${index}__`);
}

/** A statement that consists of a hole; the hole's pieces bring their own semicolon. */
export function holeStatement(index: number): ReturnType<typeof j.expressionStatement> {
  return j.expressionStatement(hole(index));
}

/**
 * Prints a built node in the style of the file.
 *
 * @param fillings the pieces for each hole, by index
 * @param indent indentation of the line on which the fragment begins; further lines get it, too
 */
export function printFragment(
  node: ASTNode,
  fillings: readonly (readonly Piece[])[],
  indent: string,
  style: Style,
): Piece[] {
  const isTab = style.unit.startsWith('\t');
  const printed = j(node).toSource({
    quote: style.quote === '"' ? 'double' : 'single',
    tabWidth: isTab ? 4 : style.unit.length,
    useTabs: isTab,
    lineTerminator: '\n',
    objectCurlySpacing: style.inside === ' ',
  });
  const pieces: Piece[] = [];
  const lines = printed.split('\n').map((line, index) => {
    // The printer indents by spaces whatever the file does.
    const tabbed = isTab ? line.replace(/^(?: {4})+/, (spaces) => '\t'.repeat(spaces.length / 4)) : line;
    // A hole that stands as a statement is filled with whole statements.
    const filled = tabbed.replace(/^(\s*__hole\d+__);$/, '$1');
    const ended = style.semicolon === '' ? filled.replace(/;$/, '') : filled;
    return index === 0 ? ended : indent + ended;
  });
  let rest = lines.join(style.newline);
  for (let match = holePattern.exec(rest); match !== null; match = holePattern.exec(rest)) {
    if (match.index > 0) pieces.push(text(rest.slice(0, match.index)));
    pieces.push(...(fillings[Number(match[1])] ?? []));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') pieces.push(text(rest));
  return pieces;
}
