import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { isAssignment, isExportsObject } from './modules.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import { hasModifier, isFunctionNode, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Expressions that may be a use of a function: names, members, the function itself; not names being declared. */
export function isFunctionPlace(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) {
    if (isMemberName(node)) return false;
    const parent = node.parent;
    if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node;
    return !isDeclaredName(node);
  }
  if (ts.isPropertyAccessExpression(node)) {
    const parent = node.parent;
    return !(
      ts.isBinaryExpression(parent) &&
      parent.left === node &&
      isAssignment(parent.operatorToken.kind)
    );
  }
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

export function isDeclaredName(name: ts.Identifier): boolean {
  const parent = name.parent;
  return (
    ((ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      isFunctionNode(parent) ||
      ts.isClassLike(parent)) &&
      parent.name === name) ||
    ts.isImportClause(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isTypeReferenceNode(parent) ||
    (ts.isBinaryExpression(parent) && parent.left === name && isAssignment(parent.operatorToken.kind))
  );
}

export function declaredName(node: FunctionNode): string | undefined {
  const name = node.name;
  return name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined;
}

/** The name under which a place stores a value: a variable, a member, a property. */
export function nameGiven(parent: ts.Node, value: ts.Expression): string | undefined {
  if (ts.isVariableDeclaration(parent) && parent.initializer === value && ts.isIdentifier(parent.name))
    return parent.name.text;
  if (
    ts.isBinaryExpression(parent) &&
    parent.right === value &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  ) {
    const target = unwrap(parent.left);
    if (ts.isPropertyAccessExpression(target)) return target.name.text;
    if (ts.isElementAccessExpression(target) && ts.isStringLiteralLike(target.argumentExpression))
      return target.argumentExpression.text;
    return ts.isIdentifier(target) ? target.text : undefined;
  }
  if (ts.isPropertyAssignment(parent) && parent.initializer === value)
    return parent.name.getText().replace(/['"]/g, '');
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name.text;
  if (ts.isPropertyDeclaration(parent) && parent.initializer === value) return parent.name.getText();
  if (ts.isExportAssignment(parent)) return 'default';
  if (ts.isExportSpecifier(parent)) return parent.name.text;
  return undefined;
}

export function isExportedPlace(session: Session, parent: ts.Node): boolean {
  if (ts.isExportAssignment(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isBinaryExpression(parent)) {
    const target = unwrap(parent.left);
    return (
      isExportsObject(session, target) ||
      (ts.isPropertyAccessExpression(target) && isExportsObject(session, target.expression))
    );
  }
  if (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent))
    return isExportedValue(session, parent.parent);
  if (ts.isVariableDeclaration(parent)) return hasModifier(parent.parent.parent, ts.SyntaxKind.ExportKeyword);
  return false;
}

export function isExportedValue(session: Session, node: ts.Expression): boolean {
  const outer = outermost(node);
  return (
    ts.isExportAssignment(outer.parent) ||
    (ts.isBinaryExpression(outer.parent) && isExportsObject(session, unwrap(outer.parent.left)))
  );
}

/**
 * `options.make = options.make || make`, `run(given || make)`: the function is put where it cannot be followed, since the
 * other value is not known.
 */
export function placeOfChoice(values: Values, value: ts.Expression, node: FunctionNode): ts.Node | undefined {
  let whole = value;
  while (isChoice(whole.parent, whole)) whole = outermost(whole.parent as ts.Expression);
  if (whole === value || values.of(whole).some((v) => v.kind === 'function' && v.node === node))
    return undefined;
  const { parent } = whole;
  const isStored =
    ts.isPropertyAssignment(parent) ||
    (ts.isBinaryExpression(parent) &&
      parent.right === whole &&
      isAssignment(parent.operatorToken.kind) &&
      !ts.isIdentifier(unwrap(parent.left)));
  const isGiven = ts.isCallExpression(parent) && parent.expression !== whole;
  return isStored || isGiven ? parent : undefined;
}

function isChoice(parent: ts.Node, value: ts.Expression): boolean {
  if (ts.isConditionalExpression(parent)) return parent.condition !== value;
  return (
    ts.isBinaryExpression(parent) &&
    parent.right === value &&
    (parent.operatorToken.kind === ts.SyntaxKind.BarBarToken ||
      parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
  );
}

/** Places through which a value only passes, or is only looked at. */
export function isTransparent(parent: ts.Node, value: ts.Expression): boolean {
  if (ts.isConditionalExpression(parent)) return true;
  if (ts.isBinaryExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === value) {
    return !['call', 'apply', 'bind'].includes(parent.name.text);
  }
  return (
    ts.isTypeOfExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isIfStatement(parent) ||
    ts.isExpressionStatement(parent) ||
    ts.isTypeQueryNode(parent) ||
    ts.isReturnStatement(parent)
  );
}

const predicates = new Set([
  'filter',
  'some',
  'every',
  'find',
  'findIndex',
  'sort',
  'reduce',
  'reduceRight',
  'replace',
  'flatMap',
]);

export function escapeHazard(at: ts.Expression, parent: ts.Node): Hazard {
  const callee =
    ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression)
      ? parent.expression.name.text
      : undefined;
  if (callee === 'forEach')
    return hazard('H-FOREACH', 'blocks', '`forEach` waits for nobody', at, 'write it as a `for … of` loop');
  if (callee === 'map')
    return hazard(
      'H-FOREACH',
      'blocks',
      '`map` would collect promises',
      at,
      'write it as a `for … of` loop or with `Promise.all`',
    );
  if (callee !== undefined && predicates.has(callee)) {
    return hazard(
      'H-PREDICATE',
      'blocks',
      `\`${callee}\` cannot wait for its function`,
      at,
      'write it as a loop',
    );
  }
  if (callee === 'bind' || callee === 'call' || callee === 'apply') {
    return hazard(
      'H-DYNAMIC',
      'blocks',
      `the function is called through \`${callee}\``,
      at,
      'call the function directly',
    );
  }
  return hazard(
    'H-FLOATING',
    'blocks',
    'the function is handed to code that cannot be seen',
    at,
    'call it from a function of the project',
  );
}
