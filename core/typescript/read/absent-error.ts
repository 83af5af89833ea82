import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { mayBeAbsentAt } from './error-fields.js';
import { errorSymbol } from './errors.js';
import { awaitSteps, type Flow, type Site } from './flow.js';
import { hazard } from './hazards.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** What a callback gets in the place of the error where there is none. */
export type AbsentError = 'null' | 'undefined' | 'either';

interface Context {
  readonly session: Session;
  readonly candidates: Candidates;
}

/** APIs say `null`; a function of the project says what it writes in its calls of the callback. */
export function absentErrorOf(context: Context, { callee }: Site): AbsentError {
  if (callee.kind !== 'own') return 'null';
  const said = new Set<'null' | 'undefined'>();
  for (const target of callee.targets) collect(context, target, said, new Set());
  if (said.size === 2) return 'either';
  return said.has('undefined') ? 'undefined' : 'null';
}

/** Sites whose success path shows somebody an error that is `null` on some paths and `undefined` on others. */
export function absentErrorHazards(context: Context, flow: Flow): Hazard[] {
  return awaitSteps(flow).flatMap((step) => {
    const isShown = step.nulls.length > 0 || step.error.kind === 'variable';
    if (!isShown || absentErrorOf(context, step.site) !== 'either') return [];
    const error = errorSymbol(context.session, step);
    const strict =
      error === undefined
        ? undefined
        : context.session.referencesOf(error).find((name) => isStrictlyTested(name));
    if (strict !== undefined) {
      const told = 'it tells `null` from `undefined` where its callback gets either of them';
      return [
        hazard('H-ERR-TEST', 'blocks', told, strict, 'give the callback the same where there is no error'),
      ];
    }
    const message = 'where there is no error its callback got `null` or `undefined`; now it is always `null`';
    return [
      hazard(
        'H-ERR-TEST',
        'review',
        message,
        step.site.call,
        'check that nobody tells `null` from `undefined`',
      ),
    ];
  });
}

/**
 * Callers that go on getting their answer through the callback, from a function that says `undefined` where there is no
 * error: what answers for it says `null`.
 */
export function answeredAbsentHazards(context: AnswerContext, root: FunctionNode): Hazard[] {
  const own = context.candidates.ownCallbackOf(root);
  const said = new Set<'null' | 'undefined'>();
  collect(context, root, said, new Set());
  if (own === undefined || !said.has('undefined')) return [];
  const names = context.values
    .callsOf(root)
    .flatMap((call) => errorsOf(context, call.arguments?.[own.index]))
    .flatMap((error) => context.session.referencesOf(error));
  const strict = names.find(isStrictlyTested);
  if (strict !== undefined) {
    const told = 'it tells `null` from `undefined`, and gets `undefined` where there is no error';
    return [hazard('H-ERR-TEST', 'blocks', told, strict, 'call back with `null` where there is no error')];
  }
  const shown = names.find((name) => !ts.isParameter(name.parent) && !isMereTest(name));
  if (shown === undefined) return [];
  const message = 'where there is no error its callback got `undefined`; now it is `null`';
  return [hazard('H-ERR-TEST', 'review', message, shown, 'check that nobody tells `null` from `undefined`')];
}

/** `log(err)`, `expect(err)`: what there is where there is no error goes to somebody who may look at it. */
export function showsAbsentError(
  session: Session,
  callback: ts.FunctionExpression | ts.ArrowFunction,
): boolean {
  const name = callback.parameters[0]?.name;
  const error = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (error === undefined) return false;
  return session
    .referencesOf(error)
    .some((use) => mayBeAbsentAt(session, error, use) && !isMereTest(use) && !isGivenFirst(session, use));
}

/** `done(err, value)`, by a callback of the function around it. */
function isGivenFirst(session: Session, use: ts.Identifier): boolean {
  const { parent } = use;
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== use) return false;
  const callee = unwrap(parent.expression);
  const declaration = ts.isIdentifier(callee) ? session.symbolOf(callee)?.declarations?.[0] : undefined;
  return declaration !== undefined && ts.isParameter(declaration);
}

interface AnswerContext extends Context {
  readonly values: Values;
}

/** The error parameters of what may be given as a callback. */
function errorsOf(context: AnswerContext, argument: ts.Expression | undefined): ts.Symbol[] {
  if (argument === undefined) return [];
  const given = unwrap(argument);
  const functions = isFunctionNode(given)
    ? [given]
    : context.values.of(given).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  return functions.flatMap(({ parameters: [first] }) => {
    const name = first?.name;
    const symbol = name !== undefined && ts.isIdentifier(name) ? context.session.symbolOf(name) : undefined;
    return symbol === undefined ? [] : [symbol];
  });
}

/** `if (err)`, `!err`, `err != null`, `err instanceof Error`, or a place under such a test. */
function isMereTest(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isIfStatement(parent) || ts.isPrefixUnaryExpression(parent)) return true;
  if (ts.isConditionalExpression(parent)) return parent.condition === name;
  if (ts.isBinaryExpression(parent) && parent.left === name)
    return /^(?:==|!=|&&|\|\||\?\?|instanceof)$/.test(parent.operatorToken.getText());
  return isTested(name);
}

/** The place stands under a condition that mentions the name. */
function isTested(name: ts.Identifier): boolean {
  for (let node: ts.Node = name; node.parent !== undefined && !isFunctionNode(node); node = node.parent) {
    const { parent } = node;
    const condition = ts.isIfStatement(parent)
      ? parent.expression
      : ts.isConditionalExpression(parent)
        ? parent.condition
        : undefined;
    if (condition === undefined || condition === node) continue;
    if (someNode(condition, (inner) => ts.isIdentifier(inner) && inner.text === name.text)) return true;
  }
  return false;
}

function isStrictlyTested(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    ts.isBinaryExpression(parent) &&
    (parent.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      parent.operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken)
  );
}

function collect(
  context: Context,
  target: FunctionNode,
  said: Set<'null' | 'undefined'>,
  seen: Set<FunctionNode>,
): void {
  if (seen.has(target)) return;
  seen.add(target);
  const own = context.candidates.ownCallbackOf(target);
  if (own === undefined) return;
  for (const name of context.session.referencesOf(own.symbol)) {
    const { parent } = name;
    if (!ts.isCallExpression(parent)) continue;
    if (parent.expression === name) {
      for (const absent of absentsOf(context.session, parent.arguments[0])) said.add(absent);
      continue;
    }
    const candidate = context.candidates.calls.get(parent);
    if (candidate?.kind === 'own') for (const next of candidate.targets) collect(context, next, said, seen);
    else said.add('null');
  }
}

/** As `absentIn`; a variable that nothing was put into is `undefined`. */
function absentsOf(session: Session, argument: ts.Expression | undefined): ('null' | 'undefined')[] {
  const said = absentIn(argument);
  const node = argument === undefined ? undefined : unwrap(argument);
  const symbol = node !== undefined && ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
  const declaration = symbol?.declarations?.[0];
  const isVariable =
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    ts.isVariableStatement(declaration.parent.parent);
  if (symbol === undefined || !isVariable) return said === undefined ? [] : [said];
  const { initializer } = declaration;
  const given = session.referencesOf(symbol).flatMap(({ parent }) => {
    const isSet = ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    return isSet && unwrap(parent.right).kind === ts.SyntaxKind.NullKeyword ? (['null'] as const) : [];
  });
  const first = initializer === undefined ? 'undefined' : absentIn(initializer);
  return [...(first === undefined ? [] : [first]), ...given];
}

/** What an error argument says when it says that there is none. */
export function absentIn(argument: ts.Expression | undefined): 'null' | 'undefined' | undefined {
  if (argument === undefined) return 'undefined';
  const node = unwrap(argument);
  if (ts.isVoidExpression(node) || (ts.isIdentifier(node) && node.text === 'undefined')) return 'undefined';
  if (node.kind === ts.SyntaxKind.NullKeyword) return 'null';
  if (ts.isBinaryExpression(node)) return absentIn(node.right);
  // An error that is handed on is `null` where the API gave none; where it was tested there is one.
  return ts.isIdentifier(node) && !isTested(node) ? 'null' : undefined;
}
