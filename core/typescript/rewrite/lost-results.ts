import { ts } from 'ts-morph';
import { answersBesideError, answersNullBesideError } from '../read/answers.js';
import { isAbsentAt } from '../read/error-fields.js';
import { errorSymbol } from '../read/errors.js';
import { type AwaitStep, isErrorless, mayRunWithError, runsOnlyWithError } from '../read/flow.js';
import { isUnlisted } from '../read/named.js';
import { outermost, rangeOf } from '../read/syntax.js';
import { carriedResults } from './carried-results.js';
import type { Rewriter } from './rewriter.js';

/** Takes a call back whose callback reads a result beside an error, where the rejection does not answer with it. */
export function refuseLostResults(rewriter: Rewriter, step: AwaitStep): void {
  const { session, ids } = rewriter.notes;
  const { call, callback, callee } = step.site;
  if (callback.kind !== 'inline' || callee.kind === 'control') return;
  const isLost = lossOf(rewriter, step);
  if (isLost === undefined) return;
  const carried = carriedResults(session, step);
  const lost = callback.node.parameters.slice(isErrorless(callee) ? 0 : 1).find((parameter) => {
    const symbol = ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
    const uses = symbol === undefined ? [] : session.referencesOf(symbol);
    return uses.some((name) => name !== parameter.name && !carried.has(name) && isLost(name));
  });
  if (lost === undefined) return;
  rewriter.late({
    call: ids.of(call),
    hazard: {
      code: 'H-MULTI-RESULT',
      effect: 'blocks',
      message: `\`${lost.name.getText()}\` is read beside an error`,
      at: { file: session.pathOf(lost), range: rangeOf(lost) },
      unblock: 'read it only where there is no error',
    },
  });
}

/** Which uses of a result get something else from a rejection; undefined where a rejection says the same. */
function lossOf(rewriter: Rewriter, step: AwaitStep): ((name: ts.Identifier) => boolean) | undefined {
  const { session, candidates } = rewriter.notes;
  const { callee } = step.site;
  const runs = (name: ts.Identifier): boolean => mayRunWithError(step, name);
  // Who reads a result of an unknown call where it failed knows that there is one.
  const runsOnly = (name: ts.Identifier): boolean => runsOnlyWithError(step, name);
  if (callee.kind !== 'own') {
    if (callee.kind !== 'api') return undefined;
    if (callee.member.errorCarries !== undefined) return runs;
    return isUnlisted(callee.library) ? runsOnly : undefined;
  }
  const answering = { session, candidates };
  if (answersBesideError(answering, callee.targets)) return runs;
  if (!answersNullBesideError(answering, callee.targets)) return undefined;
  const error = errorSymbol(session, step);
  return (name) =>
    runs(name) && tellsNull(name) && !(error !== undefined && isAbsentAt(session, error, name));
}

/** Anything but `if (user)`, `user || …`, `user == null` or `user.name`, which take `undefined` for the same. */
function tellsNull(value: ts.Expression): boolean {
  const node = outermost(value);
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent))
    return parent.expression !== node;
  if (ts.isIfStatement(parent)) return false;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator !== ts.SyntaxKind.ExclamationToken;
  if (ts.isConditionalExpression(parent)) return parent.condition !== node;
  if (!ts.isBinaryExpression(parent)) return true;
  const operator = parent.operatorToken.getText();
  if (/^[!=]=$/.test(operator)) return false;
  if (parent.left === node && /^(?:\|\||\?\?)$/.test(operator)) return false;
  // It may be what comes of the whole: `user && user.name`.
  return !/^(?:&&|\|\||\?\?)$/.test(operator) || tellsNull(parent);
}
