import { ts } from 'ts-morph';
import type { ErrorTest } from './error-path.js';
import type { Session } from './session.js';
import { unwrap } from './syntax.js';
import { isReassigned } from './writes.js';

/** `cb(err ? new Error('…') : null, value)`: the error that is called back where there is one. */
export function replacedError(argument: ts.Expression, test: ErrorTest): ts.Expression | undefined {
  const node = unwrap(argument);
  if (ts.isConditionalExpression(node)) {
    const truth = test(node.condition);
    if (truth?.kind !== 'constant') return undefined;
    const [failed, succeeded] = truth.value
      ? [node.whenTrue, node.whenFalse]
      : [node.whenFalse, node.whenTrue];
    return isNothing(succeeded) && isCertainlyError(unwrap(failed)) ? failed : undefined;
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken)
    return undefined;
  const truth = test(node.left);
  return truth?.kind === 'constant' && truth.value && isCertainlyError(unwrap(node.right))
    ? node.right
    : undefined;
}

/** `err || null` is the error, or none, and so is `found.error ? found.error : null`. */
export function withoutFallback(argument: ts.Expression): ts.Expression {
  const node = unwrap(argument);
  if (ts.isConditionalExpression(node)) {
    const [asked, given] = [unwrap(node.condition), unwrap(node.whenTrue)];
    const isItself = rootOfRead(asked) !== undefined && asked.getText() === given.getText();
    return isItself && isNothing(node.whenFalse) ? given : node;
  }
  return ts.isBinaryExpression(node) &&
    isNothing(node.right) &&
    /^(?:\|\||\?\?)$/.test(node.operatorToken.getText())
    ? unwrap(node.left)
    : node;
}

/** `found` of `found` and `found.error`: what can be read twice. */
export function rootOfRead(expression: ts.Expression): ts.Identifier | undefined {
  let node = unwrap(expression);
  while (ts.isPropertyAccessExpression(node) && node.questionDotToken === undefined)
    node = unwrap(node.expression);
  return ts.isIdentifier(node) ? node : undefined;
}

/** What a variable holds that is set where it is declared, and nowhere else. */
export function heldBy(session: Session, node: ts.Expression): ts.Expression {
  const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
  const [declaration, ...more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more.length > 0) return node;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return node;
  return isReassigned(session, symbol) ? node : unwrap(declaration.initializer);
}

/** A value that no test takes for nothing, as far as its shape tells. */
export function isCertainlyError(node: ts.Expression): boolean {
  if (ts.isNewExpression(node) || ts.isObjectLiteralExpression(node) || isCertainlyText(node)) return true;
  if (ts.isNumericLiteral(node) || node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (ts.isConditionalExpression(node)) {
    // `err ? err : new Error(…)`
    const isItself = unwrap(node.whenTrue).getText() === unwrap(node.condition).getText();
    const isName = ts.isIdentifier(unwrap(node.condition));
    return (
      ((isItself && isName) || isCertainlyError(unwrap(node.whenTrue))) &&
      isCertainlyError(unwrap(node.whenFalse))
    );
  }
  if (ts.isCallExpression(node)) return /(^|\.)[A-Z]\w*Error$|^Error$|Error$/.test(node.expression.getText());
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.BarBarToken &&
    isCertainlyError(unwrap(node.right))
  );
}

/** A text that has a character at least: `'no ' + name`, `` `no ${name}` ``, `['no', name].join(' ')`. */
function isCertainlyText(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node)) return node.text !== '';
  if (ts.isTemplateExpression(node))
    return node.head.text !== '' || node.templateSpans.some(({ literal }) => literal.text !== '');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return isCertainlyText(unwrap(node.left)) || isCertainlyText(unwrap(node.right));
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const list = unwrap(node.expression.expression);
  return (
    node.expression.name.text === 'join' &&
    ts.isArrayLiteralExpression(list) &&
    list.elements.some((element) => !ts.isSpreadElement(element) && isCertainlyText(unwrap(element)))
  );
}

/** `null`, `undefined`, `void 0`, and the other literals that no code takes for an error. */
export function isNothing(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isVoidExpression(node)
  )
    return true;
  if (ts.isIdentifier(node)) return node.text === 'undefined';
  return (
    (ts.isNumericLiteral(node) && Number(node.text) === 0) ||
    (ts.isStringLiteralLike(node) && node.text === '')
  );
}
