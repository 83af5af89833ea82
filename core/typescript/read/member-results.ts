import { ts } from 'ts-morph';
import { type AwaitStep, runsOnlyWithError, type Site } from './flow.js';
import { isMemberName, type Session } from './session.js';
import { conjunctsOf, isFunctionNode, outermost, someNode, unwrap } from './syntax.js';
import { isReassigned, isWritten } from './writes.js';

/**
 * A step whose later results are members of the first, which the promise form of the call gives: of `(err, response,
 * body)` it holds `response`, and `body` is `response.body`, or `response?.body` where there may be an error instead, or a
 * variable of its own where it is set anew. It stays as it is where one of them is read where there is none.
 */
export function withMemberResults(session: Session, step: AwaitStep): AwaitStep {
  const { isWrapped, callee, ...site } = step.site;
  const members = isWrapped === true ? membersOf(session, step) : undefined;
  if (members === undefined || callee.kind !== 'api') return step;
  return { ...step, site: { ...site, callee, awaited: callee.member.awaited, members } };
}

function membersOf(session: Session, step: AwaitStep): Site['members'] {
  const { callback, callee } = step.site;
  if (callback.kind !== 'inline' || callee.kind !== 'api') return undefined;
  const [first, ...others] = callback.node.parameters.slice(1);
  const name = first?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined || isReassigned(session, symbol)) return undefined;
  const goesOn = step.error.kind === 'variable' || step.error.kind === 'tolerated';
  const failure = callback.node.parameters[0]?.name;
  const error = failure !== undefined && ts.isIdentifier(failure) ? session.symbolOf(failure) : undefined;
  const members = new Map<ts.Symbol, string>();
  const held: { symbol: ts.Symbol; member: string }[] = [];
  const unsure = new Set<ts.Node>();
  for (const [index, other] of others.entries()) {
    const result = ts.isIdentifier(other.name) ? session.symbolOf(other.name) : undefined;
    const uses = result === undefined ? [] : session.referencesOf(result).filter((use) => use !== other.name);
    if (result !== undefined && uses.length === 0) continue;
    const member = callee.member.results[index + 1]?.member;
    if (result === undefined || member === undefined || other.type !== undefined) return undefined;
    if (uses.some((use) => runsOnlyWithError(step, use))) return undefined;
    if (uses.some((use) => isWritten(use))) {
      if (goesOn) return undefined;
      held.push({ symbol: result, member });
      continue;
    }
    const isHeld =
      !session.referencesOf(symbol).some((use) => isChanged(use, member)) &&
      !uses.some((use) => isHidden(session, symbol, use, callback.node));
    if (!isHeld) return undefined;
    members.set(result, member);
    if (goesOn) for (const use of uses) if (!isGivenAt(session, { of: symbol, error }, use)) unsure.add(use);
  }
  return members.size + held.length === 0 ? undefined : { of: symbol, members, held, unsure };
}

/** `if (!error && response.statusCode === 200) use(body);` */
function isGivenAt(
  session: Session,
  { of, error }: { readonly of: ts.Symbol; readonly error: ts.Symbol | undefined },
  use: ts.Node,
): boolean {
  const isRead = (side: ts.Expression): boolean => {
    const node = unwrap(side);
    return (
      ts.isPropertyAccessExpression(node) &&
      node.questionDotToken === undefined &&
      ts.isIdentifier(node.expression) &&
      session.symbolOf(node.expression) === of
    );
  };
  const isAbsent = (node: ts.Expression): boolean =>
    error !== undefined &&
    ts.isPrefixUnaryExpression(node) &&
    node.operator === ts.SyntaxKind.ExclamationToken &&
    ts.isIdentifier(node.operand) &&
    session.symbolOf(node.operand) === error &&
    !isReassigned(session, error);
  const isTold = (condition: ts.Expression): boolean =>
    conjunctsOf(condition).some(
      (part) =>
        isAbsent(part) ||
        isRead(part) ||
        (ts.isBinaryExpression(part) &&
          isComparison(part.operatorToken.kind) &&
          (isRead(part.left) || isRead(part.right))),
    );
  for (let node = use; node.parent !== undefined && !isFunctionNode(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && parent.thenStatement === node && isTold(parent.expression)) return true;
    if (ts.isConditionalExpression(parent) && parent.whenTrue === node && isTold(parent.condition))
      return true;
    const isAnd =
      ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    if (isAnd && parent.right === node && isTold(parent.left)) return true;
  }
  return false;
}

function isComparison(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.LessThanToken && kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken;
}

/** `response.body = …` */
function isChanged(use: ts.Identifier, member: string): boolean {
  const { parent } = outermost(use);
  if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== member) return false;
  return isWritten(parent) || ts.isDeleteExpression(parent.parent);
}

/** Something else of that name is declared between the callback and the use. */
function isHidden(session: Session, symbol: ts.Symbol, use: ts.Node, callback: ts.Node): boolean {
  for (let node = use; node !== callback && node.parent !== undefined; node = node.parent) {
    const scope = isFunctionNode(node) || ts.isBlock(node) || ts.isCatchClause(node) ? node : undefined;
    const isOther = (one: ts.Node): boolean =>
      ts.isIdentifier(one) &&
      one.text === symbol.name &&
      !isMemberName(one) &&
      session.symbolOf(one) !== symbol;
    if (scope !== undefined && someNode(scope, isOther)) return true;
  }
  return false;
}
