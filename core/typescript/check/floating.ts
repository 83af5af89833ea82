import { ts } from 'ts-morph';
import { standardMethods } from '../../catalog/promise-methods.js';

/** Not a code of the compiler: a call whose promise nobody waits for. */
const floatingCode = 90_001;

/** A call whose promise nobody waits for, or what may be one. */
export function isFloating({ code }: ts.Diagnostic): boolean {
  return code === floatingCode;
}

/**
 * Calls that answer with a promise, by their types, where a value is wanted or nobody waits. The compiler says nothing of
 * most of them; what was there before the changes is found before, too, and does not count. A call that may answer with
 * one was left to itself before just the same: it is a warning, which is no finding of its own.
 */
export function floatingPromises(program: ts.Program, file: ts.SourceFile): readonly ts.Diagnostic[] {
  const checker = program.getTypeChecker();
  const found: ts.Diagnostic[] = [];
  const visit = (node: ts.Node): void => {
    const level =
      ts.isCallExpression(node) && isMisplaced(checker, node) ? levelOf(checker, node) : undefined;
    if (ts.isCallExpression(node) && level !== undefined) {
      const start = node.getStart(file);
      found.push({
        category: level,
        code: floatingCode,
        file,
        start,
        length: node.end - start,
        messageText: `\`${node.expression.getText(file).replace(/\s+/g, '').slice(0, 60)}\` answers with a promise that nobody waits for.`,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** An error for a promise; a warning for what may be one, of which nobody takes what else it may be. */
function levelOf(checker: ts.TypeChecker, call: ts.CallExpression): ts.DiagnosticCategory | undefined {
  const type = checker.getTypeAtLocation(call);
  const parts = type.isUnion() ? type.types : [type];
  // What answers through a callback that it is given may have a promise for other callers.
  const last = call.arguments[call.arguments.length - 1];
  if (last !== undefined && isCallback(checker, last)) return undefined;
  if (parts.every(isPromise)) return ts.DiagnosticCategory.Error;
  const isStatement = ts.isExpressionStatement(outermost(call).parent);
  return isStatement && parts.some(isPromise) ? ts.DiagnosticCategory.Warning : undefined;
}

function isPromise(type: ts.Type): boolean {
  return type.symbol?.name === 'Promise' && type.getProperty('then') !== undefined;
}

function isCallback(checker: ts.TypeChecker, argument: ts.Expression): boolean {
  if (checker.getTypeAtLocation(argument).getCallSignatures().length > 0) return true;
  return (
    ts.isIdentifier(argument) && /^_?(?:cb|callback|done|next|fn|clb|callbk|cbk)_?$/i.test(argument.text)
  );
}

function isMisplaced(checker: ts.TypeChecker, call: ts.CallExpression): boolean {
  if (isStarted(call)) return false;
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent) || ts.isTemplateSpan(parent) || ts.isPrefixUnaryExpression(parent))
    return true;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent))
    return parent.expression === outer;
  if (ts.isConditionalExpression(parent)) return parent.condition === outer;
  if (ts.isBinaryExpression(parent)) return isValueWanted(parent, outer);
  if (ts.isVariableDeclaration(parent) && parent.initializer === outer && ts.isIdentifier(parent.name))
    return isNeverAwaited(checker, parent.name);
  return ts.isCallExpression(parent) && parent.expression !== outer && isAnyArgument(checker, parent, outer);
}

/** `load().catch(log)`, `(async () => { … })()`: written to go on alone. */
function isStarted({ expression }: ts.CallExpression): boolean {
  const callee = ts.isParenthesizedExpression(expression) ? expression.expression : expression;
  if (ts.isFunctionExpression(callee) || ts.isArrowFunction(callee)) return true;
  return ts.isPropertyAccessExpression(callee) && standardMethods.has(callee.name.text);
}

function outermost(node: ts.Expression): ts.Expression {
  const { parent } = node;
  return ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) || ts.isNonNullExpression(parent)
    ? outermost(parent)
    : node;
}

function isValueWanted({ operatorToken, left }: ts.BinaryExpression, operand: ts.Expression): boolean {
  switch (operatorToken.kind) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return left === operand;
    case ts.SyntaxKind.CommaToken:
      return left === operand;
    default:
      return (
        operatorToken.kind < ts.SyntaxKind.FirstAssignment ||
        operatorToken.kind > ts.SyntaxKind.LastAssignment
      );
  }
}

/** The argument of a call that takes anything, and is not itself waited for: `res.send(load())`. */
function isAnyArgument(checker: ts.TypeChecker, call: ts.CallExpression, argument: ts.Expression): boolean {
  if (isCollecting(call) || isBelowAwait(call) || isSettlement(checker, call)) return false;
  const wanted = checker.getContextualType(argument);
  return wanted === undefined || (wanted.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}

/** `resolve(load())` in `new Promise((resolve) => …)`, which then waits for it. */
function isSettlement(checker: ts.TypeChecker, { expression }: ts.CallExpression): boolean {
  const parameter = checker.getSymbolAtLocation(expression)?.valueDeclaration;
  if (parameter === undefined || !ts.isParameter(parameter)) return false;
  const executor = parameter.parent;
  const promise = executor.parent;
  return (
    executor.parameters[0] === parameter &&
    ts.isNewExpression(promise) &&
    promise.arguments?.[0] === executor &&
    promise.expression.getText() === 'Promise'
  );
}

/** `promises.push(load())`, `Promise.all(load())`. */
function isCollecting({ expression }: ts.CallExpression): boolean {
  return (
    ts.isPropertyAccessExpression(expression) &&
    (/^(?:push|unshift|add|set)$/.test(expression.name.text) || expression.expression.getText() === 'Promise')
  );
}

/** `await expect(load()).rejects.toThrow()`. */
function isBelowAwait(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isAwaitExpression(parent) || ts.isReturnStatement(parent)) return true;
  const isChain =
    ts.isPropertyAccessExpression(parent) || (ts.isCallExpression(parent) && parent.expression === node);
  return isChain && isBelowAwait(parent);
}

/** A variable that holds the promise, and that nothing does anything with which is done with promises. */
function isNeverAwaited(checker: ts.TypeChecker, name: ts.Identifier): boolean {
  const symbol = checker.getSymbolAtLocation(name);
  let isUsed = false;
  let isHandled = false;
  const visit = (node: ts.Node): void => {
    if (isHandled) return;
    if (ts.isIdentifier(node) && node !== name && node.text === name.text && node.parent !== name.parent) {
      const found = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      if (found === symbol) {
        isUsed = true;
        isHandled = isPromiseUse(node);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(name.getSourceFile());
  return isUsed && !isHandled;
}

function isPromiseUse(name: ts.Identifier): boolean {
  const outer = outermost(name);
  const { parent } = outer;
  if (ts.isPropertyAccessExpression(parent)) return standardMethods.has(parent.name.text);
  return !(
    ts.isTemplateSpan(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isIfStatement(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isBinaryExpression(parent) ||
    (ts.isCallExpression(parent) && !isCollecting(parent) && !isBelowAwait(parent))
  );
}
