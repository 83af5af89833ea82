import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type Answering, answersBesideError } from './answers.js';
import { isErrorless, type Site, type SiteCallee } from './flow.js';
import { hazard } from './hazards.js';
import type { Session } from './session.js';
import type { Item } from './split.js';
import { isFunctionNode, unwrap } from './syntax.js';

/** What running a piece of code comes to as long as the result is missing. */
type Outcome =
  /** It fails, and has done nothing before. */
  | 'fails'
  /** It has done nothing, and goes on. */
  | 'clear'
  /** It did something, or may not get to what comes next. */
  | 'over';

/**
 * An error leaves no result, and the code fails on that before it does anything, or looks at the error: `rows.length` of
 * no rows. It ended there, with an exception that nobody saw.
 */
export function endsInCrash(
  answering: Answering,
  { callee, callback }: Site,
  items: readonly Item[],
  before: readonly Item[],
): boolean {
  if (before.length > 0 || callback.kind !== 'inline') return false;
  if (isErrorless(callee) || answersWithError(answering, callee)) return false;
  const result = callback.node.parameters[1];
  if (result === undefined || result.initializer !== undefined || result.dotDotDotToken !== undefined)
    return false;
  if (!ts.isIdentifier(result.name)) return true;
  const symbol = answering.session.symbolOf(result.name);
  return symbol !== undefined && new Reader(answering.session, symbol).items(items) === 'fails';
}

/** What there is to say of it. */
export function ignoredCrash(call: ts.Node): Hazard {
  const message = 'an error that is ignored ended in an exception that nobody caught; now it is a rejection';
  return hazard('H-CRASH', 'note', message, call);
}

/** It may give a result together with an error. */
export function answersWithError(answering: Answering, callee: SiteCallee): boolean {
  switch (callee.kind) {
    case 'api':
      // What tasks have done before one of them fails comes with its error.
      return callee.runs !== undefined || callee.member.errorCarries !== undefined;
    case 'own':
      return answersBesideError(answering, callee.targets);
    case 'control':
      return true;
  }
}

class Reader {
  constructor(
    private readonly session: Session,
    private readonly result: ts.Symbol,
  ) {}

  items(items: readonly Item[]): Outcome {
    return this.all(items.map((item) => () => this.item(item)));
  }

  /** One after the other, as long as nothing has happened. */
  private all(parts: readonly (() => Outcome)[]): Outcome {
    for (const part of parts) {
      const outcome = part();
      if (outcome !== 'clear') return outcome;
    }
    return 'clear';
  }

  private item(item: Item): Outcome {
    return ts.isExpression(item as ts.Node)
      ? this.value(item as ts.Expression)
      : this.statement(item as ts.Statement);
  }

  private statement(node: ts.Statement): Outcome {
    if (ts.isFunctionDeclaration(node) || ts.isEmptyStatement(node)) return 'clear';
    if (ts.isBlock(node)) return this.all(node.statements.map((inner) => () => this.statement(inner)));
    if (ts.isExpressionStatement(node)) return this.value(node.expression);
    if (ts.isVariableStatement(node)) return this.declarations(node.declarationList);
    if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
      const isIterated = ts.isForOfStatement(node) && this.isResult(node.expression);
      return isIterated ? 'fails' : last(this.value(node.expression));
    }
    if (ts.isForStatement(node))
      return last(this.all([() => this.initializer(node.initializer), () => this.given(node.condition)]));
    if (ts.isReturnStatement(node)) return last(this.given(node.expression));
    if (
      ts.isIfStatement(node) ||
      ts.isSwitchStatement(node) ||
      ts.isWhileStatement(node) ||
      ts.isThrowStatement(node)
    )
      return last(this.value(node.expression));
    return 'over';
  }

  private initializer(node: ts.ForInitializer | undefined): Outcome {
    return node !== undefined && ts.isVariableDeclarationList(node)
      ? this.declarations(node)
      : this.given(node);
  }

  private declarations(list: ts.VariableDeclarationList): Outcome {
    return this.all(
      list.declarations.map((declaration) => () => {
        const { name, initializer } = declaration;
        if (ts.isIdentifier(name) || initializer === undefined) return this.given(initializer);
        if (this.isResult(initializer)) return 'fails';
        const outcome = this.value(initializer);
        return isPlain(name) ? outcome : last(outcome);
      }),
    );
  }

  private given(node: ts.Expression | undefined): Outcome {
    return node === undefined ? 'clear' : this.value(node);
  }

  private value(expression: ts.Expression): Outcome {
    const node = unwrap(expression);
    if (ts.isIdentifier(node) || isConstant(node) || isFunctionNode(node)) return 'clear';
    if (ts.isPropertyAccessExpression(node)) return this.member(node, []);
    if (ts.isElementAccessExpression(node)) return this.member(node, [node.argumentExpression]);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const started = this.value(node.expression);
      if (started !== 'clear') return started;
      return ts.isCallExpression(node) && node.questionDotToken !== undefined
        ? 'over'
        : last(this.values(node.arguments ?? []));
    }
    if (ts.isBinaryExpression(node)) return this.binary(node);
    if (ts.isConditionalExpression(node)) return last(this.value(node.condition));
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const outcome = this.value(node.operand);
      return /^(?:\+\+|--)$/.test(ts.tokenToString(node.operator) ?? '') ? last(outcome) : outcome;
    }
    if (ts.isTypeOfExpression(node) || ts.isVoidExpression(node)) return this.value(node.expression);
    if (ts.isDeleteExpression(node) || ts.isAwaitExpression(node)) return last(this.value(node.expression));
    if (ts.isTemplateExpression(node)) return this.values(node.templateSpans.map((span) => span.expression));
    if (ts.isArrayLiteralExpression(node)) return this.values(node.elements);
    if (ts.isObjectLiteralExpression(node))
      return this.all(node.properties.map((part) => () => this.property(part)));
    return 'over';
  }

  private values(nodes: readonly ts.Expression[]): Outcome {
    return this.all(
      nodes.map((node) => () => {
        if (!ts.isSpreadElement(node)) return this.value(node);
        return this.isResult(node.expression) ? 'fails' : last(this.value(node.expression));
      }),
    );
  }

  /** `rows.length`, `rows[0]`. */
  private member(
    node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
    keys: readonly ts.Expression[],
  ): Outcome {
    const before = this.value(node.expression);
    if (before !== 'clear') return before;
    // Behind `?.` nothing may come of it.
    if (node.questionDotToken !== undefined) return 'over';
    const key = this.values(keys);
    return key === 'clear' && this.isResult(node.expression) ? 'fails' : key;
  }

  private binary(node: ts.BinaryExpression): Outcome {
    const operator = node.operatorToken.kind;
    if (isShort(operator)) return last(this.value(node.left));
    if (operator !== ts.SyntaxKind.EqualsToken)
      return (isAssignment(operator) ? last : same)(this.values([node.left, node.right]));
    const left = unwrap(node.left);
    if (ts.isIdentifier(left)) return last(this.value(node.right));
    if (!ts.isPropertyAccessExpression(left) && !ts.isElementAccessExpression(left)) return 'over';
    const keys = ts.isElementAccessExpression(left) ? [left.argumentExpression] : [];
    const outcome = this.values([left.expression, ...keys, node.right]);
    return outcome === 'clear' && this.isResult(left.expression) ? 'fails' : last(outcome);
  }

  private property(node: ts.ObjectLiteralElementLike): Outcome {
    if (ts.isShorthandPropertyAssignment(node) || ts.isMethodDeclaration(node)) return 'clear';
    if (!ts.isPropertyAssignment(node) || ts.isComputedPropertyName(node.name)) return 'over';
    return this.value(node.initializer);
  }

  private isResult(expression: ts.Expression): boolean {
    const node = unwrap(expression);
    return ts.isIdentifier(node) && this.session.symbolOf(node) === this.result;
  }
}

/** `{ name, password }`: taking it apart does nothing else. */
function isPlain(pattern: ts.BindingPattern): boolean {
  return (
    ts.isObjectBindingPattern(pattern) &&
    pattern.elements.every(
      ({ name, initializer, propertyName }) =>
        ts.isIdentifier(name) &&
        initializer === undefined &&
        (propertyName === undefined || ts.isIdentifier(propertyName)),
    )
  );
}

/** Nothing is known of what comes behind it. */
function last(outcome: Outcome): Outcome {
  return outcome === 'clear' ? 'over' : outcome;
}

function same(outcome: Outcome): Outcome {
  return outcome;
}

function isShort(operator: ts.SyntaxKind): boolean {
  return (
    operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken ||
    operator === ts.SyntaxKind.QuestionQuestionToken
  );
}

function isAssignment(operator: ts.SyntaxKind): boolean {
  return operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
}

function isConstant(node: ts.Node): boolean {
  return (
    ts.isLiteralExpression(node) ||
    node.kind === ts.SyntaxKind.ThisKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  );
}
