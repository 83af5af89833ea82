import { ts } from 'ts-morph';
import type { Rewriter } from './rewriter.js';

/** A semicolon where a line that begins with a parenthesis would go on with a line that ends without one. */
export function guardBefore(call: ts.Expression): string {
  let node: ts.Node = call;
  while (!ts.isStatement(node)) {
    if (node.parent.getStart() !== call.getStart()) return '';
    node = node.parent;
  }
  const { parent } = node;
  const isList = ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent);
  const previous = isList ? parent.statements[parent.statements.indexOf(node) - 1] : undefined;
  if (previous === undefined || previous.getText().endsWith(';')) return '';
  return goesOn(previous) ? ';' : '';
}

/** A statement that a semicolon may end. */
function goesOn(statement: ts.Statement): boolean {
  if (ts.isIfStatement(statement)) return goesOn(statement.elseStatement ?? statement.thenStatement);
  if (ts.isIterationStatement(statement, false) && !ts.isDoStatement(statement))
    return goesOn(statement.statement);
  if (ts.isLabeledStatement(statement) || ts.isWithStatement(statement)) return goesOn(statement.statement);
  return (
    ts.isExpressionStatement(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isReturnStatement(statement) ||
    ts.isThrowStatement(statement) ||
    ts.isDoStatement(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isImportEqualsDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isExportAssignment(statement)
  );
}

/** The same for what takes the place of an expression, in code without semicolons. */
export function guardOf(rewriter: Rewriter, expression: ts.Expression): string {
  if (rewriter.styleOf(expression).semicolon !== '' || beginsWritten(rewriter, expression)) return '';
  let statement: ts.Node = expression;
  while (statement.parent !== undefined && statement.parent.getStart() === expression.getStart())
    statement = statement.parent;
  return ts.isStatement(statement) ? ';' : '';
}

/** `new Promise(…).then(f)`, where what the chain becomes begins with an `await`. */
function beginsWritten({ notes, plan }: Rewriter, expression: ts.Expression): boolean {
  let access = expression.parent;
  while (ts.isPropertyAccessExpression(access) && ts.isCallExpression(access.parent)) {
    const call = access.parent;
    const id = notes.ids.of(call);
    if (plan.decisions.some((one) => one.kind === 'convert-call' && one.call === id)) return true;
    access = call.parent;
  }
  return false;
}
