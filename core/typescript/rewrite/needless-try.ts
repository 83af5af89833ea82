import { ts } from 'ts-morph';
import type { Flow, Step } from '../read/flow.js';
import { isSettled } from '../read/own-completion.js';
import { throwsAgain } from '../read/rethrows.js';
import { rangeOf, visitAll } from '../read/syntax.js';
import { endingsOf } from '../read/task-shape.js';
import { bindingNames } from './declared-names.js';
import type { Fold } from './fold.js';
import { lineIndent, movedItems } from './pieces.js';

/**
 * `try { … } catch (e) { cb(e); }` called back with what was thrown; a function that answers by rejecting does so by
 * itself. Gives what is left of the steps, or nothing where the `try` has to stay.
 */
export function withoutTry(fold: Fold, step: Extract<Step, { kind: 'branch' }>): Flow | undefined {
  const [tried, caught] = step.blocks;
  const { item } = step;
  if (!ts.isTryStatement(item) || tried === undefined || caught === undefined) return undefined;
  // A function that takes the place of its call is left out, and what is left out needs no removal.
  const steps = tried.steps.filter((inner) => !fold.inlined.has(inner.item));
  const statements = item.tryBlock.statements.filter((inner) => !fold.inlined.has(inner));
  if (!ts.isBlock(item.parent) || statements.length === 0) return undefined;
  if (mayMoveNames(fold, tried) && namesOf(item).size > 0) return undefined;
  if (steps.some(({ kind }) => goesWithItsLine.has(kind))) return undefined;
  if (!throwsAgain(item, caught) || hasComments(item) || hidesNames(item, fold.unit.root)) return undefined;
  const { rewriter, style, group } = fold;
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: item,
    title: 'try',
    reason: 'what is thrown rejects, and nothing else was done about it',
  });
  for (const statement of statements) fold.moved.add(statement);
  rewriter.edit(
    change,
    item,
    rangeOf(item),
    movedItems(statements, lineIndent(item), style, () => ''),
  );
  return { steps };
}

/** Steps that leave nothing behind. */
const goesWithItsLine: ReadonlySet<Step['kind']> = new Set(['erased', 'needless', 'release', 'join']);

/** A comment that would go with the `try`. */
function hasComments({ tryBlock, catchClause, end }: ts.TryStatement): boolean {
  const { text } = tryBlock.getSourceFile();
  const last = tryBlock.statements[tryBlock.statements.length - 1];
  const inFront = text.slice(tryBlock.getStart(), tryBlock.statements[0]?.getStart() ?? tryBlock.end);
  const behind = text.slice(last?.end ?? tryBlock.end, end);
  return catchClause === undefined || /\/[/*]/.test(behind) || /^\{[ \t]*\/[/*]/.test(inFront);
}

/** The code of the unit may go to another function, which can have other things of the same names. */
function mayMoveNames({ home, unit }: Fold, tried: Flow): boolean {
  if (home === unit) return false;
  // A task that answers in a `try` stays a function of its own.
  return isSettled(unit.completion) || endingsOf(tried).length === 0;
}

/** What the block declares for itself. */
function namesOf(item: ts.TryStatement): ReadonlySet<string> {
  return new Set(
    item.tryBlock.statements.flatMap((statement) => {
      if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
        return statement.name === undefined ? [] : [statement.name.text];
      if (!ts.isVariableStatement(statement)) return [];
      const { declarationList } = statement;
      if ((declarationList.flags & ts.NodeFlags.BlockScoped) === 0) return [];
      return declarationList.declarations.flatMap(({ name }) => bindingNames(name).map(({ text }) => text));
    }),
  );
}

/** What the block declares for itself would be seen in the function that the code goes to. */
function hidesNames(item: ts.TryStatement, root: ts.Node): boolean {
  const names = namesOf(item);
  if (names.size === 0) return false;
  const isInside = (node: ts.Node): boolean => node.pos >= item.pos && node.end <= item.end;
  let isSeen = false;
  visitAll(root, (node) => {
    if (ts.isIdentifier(node) && names.has(node.text) && !isInside(node)) isSeen = true;
  });
  return isSeen;
}
