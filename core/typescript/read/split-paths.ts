import { ts } from 'ts-morph';
import { isComputed, isEffectFree } from './effects.js';
import { exitsWithError } from './error-path.js';
import { type ErrorView, mentions, testOf, truthOf } from './error-truths.js';
import type { Item, Residue } from './split.js';
import { alwaysExits, isInside, statementsOf, unwrap } from './syntax.js';

/** What runs with an error, and what runs without one. */
export interface Paths {
  readonly onError: Item[];
  readonly onSuccess: Item[];
  readonly residues: Residue[];
  /** Code that both sides need, one in a larger piece than the other, cannot stand twice. */
  readonly overlaps: boolean;
}

/**
 * Follows both ways through the items; undefined where they cannot be told apart.
 *
 * @param errorEnds the items have no way for an error
 */
export function walk(view: ErrorView, items: readonly Item[], errorEnds = false): Paths | undefined {
  const paths: Walked = { onError: [], onSuccess: [], residues: [], errorEnds, successEnds: false };
  for (const [index, item] of items.entries()) {
    if (view.rules.asserts(item, view.error)) {
      if (!paths.errorEnds) paths.onError.push(item);
      paths.errorEnds = true;
      continue;
    }
    const branch = mentions(view, item) ? branchOf(item) : undefined;
    const rest = items.slice(index + 1);
    if (!walkError(view, paths, { item, branch, rest })) return undefined;
    if (!walkSuccess(view, paths, { item, branch, rest })) return undefined;
  }
  const { onError, onSuccess, residues } = paths;
  const overlaps = onError.some((error) =>
    onSuccess.some((item) => item !== error && (isInside(item, error) || isInside(error, item))),
  );
  return { onError, onSuccess, residues, overlaps };
}

interface Walked extends Pick<Paths, 'onError' | 'onSuccess' | 'residues'> {
  errorEnds: boolean;
  successEnds: boolean;
}

interface Place {
  readonly item: Item;
  readonly branch: Branch | undefined;
  readonly rest: readonly Item[];
}

/** Goes on with an error; false where that cannot be told. */
function walkError(view: ErrorView, paths: Walked, { item, branch, rest }: Place): boolean {
  if (paths.errorEnds || ts.isFunctionDeclaration(item)) return true;
  const taken = branch === undefined ? [item] : (takenOf(view, branch, true)?.items ?? [item]);
  paths.onError.push(...taken);
  const test = testOf(view);
  paths.errorEnds = taken.some((inner) => exitsWithError(inner, test)) || branch?.returns === true;
  if (paths.errorEnds || !taken.some((inner) => view.rules.settles(inner))) return true;
  paths.errorEnds = true;
  return rest.every((inner) => isSilent(view, inner));
}

/** Goes on without an error; false where that cannot be told. */
function walkSuccess(view: ErrorView, paths: Walked, { item, branch, rest }: Place): boolean {
  const { onSuccess, residues } = paths;
  if (paths.successEnds) {
    // Declarations reach over the end of the path.
    if (ts.isFunctionDeclaration(item) || ts.isVariableStatement(item)) onSuccess.push(item);
    return true;
  }
  if (branch === undefined) {
    onSuccess.push(item);
    paths.successEnds = exits(item);
    return true;
  }
  const taken = takenOf(view, branch, false);
  if (taken === undefined) return false;
  if (taken.residue !== undefined) {
    // The statement stays, with a smaller condition.
    residues.push(taken.residue);
  } else if (taken.items.some((inner) => mentions(view, inner))) {
    const inner = walk(view, taken.items);
    if (inner === undefined) return false;
    onSuccess.push(...inner.onSuccess);
    residues.push(...inner.residues);
    paths.successEnds = inner.onSuccess.some(exits) || branch.returns;
    return true;
  }
  onSuccess.push(...taken.items);
  paths.successEnds = taken.items.some(exits) || branch.returns;
  if (paths.successEnds || !taken.items.some((inner) => view.rules.settles(inner))) return true;
  paths.successEnds = true;
  return rest.every((inner) => isSilent(view, inner));
}

/** Once a path has settled, the item does nothing on it; where it throws, nobody caught that. */
function isSilent(view: ErrorView, item: Item): boolean {
  if (ts.isEmptyStatement(item)) return true;
  if (ts.isReturnStatement(item) && item.expression === undefined) return true;
  if (ts.isBlock(item)) return item.statements.every((inner) => isSilent(view, inner));
  if (ts.isVariableStatement(item))
    return item.declarationList.declarations.every(
      ({ initializer }) => initializer === undefined || isComputed(initializer),
    );
  if (ts.isIfStatement(item)) {
    const branches = [item.thenStatement, ...(item.elseStatement === undefined ? [] : [item.elseStatement])];
    return isEffectFree(item.expression) && branches.every((inner) => isSilent(view, inner));
  }
  return view.rules.settles(item) && settledValues(item).every(isComputed);
}

function settledValues(item: Item): readonly ts.Expression[] {
  const expression = ts.isExpressionStatement(item) || ts.isReturnStatement(item) ? item.expression : item;
  if (expression === undefined || !ts.isExpression(expression)) return [];
  const call = unwrap(expression);
  return ts.isCallExpression(call) ? call.arguments : [];
}

function exits(item: Item): boolean {
  return !ts.isExpression(item as ts.Node) && alwaysExits(item as ts.Statement);
}

interface Branch {
  readonly item: Item;
  readonly condition: ts.Expression;
  readonly whenTrue: readonly Item[];
  readonly whenFalse: readonly Item[];
  /** `return a ? b : c`. */
  readonly returns: boolean;
}

function branchOf(item: Item): Branch | undefined {
  if (ts.isIfStatement(item)) {
    return {
      item,
      condition: item.expression,
      whenTrue: statementsOf(item.thenStatement),
      whenFalse: item.elseStatement === undefined ? [] : statementsOf(item.elseStatement),
      returns: false,
    };
  }
  const returned = ts.isReturnStatement(item) ? item.expression : undefined;
  const expression = ts.isExpressionStatement(item)
    ? item.expression
    : (returned ?? (ts.isExpression(item) ? item : undefined));
  if (expression === undefined) return undefined;
  const inner = unwrap(expression);
  if (!ts.isConditionalExpression(inner)) return undefined;
  return {
    item,
    condition: inner.condition,
    whenTrue: [inner.whenTrue],
    whenFalse: [inner.whenFalse],
    returns: returned !== undefined,
  };
}

/** The items that run for an error (or for none); undefined when the condition cannot be decided. */
function takenOf(
  view: ErrorView,
  branch: Branch,
  failed: boolean,
): { items: readonly Item[]; residue?: Residue } | undefined {
  const truth = truthOf(view, branch.condition, failed);
  switch (truth.kind) {
    case 'constant':
      return { items: truth.value ? branch.whenTrue : branch.whenFalse };
    case 'residual':
      if (failed) return { items: [branch.item] };
      return { items: [branch.item], residue: { whole: branch.condition, kept: truth.kept } };
    case 'unknown':
      return failed ? { items: [branch.item] } : undefined;
  }
}
