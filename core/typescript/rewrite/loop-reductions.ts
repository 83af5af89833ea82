import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { ArrayLoop } from '../read/array-loops.js';
import type { Reduction } from '../read/reductions.js';
import { rangeOf, unwrap } from '../read/syntax.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** A `reduce` on its way to a loop. */
interface Keeping {
  readonly rewriter: Rewriter;
  readonly loop: ArrayLoop;
  readonly change: string;
  /** The name of what the loop keeps. */
  readonly result: string;
}

/** What `reduce` keeps has the name of the result in the loop. */
export function renameKept({ rewriter, loop, change, result }: Keeping, { name, uses }: Reduction): void {
  if (name.text === result) return;
  const dropped = droppedUses(loop);
  for (const use of uses) {
    if (dropped.has(use)) continue;
    const isShorthand = ts.isShorthandPropertyAssignment(use.parent);
    rewriter.edit(change, use, rangeOf(use), [text(isShorthand ? `${name.text}: ${result}` : result)]);
  }
}

/** `sum` of `return sum` and of `return sum + x`, which are written anew. */
function droppedUses({ callback, returns, reduction }: ArrayLoop): ReadonlySet<ts.Node> {
  const answers = ts.isBlock(callback.body) ? returns.map(({ expression }) => expression) : [callback.body];
  const dropped = new Set<ts.Node>();
  for (const answer of answers) {
    if (answer === undefined || reduction === undefined) continue;
    if (isKeptName(reduction, answer)) dropped.add(unwrap(answer));
    const sum = addedTo(answer, reduction);
    if (sum !== undefined) dropped.add(unwrap(sum.left));
  }
  return dropped;
}

/** What is kept, as it is. */
export function isKeptName({ uses }: Reduction, answer: ts.Expression): boolean {
  return uses.some((use) => use === unwrap(answer));
}

/** `sum + x`, where `sum` is what is kept. */
function addedTo(answer: ts.Expression, { uses }: Reduction): ts.BinaryExpression | undefined {
  const node = unwrap(answer);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  return uses.some((use) => use === unwrap(node.left)) ? node : undefined;
}

/** `sum += x;`, and nothing where what is kept only changes in itself. */
export function keeping(
  { rewriter, loop, result }: Keeping,
  reduction: Reduction,
  value: ts.Expression,
  indent: string,
): Piece[] {
  const { semicolon } = rewriter.styleOf(loop.call);
  if (isKeptName(reduction, value)) return [];
  const file = value.getSourceFile();
  const sum = addedTo(value, reduction);
  const part = sum === undefined ? unwrap(value) : sum.right;
  return [
    text(`${result} ${sum === undefined ? '=' : '+='} `),
    keep(file, rangeOf(part), lineIndent(value), indent),
    text(semicolon),
  ];
}
