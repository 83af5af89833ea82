import { ts } from 'ts-morph';
import type { AbsentError } from './absent-error.js';
import {
  type ErrorTest,
  type ErrorTruth,
  exitsWithError,
  type Simplified,
  simplifyErrorPath,
} from './error-path.js';
import { withoutSuccess } from './ladder.js';
import type { Session } from './session.js';
import { alwaysExits, isAwait, someNode, statementsOf, unwrap, visitAll } from './syntax.js';

/** A piece of code that runs on a path: a statement, or an expression that stands for one. */
export type Item = ts.Statement | ts.Expression;

/** An expression that mentions the error where there is none, and what it comes to: another expression, or `null`. */
export interface Absent {
  readonly whole: ts.Expression;
  readonly kept: ts.Expression | null;
}

/** A condition without its error test: what is left of it on one side. */
export interface Residue {
  readonly whole: ts.Expression;
  readonly kept: ts.Expression;
}

/**
 * The two ways through a continuation: with an error, and without. Decided by evaluating every test of the error
 * parameter for both cases.
 */
export type Split =
  /**
   * The paths share no code; or, where they overlap, the error path has to need none of its own. `nulls` are the places
   * where the success path mentions the error, which is `null` there.
   */
  | {
      readonly kind: 'apart';
      readonly error: readonly Item[];
      readonly success: readonly Item[];
      readonly residues: readonly Residue[];
      readonly nulls: readonly Absent[];
      readonly overlaps: boolean;
      readonly simplified: readonly Simplified[];
      /** Every way through the error path leaves the function. */
      readonly leaves: boolean;
    }
  /** An error is looked at (or not), then the code goes on as if nothing had happened. */
  | {
      readonly kind: 'tolerated';
      readonly error: readonly Item[];
      readonly rest: readonly Item[];
      readonly simplified: readonly Simplified[];
    }
  /** The paths cannot be told apart; the error has to stay a variable. */
  | { readonly kind: 'together'; readonly items: readonly Item[] };

/** What a function's way of saying that it is done adds to the ways through its continuations. */
export interface PathRules {
  /** The statement throws when there is an error, and does nothing when there is none. */
  asserts(item: Item, error: ts.Symbol): boolean;
  /** Nothing that follows the item on its path matters, except for what it does besides settling again. */
  settles(item: Item): boolean;
}

const ordinary: PathRules = { asserts: () => false, settles: () => false };

/**
 * Splits the body of an error-first callback.
 *
 * @param error the error parameter's symbol; undefined when the callback does not name it
 * @param absent what the parameter holds where there is no error
 */
export function splitContinuation(
  session: Session,
  items: readonly Item[],
  error: ts.Symbol | undefined,
  absent: AbsentError,
  rules: PathRules = ordinary,
): Split {
  if (error === undefined) return { kind: 'tolerated', error: [], rest: items, simplified: [] };
  const reader = new Reader(session, error, absent, rules);
  if (!items.some((item) => reader.mentions(item)))
    return { kind: 'tolerated', error: [], rest: items, simplified: [] };
  if (isReassigned(session, error)) return { kind: 'together', items };
  const paths = walk(reader, items);
  if (paths === undefined) return { kind: 'together', items };
  const { onSuccess, residues } = paths;
  const ladder = withoutSuccess(paths.onError, onSuccess, reader.onError);
  const onError = ladder?.items ?? paths.onError;
  const overlaps = ladder === undefined && paths.overlaps;
  const shared = onError.filter((item) => onSuccess.includes(item));
  if (shared.length === 0) {
    const nulls = onSuccess.flatMap((item) => reader.absences(item, residues));
    const simplified = [
      ...simplifyErrorPath(onError, reader.onError),
      ...(ladder === undefined ? [] : [ladder.simplified]),
    ];
    const leaves = onError.some((item) => exitsWithError(item, reader.onError));
    return {
      kind: 'apart',
      error: onError,
      success: onSuccess,
      residues,
      nulls,
      overlaps,
      simplified,
      leaves,
    };
  }
  const isWholeSuccess = shared.length === onSuccess.length;
  const isSuffix = onError
    .slice(onError.length - shared.length)
    .every((item, index) => item === shared[index]);
  if (isWholeSuccess && isSuffix && !shared.some((item) => reader.mentions(item))) {
    const own = onError.slice(0, onError.length - shared.length);
    return {
      kind: 'tolerated',
      error: own,
      rest: shared,
      simplified: simplifyErrorPath(own, reader.onError),
    };
  }
  return { kind: 'together', items };
}

/** What tests of an error parameter come to where there is an error. */
export function errorTestOf(session: Session, error: ts.Symbol): ErrorTest {
  return new Reader(session, error, 'null', ordinary).onError;
}

interface Paths {
  readonly onError: Item[];
  readonly onSuccess: Item[];
  readonly residues: Residue[];
  readonly overlaps: boolean;
}

function walk(reader: Reader, items: readonly Item[]): Paths | undefined {
  const onError: Item[] = [];
  const onSuccess: Item[] = [];
  const residues: Residue[] = [];
  let errorEnds = false;
  let successEnds = false;
  for (const [index, item] of items.entries()) {
    if (reader.asserts(item)) {
      if (!errorEnds) onError.push(item);
      errorEnds = true;
      continue;
    }
    const branch = reader.mentions(item) ? branchOf(item) : undefined;
    const isSilentBehind = (): boolean => items.slice(index + 1).every((rest) => isSilent(reader, rest));
    if (!errorEnds && !ts.isFunctionDeclaration(item)) {
      const taken = branch === undefined ? [item] : (reader.taken(branch, true)?.items ?? [item]);
      onError.push(...taken);
      errorEnds = taken.some((inner) => exitsWithError(inner, reader.onError)) || branch?.returns === true;
      if (!errorEnds && taken.some((inner) => reader.settles(inner))) {
        if (!isSilentBehind()) return undefined;
        errorEnds = true;
      }
    }
    if (successEnds) {
      // Declarations reach over the end of the path.
      if (ts.isFunctionDeclaration(item) || ts.isVariableStatement(item)) onSuccess.push(item);
    } else {
      if (branch === undefined) {
        onSuccess.push(item);
        successEnds = exits(item);
      } else {
        const taken = reader.taken(branch, false);
        if (taken === undefined) return undefined;
        if (taken.residue !== undefined) {
          // The statement stays, with a smaller condition.
          residues.push(taken.residue);
        } else if (taken.items.some((inner) => reader.mentions(inner))) {
          const inner = walk(reader, taken.items);
          if (inner === undefined) return undefined;
          onSuccess.push(...inner.onSuccess);
          residues.push(...inner.residues);
          successEnds = inner.onSuccess.some(exits) || branch.returns;
          continue;
        }
        onSuccess.push(...taken.items);
        successEnds = taken.items.some(exits) || branch.returns;
        if (!successEnds && taken.items.some((inner) => reader.settles(inner))) {
          if (!isSilentBehind()) return undefined;
          successEnds = true;
        }
      }
    }
  }
  // Code that both sides need, one in a larger piece than the other, cannot stand twice.
  const overlaps = onError.some((error) =>
    onSuccess.some((item) => item !== error && (isInside(item, error) || isInside(error, item))),
  );
  return { onError, onSuccess, residues, overlaps };
}

/** Once a path has settled, the item does nothing on it. */
function isSilent(reader: Reader, item: Item): boolean {
  if (ts.isEmptyStatement(item)) return true;
  if (ts.isReturnStatement(item) && item.expression === undefined) return true;
  if (ts.isBlock(item)) return item.statements.every((inner) => isSilent(reader, inner));
  if (ts.isIfStatement(item)) {
    const branches = [item.thenStatement, ...(item.elseStatement === undefined ? [] : [item.elseStatement])];
    return isEffectFree(item.expression) && branches.every((inner) => isSilent(reader, inner));
  }
  return reader.settles(item) && settledValues(item).every(isMereValue);
}

function settledValues(item: Item): readonly ts.Expression[] {
  const expression = ts.isExpressionStatement(item) || ts.isReturnStatement(item) ? item.expression : item;
  if (expression === undefined || !ts.isExpression(expression)) return [];
  const call = unwrap(expression);
  return ts.isCallExpression(call) ? call.arguments : [];
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
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

type Truth = ErrorTruth;

class Reader {
  constructor(
    private readonly session: Session,
    private readonly error: ts.Symbol,
    private readonly absent: AbsentError,
    private readonly rules: PathRules,
  ) {}

  /** What a test comes to where there is an error. */
  readonly onError: ErrorTest = (condition) =>
    this.mentions(condition) ? this.evaluate(condition, true) : undefined;

  asserts(item: Item): boolean {
    return this.rules.asserts(item, this.error);
  }

  settles(item: Item): boolean {
    return this.rules.settles(item);
  }

  mentions(node: ts.Node): boolean {
    return someNode(node, (inner) => this.isError(inner));
  }

  /** What the mentions of the error come to on the path without one. */
  absences(item: Item, residues: readonly Residue[]): Absent[] {
    const found: Absent[] = [];
    visitAll(item, (node) => {
      if (!this.isError(node)) return;
      const inTest = residues.find((residue) => isInside(node, residue.whole));
      if (inTest !== undefined && !isInside(node, inTest.kept)) return;
      const name = node as ts.Identifier;
      const { parent } = name;
      const isLeft = ts.isBinaryExpression(parent) && parent.left === name;
      const operator = isLeft ? parent.operatorToken.kind : undefined;
      if (
        isLeft &&
        (operator === ts.SyntaxKind.BarBarToken || operator === ts.SyntaxKind.QuestionQuestionToken)
      ) {
        found.push({ whole: parent, kept: parent.right });
      } else if (isLeft && operator === ts.SyntaxKind.AmpersandAmpersandToken) {
        found.push({ whole: parent, kept: null });
      } else {
        found.push({ whole: name, kept: null });
      }
    });
    // A mention inside an expression that goes away goes with it.
    return found.filter(
      (a) =>
        !found.some(
          (b) => b !== a && isInside(a.whole, b.whole) && !(b.kept !== null && isInside(a.whole, b.kept)),
        ),
    );
  }

  /** The items that run for an error (or for none); undefined when the condition cannot be decided. */
  taken(branch: Branch, failed: boolean): { items: readonly Item[]; residue?: Residue } | undefined {
    const truth = this.evaluate(branch.condition, failed);
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

  private isError(node: ts.Node): boolean {
    return ts.isIdentifier(node) && this.session.symbolOf(node) === this.error;
  }

  private evaluate(expression: ts.Expression, failed: boolean): Truth {
    const node = unwrap(expression);
    if (this.isError(node)) return constant(failed);
    if (!this.mentions(node)) return { kind: 'residual', kept: expression };
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      const inner = this.evaluate(node.operand, failed);
      return inner.kind === 'constant' ? constant(!inner.value) : { kind: 'unknown' };
    }
    if (!ts.isBinaryExpression(node))
      return failed ? { kind: 'residual', kept: expression } : { kind: 'unknown' };
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return this.junction(node, failed, false);
      case ts.SyntaxKind.BarBarToken:
        return this.junction(node, failed, true);
      case ts.SyntaxKind.EqualsEqualsToken:
      case ts.SyntaxKind.EqualsEqualsEqualsToken:
        return this.comparesToNothing(node, failed) ? constant(!failed) : this.leftover(expression, failed);
      case ts.SyntaxKind.ExclamationEqualsToken:
      case ts.SyntaxKind.ExclamationEqualsEqualsToken:
        return this.comparesToNothing(node, failed) ? constant(failed) : this.leftover(expression, failed);
      case ts.SyntaxKind.InstanceOfKeyword:
        return failed || !this.isError(unwrap(node.left))
          ? this.leftover(expression, failed)
          : constant(false);
      default:
        return this.leftover(expression, failed);
    }
  }

  private leftover(expression: ts.Expression, failed: boolean): Truth {
    return failed ? { kind: 'residual', kept: expression } : { kind: 'unknown' };
  }

  /** `a && b`, `a || b`; `absorbing` is the value of one side that decides the whole. */
  private junction(node: ts.BinaryExpression, failed: boolean, absorbing: boolean): Truth {
    const left = this.evaluate(node.left, failed);
    if (left.kind === 'constant') return left.value === absorbing ? left : this.evaluate(node.right, failed);
    if (left.kind === 'unknown') return left;
    const right = this.evaluate(node.right, failed);
    if (right.kind === 'constant') {
      // `x && false` is false, `x && true` is x; a test without effects may be dropped.
      if (right.value !== absorbing) return left;
      return isEffectFree(node.left) ? right : { kind: 'unknown' };
    }
    if (right.kind === 'unknown' || (!failed && this.mentions(node))) return { kind: 'unknown' };
    return { kind: 'residual', kept: node };
  }

  /** `err == null`, `err === null`, also with `undefined` where the loose operator makes them one. */
  private comparesToNothing(node: ts.BinaryExpression, failed: boolean): boolean {
    const sides = [unwrap(node.left), unwrap(node.right)];
    if (!sides.some((side) => this.isError(side))) return false;
    const isLoose =
      node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken ||
      node.operatorToken.kind === ts.SyntaxKind.ExclamationEqualsToken;
    const isNull = sides.some((side) => side.kind === ts.SyntaxKind.NullKeyword);
    const isUndefined = sides.some((side) => ts.isIdentifier(side) && side.text === 'undefined');
    if (isLoose || failed) return isNull || isUndefined;
    // A strict test against the other of the two tells nothing about the error.
    return (isNull && this.absent === 'null') || (isUndefined && this.absent === 'undefined');
  }
}

function constant(value: boolean): Truth {
  return { kind: 'constant', value };
}

export function isReassigned(session: Session, symbol: ts.Symbol): boolean {
  return session.referencesOf(symbol).some((name) => isWritten(name));
}

/** True when an identifier is the target of an assignment. */
export function isWritten(name: ts.Identifier): boolean {
  const parent = name.parent;
  if (ts.isBinaryExpression(parent)) {
    const kind = parent.operatorToken.kind;
    return (
      parent.left === name && kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
    );
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return (
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken
    );
  }
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === name;
  return isDestructuringTarget(name);
}

function isDestructuringTarget(name: ts.Identifier): boolean {
  for (let node: ts.Node = name; ; node = node.parent) {
    const parent = node.parent;
    if (
      ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) ||
      ts.isSpreadElement(parent)
    )
      continue;
    if (ts.isPropertyAssignment(parent) && parent.initializer === node) continue;
    if (ts.isShorthandPropertyAssignment(parent)) continue;
    if (node === name) return false;
    return (
      ts.isBinaryExpression(parent) &&
      parent.left === node &&
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
    );
  }
}

/** A value that is computed without effects, or a new error of one. */
export function isMereValue(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText()))
    return (node.arguments ?? []).every(isEffectFree);
  return isEffectFree(node);
}

/** An expression that can be left out: names, literals, members, comparisons of them. */
export function isEffectFree(expression: ts.Expression): boolean {
  return !someNode(
    expression,
    (node) =>
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      isAwait(node) ||
      ts.isYieldExpression(node) ||
      ts.isPostfixUnaryExpression(node) ||
      (ts.isPrefixUnaryExpression(node) &&
        node.operator >= ts.SyntaxKind.PlusPlusToken &&
        node.operator <= ts.SyntaxKind.MinusMinusToken) ||
      (ts.isBinaryExpression(node) &&
        node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        node.operatorToken.kind <= ts.SyntaxKind.LastAssignment),
  );
}
