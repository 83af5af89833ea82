import { ts } from 'ts-morph';
import { isEffectFree } from './effects.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { isFunctionNode, isLogical, someNode, statementsOf, unwrap, visitAll } from './syntax.js';
import { isWritten } from './writes.js';

/** The statements with which a function finds its callback among its arguments, or puts one in its place. */
export interface Preamble {
  readonly statements: readonly ts.Statement[];
  /** Whether it looks for the callback in another place than its own. */
  readonly shuffles: boolean;
  /** Only the first call of the callback does anything. */
  readonly isOnce: boolean;
}

/** Whether a call gives its argument back, which runs once at most. */
export type GivesOnce = (call: ts.CallExpression) => boolean;

/** What a parameter holds once the preamble has run. */
export type Slot =
  | { readonly kind: 'callback' }
  | { readonly kind: 'argument'; readonly index: number }
  | { readonly kind: 'absent' }
  /** A function that does nothing. */
  | { readonly kind: 'noop' }
  | { readonly kind: 'value'; readonly expression: ts.Expression };

/** What the parameters hold for one call; undefined when running alone would tell. */
export type Slots = ReadonlyMap<ts.Symbol, Slot>;

/** Finds the preamble of a function; undefined when it uses its callback as it comes. */
export function preambleOf(
  session: Session,
  node: FunctionNode,
  callback: ts.Symbol,
  givesOnce: GivesOnce,
): Preamble | undefined {
  const { body } = node;
  if (body === undefined || !ts.isBlock(body)) return undefined;
  const parameters = parametersOf(session, node);
  const isGuard = (statement: ts.Statement): boolean =>
    guardedName(statement, givesOnce, (name) => session.symbolOf(name) === callback);
  const statements: ts.Statement[] = [];
  const passed: ts.Statement[] = [];
  for (const statement of body.statements) {
    if (!isGuard(statement) && !isAboutCallback(session, statement, callback, parameters)) {
      passed.push(statement);
      continue;
    }
    const touched = new Set(mentioned(session, statement, parameters));
    // What the statement looks at must not have been used before it.
    if (passed.some((other) => mentioned(session, other, parameters).some((symbol) => touched.has(symbol))))
      break;
    statements.push(statement);
  }
  if (statements.length === 0) return undefined;
  const shuffles = statements.some((statement) =>
    mentioned(session, statement, parameters).some((symbol) => symbol !== callback),
  );
  return { statements, shuffles, isOnce: statements.some(isGuard) };
}

/** `callback = once(callback);` */
function guardedName(
  statement: ts.Statement,
  givesOnce: GivesOnce,
  isCallback: (name: ts.Identifier) => boolean,
): boolean {
  const expression = ts.isExpressionStatement(statement) ? unwrap(statement.expression) : undefined;
  if (expression === undefined || !ts.isBinaryExpression(expression)) return false;
  if (expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
  const target = unwrap(expression.left);
  const call = unwrap(expression.right);
  const [given, ...more] = ts.isCallExpression(call) ? call.arguments : [];
  if (given === undefined || more.length > 0 || !ts.isCallExpression(call) || !givesOnce(call)) return false;
  const source = unwrap(given);
  return ts.isIdentifier(target) && ts.isIdentifier(source) && isCallback(target) && isCallback(source);
}

function parametersOf(session: Session, node: FunctionNode): ts.Symbol[] {
  return node.parameters.flatMap((parameter) => {
    const symbol = ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
    return symbol === undefined ? [] : [symbol];
  });
}

function mentioned(session: Session, node: ts.Node, parameters: readonly ts.Symbol[]): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  visitAll(node, (inner) => {
    const symbol = ts.isIdentifier(inner) ? session.symbolOf(inner) : undefined;
    if (symbol !== undefined && parameters.includes(symbol)) found.push(symbol);
  });
  return found;
}

/** It only tests and sets parameters, and it is about where the callback is. */
function isAboutCallback(
  session: Session,
  statement: ts.Statement,
  callback: ts.Symbol,
  parameters: readonly ts.Symbol[],
): boolean {
  if (!isSetting(session, statement, parameters)) return false;
  return someNode(statement, (node) => {
    if (ts.isTypeOfExpression(node)) {
      const { parent } = node;
      return ts.isBinaryExpression(parent) && parent.getText().includes('function');
    }
    if (!ts.isIdentifier(node) || session.symbolOf(node) !== callback) return false;
    return ts.isIfStatement(statement) || isWritten(node);
  });
}

function isSetting(session: Session, statement: ts.Statement, parameters: readonly ts.Symbol[]): boolean {
  if (ts.isBlock(statement)) return statement.statements.every((s) => isSetting(session, s, parameters));
  if (ts.isIfStatement(statement)) {
    if (!isEffectFree(statement.expression)) return false;
    const branches = [statement.thenStatement, statement.elseStatement];
    return branches.every((b) => b === undefined || isSetting(session, b, parameters));
  }
  if (ts.isThrowStatement(statement)) return true;
  return ts.isExpressionStatement(statement) && isAssigning(session, statement.expression, parameters);
}

/** `cb = opts`, `cb = cb || noop`, `cb || (cb = noop)`. */
function isAssigning(session: Session, expression: ts.Expression, parameters: readonly ts.Symbol[]): boolean {
  const node = unwrap(expression);
  if (!ts.isBinaryExpression(node)) return false;
  const operator = node.operatorToken.kind;
  if (operator === ts.SyntaxKind.CommaToken)
    return isAssigning(session, node.left, parameters) && isAssigning(session, node.right, parameters);
  if (isLogical(operator)) return isEffectFree(node.left) && isAssigning(session, node.right, parameters);
  if (operator !== ts.SyntaxKind.EqualsToken && !isLogicalAssignment(operator)) return false;
  const target = unwrap(node.left);
  const symbol = ts.isIdentifier(target) ? session.symbolOf(target) : undefined;
  return symbol !== undefined && parameters.includes(symbol) && isPlain(node.right);
}

/** An expression whose evaluation does nothing; a function in it is only made. */
function isPlain(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (isFunctionNode(node)) return true;
  if (ts.isConditionalExpression(node))
    return isEffectFree(node.condition) && isPlain(node.whenTrue) && isPlain(node.whenFalse);
  if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind))
    return isPlain(node.left) && isPlain(node.right);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return ts.isIdentifier(unwrap(node.left)) && isPlain(node.right);
  return isEffectFree(node);
}

function isLogicalAssignment(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.BarBarEqualsToken || kind === ts.SyntaxKind.QuestionQuestionEqualsToken;
}

/**
 * Runs a preamble for one call.
 *
 * @param mayBeFunction whether an argument may be a function; the last one that may is taken for the callback
 */
export function runPreamble(
  session: Session,
  node: FunctionNode,
  statements: readonly ts.Statement[],
  call: CallNode,
  mayBeFunction: (argument: ts.Expression) => boolean,
): Slots | undefined {
  return new Run(session, node, call, mayBeFunction).run(statements);
}

/** `function () {}`, `() => {}`, and names of such functions. */
export function isNoop(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (isFunctionNode(node)) return isEmptyFunction(node);
  if (!ts.isIdentifier(node)) return false;
  const symbol = session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return false;
  if (session.referencesOf(symbol).some((name) => isWritten(name))) return false;
  if (ts.isFunctionDeclaration(declaration)) return isEmptyFunction(declaration);
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  const initializer = unwrap(declaration.initializer);
  return isFunctionNode(initializer) && isEmptyFunction(initializer);
}

function isEmptyFunction(node: FunctionNode): boolean {
  return node.body !== undefined && ts.isBlock(node.body) && node.body.statements.length === 0;
}

type Outcome =
  | Slot
  | {
      readonly kind: 'known';
      readonly value: string | number | boolean;
      /** The literal that it is written as. */
      readonly literal?: ts.Expression;
    };

class Run {
  private readonly slots = new Map<ts.Symbol, Slot>();

  constructor(
    private readonly session: Session,
    node: FunctionNode,
    private readonly call: CallNode,
    private readonly mayBeFunction: (argument: ts.Expression) => boolean,
  ) {
    const given = call.arguments ?? [];
    const last = given[given.length - 1];
    const hasCallback = last !== undefined && mayBeFunction(last);
    node.parameters.forEach((parameter, index) => {
      const symbol = ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
      if (symbol === undefined) return;
      this.slots.set(
        symbol,
        this.slotOf(parameter, given[index], index, hasCallback && index === given.length - 1),
      );
    });
  }

  private slotOf(
    parameter: ts.ParameterDeclaration,
    argument: ts.Expression | undefined,
    index: number,
    isCallback: boolean,
  ): Slot {
    if (isCallback) return { kind: 'callback' };
    if (argument !== undefined && !isUndefined(argument)) return { kind: 'argument', index };
    return parameter.initializer === undefined ? { kind: 'absent' } : this.made(parameter.initializer);
  }

  private made(expression: ts.Expression): Slot {
    if (isNoop(this.session, expression)) return { kind: 'noop' };
    return isUndefined(expression) ? { kind: 'absent' } : { kind: 'value', expression };
  }

  run(statements: readonly ts.Statement[]): Slots | undefined {
    for (const statement of statements) if (!this.statement(statement)) return undefined;
    return this.slots;
  }

  private statement(statement: ts.Statement): boolean {
    if (ts.isExpressionStatement(statement)) return this.evaluate(statement.expression) !== undefined;
    if (ts.isBlock(statement)) return statement.statements.every((inner) => this.statement(inner));
    if (!ts.isIfStatement(statement)) return false;
    const test = this.truth(statement.expression);
    if (test === undefined) return false;
    const branch = test ? statement.thenStatement : statement.elseStatement;
    return branch === undefined || statementsOf(branch).every((inner) => this.statement(inner));
  }

  private evaluate(expression: ts.Expression): Outcome | undefined {
    const node = unwrap(expression);
    if (ts.isIdentifier(node)) {
      const symbol = this.session.symbolOf(node);
      const slot = symbol === undefined ? undefined : this.slots.get(symbol);
      return slot ?? this.made(node);
    }
    if (ts.isTypeOfExpression(node)) return this.typeOf(node.expression);
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'arguments.length')
      return { kind: 'known', value: this.call.arguments?.length ?? 0 };
    if (ts.isConditionalExpression(node)) {
      const test = this.truth(node.condition);
      return test === undefined ? undefined : this.evaluate(test ? node.whenTrue : node.whenFalse);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      const test = this.truth(node.operand);
      return test === undefined ? undefined : { kind: 'known', value: !test };
    }
    if (ts.isBinaryExpression(node)) return this.binary(node);
    // What runs once at most is the function still.
    const [only] = ts.isCallExpression(node) ? node.arguments : [];
    if (only !== undefined) return this.evaluate(only);
    if (ts.isNumericLiteral(node)) return { kind: 'known', value: Number(node.text), literal: node };
    if (ts.isStringLiteral(node)) return { kind: 'known', value: node.text, literal: node };
    return this.made(node);
  }

  private binary(node: ts.BinaryExpression): Outcome | undefined {
    const kind = node.operatorToken.kind;
    if (isLogical(kind)) return this.either(node.left, node.right, kind);
    if (kind === ts.SyntaxKind.CommaToken)
      return this.evaluate(node.left) === undefined ? undefined : this.evaluate(node.right);
    if (kind === ts.SyntaxKind.EqualsToken) return this.assign(node.left, this.evaluate(node.right));
    if (isLogicalAssignment(kind)) {
      const operator =
        kind === ts.SyntaxKind.BarBarEqualsToken
          ? ts.SyntaxKind.BarBarToken
          : ts.SyntaxKind.QuestionQuestionToken;
      return this.assign(node.left, this.either(node.left, node.right, operator));
    }
    return this.compare(node);
  }

  private either(left: ts.Expression, right: ts.Expression, kind: ts.SyntaxKind): Outcome | undefined {
    const first = this.evaluate(left);
    if (first === undefined) return undefined;
    const test = kind === ts.SyntaxKind.QuestionQuestionToken ? isThere(first) : this.truthOf(first);
    if (test === undefined) return undefined;
    const takesLeft = kind === ts.SyntaxKind.AmpersandAmpersandToken ? !test : test;
    return takesLeft ? first : this.evaluate(right);
  }

  private assign(target: ts.Expression, value: Outcome | undefined): Outcome | undefined {
    const name = unwrap(target);
    const symbol = ts.isIdentifier(name) ? this.session.symbolOf(name) : undefined;
    if (symbol === undefined || value === undefined) return undefined;
    if (value.kind !== 'known') this.slots.set(symbol, value);
    else if (value.literal === undefined) return undefined;
    else this.slots.set(symbol, { kind: 'value', expression: value.literal });
    return value;
  }

  private compare(node: ts.BinaryExpression): Outcome | undefined {
    const operator = node.operatorToken.getText();
    if (operator === 'instanceof') {
      const left = this.evaluate(node.left);
      if (node.right.getText() !== 'Function' || left === undefined) return undefined;
      return { kind: 'known', value: left.kind === 'callback' || left.kind === 'noop' };
    }
    const left = this.evaluate(node.left);
    const right = this.evaluate(node.right);
    if (left === undefined || right === undefined) return undefined;
    if (left.kind === 'known' && right.kind === 'known') {
      const value = compareKnown(operator, left.value, right.value);
      return value === undefined ? undefined : { kind: 'known', value };
    }
    const isNegated = operator.startsWith('!');
    if (!/^[=!]==?$/.test(operator)) return undefined;
    const isLoose = operator.length === 2;
    const other = isNothingAt(node.right, isLoose)
      ? left
      : isNothingAt(node.left, isLoose)
        ? right
        : undefined;
    const there = other === undefined ? undefined : isThere(other);
    return there === undefined ? undefined : { kind: 'known', value: there === isNegated };
  }

  private typeOf(expression: ts.Expression): Outcome | undefined {
    const slot = this.evaluate(expression);
    const given = slot?.kind === 'argument' ? this.call.arguments?.[slot.index] : undefined;
    if (given !== undefined && this.mayBeFunction(given)) return undefined;
    switch (slot?.kind) {
      case 'callback':
      case 'noop':
        return { kind: 'known', value: 'function' };
      case 'absent':
        return { kind: 'known', value: 'undefined' };
      case 'argument':
      case 'value':
        return { kind: 'known', value: 'no function' };
      default:
        return undefined;
    }
  }

  private truth(expression: ts.Expression): boolean | undefined {
    const outcome = this.evaluate(expression);
    return outcome === undefined ? undefined : this.truthOf(outcome);
  }

  private truthOf(outcome: Outcome): boolean | undefined {
    const given = outcome.kind === 'argument' ? this.call.arguments?.[outcome.index] : undefined;
    if (given !== undefined && isNull(given)) return false;
    return given !== undefined && isObject(given) ? true : truthOf(outcome);
  }
}

function isObject(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}

function truthOf(outcome: Outcome): boolean | undefined {
  switch (outcome.kind) {
    case 'known':
      return Boolean(outcome.value);
    case 'callback':
    case 'noop':
      return true;
    case 'absent':
      return false;
    case 'argument':
      return undefined;
    case 'value':
      return isObject(outcome.expression) ? true : undefined;
  }
}

function isThere(outcome: Outcome): boolean | undefined {
  if (outcome.kind === 'argument') return undefined;
  if (outcome.kind === 'value') return !isNull(outcome.expression);
  return outcome.kind !== 'absent';
}

function compareKnown(
  operator: string,
  left: string | number | boolean,
  right: string | number | boolean,
): boolean | undefined {
  // `typeof x === 'object'` asks for something that the shape of a call does not tell.
  if (left === 'no function' && right !== 'function') return undefined;
  switch (operator) {
    case '===':
    case '==':
      return left === right;
    case '!==':
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return undefined;
  }
}

function isUndefined(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return ts.isVoidExpression(node) || (ts.isIdentifier(node) && node.text === 'undefined');
}

function isNull(expression: ts.Expression): boolean {
  return unwrap(expression).kind === ts.SyntaxKind.NullKeyword;
}

function isNothingAt(expression: ts.Expression, isLoose: boolean): boolean {
  return isUndefined(expression) || (isLoose && isNull(expression));
}
