import { ts } from 'ts-morph';
import type { Flow, Step } from '../read/flow.js';
import { isSettled } from '../read/own-completion.js';
import { throwsAgain } from '../read/rethrows.js';
import { rangeOf, visitAll } from '../read/syntax.js';
import { endingsOf } from '../read/task-shape.js';
import { bindingNames } from './declared-names.js';
import type { Fold } from './fold.js';
import { lineIndent, movedItems } from './pieces.js';

type Branch = Extract<Step, { kind: 'branch' }>;

/** What is left of a `try` that does nothing but hand its error on. */
interface Left {
  readonly item: ts.TryStatement;
  readonly flow: Flow;
  readonly statements: readonly ts.Statement[];
}

/**
 * `try { … } catch (e) { cb(e); }` called back with what was thrown; a function that answers by rejecting does so by
 * itself. Gives what is left of the steps, or nothing where the `try` has to stay.
 */
export function withoutTry(fold: Fold, step: Branch): Flow | undefined {
  const left = leftOfNeedless(fold, step);
  if (left === undefined || (isOfTask(fold, left.flow) && namesOf(left.item).size > 0)) return undefined;
  const { item, statements, flow } = left;
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
  return flow;
}

/** What is left of the end of a promise that is awaited on the way of a function: it may be a `try` with all its ways. */
export function leftOfTry(fold: Pick<Fold, 'unit' | 'inlined'>, step: Branch): readonly Flow[] | undefined {
  const left = leftOfNeedless(fold, step);
  if (left !== undefined) return [left.flow];
  const [, caught] = step.blocks;
  // A `catch` that only throws again is no code that somebody would write.
  const isSame = ts.isTryStatement(step.item) && caught !== undefined && throwsAgain(step.item, caught);
  return ts.isTryStatement(step.item) && !isSame ? step.blocks : undefined;
}

function leftOfNeedless({ unit, inlined }: Pick<Fold, 'unit' | 'inlined'>, step: Branch): Left | undefined {
  const [tried, caught] = step.blocks;
  const { item } = step;
  if (!ts.isTryStatement(item) || tried === undefined || caught === undefined) return undefined;
  // A function that takes the place of its call is left out, and what is left out needs no removal.
  const steps = tried.steps.filter((inner) => !inlined.has(inner.item));
  const statements = item.tryBlock.statements.filter((inner) => !inlined.has(inner));
  if (!ts.isBlock(item.parent) || statements.length === 0) return undefined;
  if (steps.some(({ kind }) => goesWithItsLine.has(kind))) return undefined;
  if (!throwsAgain(item, caught) || hasComments(item) || hidesNames(item, unit.root)) return undefined;
  return { item, statements, flow: { steps } };
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

/**
 * The code of a task goes to another function, which can have other things of the same names, unless it answers in the
 * `try` and stays a function of its own. The names of an awaited promise were compared before.
 */
function isOfTask({ home, unit }: Fold, tried: Flow): boolean {
  return home !== unit && !isSettled(unit.completion) && endingsOf(tried).length === 0;
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
