import { ts } from 'ts-morph';
import type { AwaitStep, Flow, Step } from './flow.js';
import {
  awaitSteps,
  eachStep,
  eachStepWithTasks,
  isErrorless,
  isRollback,
  partsOf,
  tasksOf,
} from './flow.js';
import type { FunctionNode, Session } from './session.js';
import { rejectedName } from './settled.js';
import type { Item } from './split.js';
import { callAt, isBareReturn } from './statement-shape.js';
import { isFunctionNode, someNode, unwrap, visitAll } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/** An error path without what a `finally` and a `catch` of a transaction do for it. */
export interface Handling {
  readonly kind: 'propagates' | 'handled';
  readonly steps: readonly Step[];
  /** The text of the handler modulo white space and the error's name. */
  readonly text: string;
  readonly rollsBack: boolean;
  /** What is done about a rollback that fails; null when nothing is. */
  readonly rollbackFailed: RollbackFailed | null;
}

export interface RollbackFailed {
  readonly errorName: string;
  readonly steps: readonly Step[];
  readonly text: string;
}

/** What an await's error path amounts to; undefined when the code goes on after an error. */
export function handlingOf(session: Session, step: AwaitStep): Handling | undefined {
  if (step.error.kind === 'propagates') {
    const plain = step.error.flow.steps.some((s) => s.kind === 'rollback');
    if (plain) return { kind: 'propagates', steps: [], text: '', rollsBack: true, rollbackFailed: null };
    const rollback = step.error.flow.steps.find((s): s is AwaitStep => s.kind === 'await' && isRollback(s));
    return {
      kind: 'propagates',
      steps: [],
      text: '',
      rollsBack: rollback !== undefined,
      rollbackFailed: rollback === undefined ? null : failureOf(session, rollback),
    };
  }
  if (step.error.kind !== 'handled') return undefined;
  let steps: readonly Step[] = withoutReleases(step.error.flow.steps);
  let rollsBack = steps[0]?.kind === 'rollback';
  if (rollsBack) steps = steps.slice(1);
  let rollbackFailed: RollbackFailed | null = null;
  const [only] = steps;
  if (only?.kind === 'await' && steps.length === 1 && isRollback(only)) {
    if (only.error.kind !== 'tolerated') return undefined;
    rollbackFailed = failureOf(session, only);
    rollsBack = true;
    steps = withoutReleases(only.success.steps);
  }
  return {
    kind: 'handled',
    steps,
    text: handlerText(session, steps, errorSymbol(session, step)),
    rollsBack,
    rollbackFailed,
  };
}

/** The log of a failed rollback, in its own words. */
function failureOf(session: Session, rollback: AwaitStep): RollbackFailed | null {
  if (rollback.error.kind !== 'tolerated' || rollback.error.flow.steps.length === 0) return null;
  const { steps } = rollback.error.flow;
  const errorText = handlerText(session, steps, errorSymbol(session, rollback));
  return { errorName: errorName(rollback)?.text ?? 'err', steps, text: errorText };
}

export function withoutReleases(steps: readonly Step[]): Step[] {
  return steps.filter((step) => step.kind !== 'erased' && (step.kind !== 'release' || step.isReturn));
}

export function errorSymbol(session: Session, step: AwaitStep): ts.Symbol | undefined {
  const name = errorName(step);
  return name === undefined ? undefined : session.symbolOf(name);
}

/** The error parameter of an await's callback. */
export function errorName(step: AwaitStep): ts.Identifier | undefined {
  const { callback, callee, settled } = step.site;
  if (settled !== undefined) return rejectedName(settled);
  if (callback.kind !== 'inline' || isErrorless(callee)) return undefined;
  const name = callback.node.parameters[0]?.name;
  return name !== undefined && ts.isIdentifier(name) ? name : undefined;
}

function handlerText(session: Session, steps: readonly Step[], error: ts.Symbol | undefined): string {
  const items = steps.map((step) => step.item).filter((item) => !isBareReturn(item));
  return items
    .map((item, index) => {
      const text = normalized(session, item, error);
      return index === items.length - 1 ? text.replace(/^return /, '') : text;
    })
    .join('\n');
}

function normalized(session: Session, item: Item, error: ts.Symbol | undefined): string {
  const words: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.getChildCount() > 0) {
      for (const child of node.getChildren()) visit(child);
      return;
    }
    const text = node.getText();
    if (text === '' || text === ';') return;
    words.push(
      ts.isIdentifier(node) && error !== undefined && session.symbolOf(node) === error ? '\u0000error' : text,
    );
  };
  visit(item);
  return words.join(' ');
}

/** Judges whether one `try` may enclose an await and everything that follows it. */
export interface Widening {
  /** The `try` may begin at this await and end where its continuation ends. */
  canWiden(step: AwaitStep): boolean;
  /** The handler of this await may serve as the one `catch` of a transaction or connection around it. */
  canCover(step: AwaitStep, flow: Flow): boolean;
}

export function judgeWidening(
  session: Session,
  values: Values,
  unit: Unit,
  region: 'auto' | 'exact',
): Widening {
  return {
    canWiden(step) {
      const own = handlingOf(session, step);
      if (region === 'exact' || own?.kind !== 'handled' || own.rollsBack) return false;
      // What a callback throws that runs at once reaches whoever made the call.
      const { callee } = step.site;
      if (callee.kind === 'api' && callee.member.mayAnswerAtOnce === true) return false;
      const inner = awaitSteps(step.success);
      if (!endsRequest(values, unit, own.steps)) return false;
      if (inner.some((other) => !hasText(session, other, own.text))) return false;
      if (!usesOnlyOuter(session, unit.root, step, own.steps)) return false;
      return !settles(values, unit, step.success);
    },
    canCover(step, flow) {
      const own = handlingOf(session, step);
      if (own?.kind !== 'handled' || !endsRequest(values, unit, own.steps)) return false;
      if (!usesOnlyOuter(session, unit.root, step, own.steps)) return false;
      let callsOn = false;
      eachStep(flow, (inner) => {
        if (
          inner.kind === 'finish' ||
          inner.kind === 'relay' ||
          (inner.kind === 'await' && inner.site.callback.kind !== 'inline')
        )
          callsOn = true;
        if (
          inner.kind === 'plain' &&
          unit.next !== undefined &&
          !own.steps.includes(inner) &&
          isOnSuccess(flow, inner) &&
          callsNext(values, unit, inner.item)
        )
          callsOn = true;
      });
      return !callsOn;
    },
  };
}

function hasText(session: Session, step: AwaitStep, text: string): boolean {
  const handling = handlingOf(session, step);
  return handling?.kind === 'handled' && !handling.rollsBack && handling.text === text;
}

/** Every path makes one final response call or hands the error on; logging first is fine. */
export function endsRequest(
  values: Values,
  unit: Pick<Unit, 'kind' | 'next'>,
  steps: readonly Step[],
): boolean {
  const items = steps.filter((step) => step.kind === 'plain').map((step) => step.item);
  if (unit.kind !== 'handler' || items.length !== steps.length) return false;
  const calls = items.filter((item) => !isBareReturn(item)).map(callAt);
  const last = calls[calls.length - 1];
  if (last === undefined || calls.some((place) => place === undefined)) return false;
  const enders = calls.filter((place) => place !== undefined && isFinalCall(values, unit, place.call));
  return enders.length === 1 && enders[0] === last;
}

function isFinalCall(values: Values, unit: Pick<Unit, 'next'>, call: ts.CallExpression): boolean {
  if (sendsAnswer(values, call)) return true;
  const callee = unwrap(call.expression);
  const [error] = call.arguments;
  // `next()` and `next('route')` go on with the request, as if nothing had failed.
  if (error === undefined || ts.isStringLiteralLike(error)) return false;
  return ts.isIdentifier(callee) && unit.next !== undefined && values.session.symbolOf(callee) === unit.next;
}

/** `res.json(rows)`, `res.render('page', data)`: with a callback the page is only made. */
export function sendsAnswer(values: Values, call: ts.CallExpression): boolean {
  const last = call.arguments[call.arguments.length - 1];
  const takesCallback = last !== undefined && isFunctionNode(unwrap(last));
  return values.of(call.expression).some((v) => {
    if (v.kind !== 'member') return false;
    if (v.member.kind === 'plain') return v.member.endsRequest === true;
    return v.member.kind === 'callback' && v.member.endsRequest === true && !takesCallback;
  });
}

/** The handler needs nothing that exists only after the call succeeded. */
export function usesOnlyOuter(
  session: Session,
  root: FunctionNode,
  step: AwaitStep,
  steps: readonly Step[],
  region: ts.Node = step.item,
): boolean {
  const own = errorSymbol(session, step);
  const start = region.getStart();
  return !steps.some((inner) =>
    someNode(inner.item, (node) => {
      if (!ts.isIdentifier(node)) return false;
      const symbol = session.symbolOf(node);
      const declaration = symbol?.declarations?.[0];
      if (symbol === undefined || symbol === own || declaration === undefined) return false;
      if (declaration.getSourceFile() !== root.getSourceFile()) return false;
      const isInside = declaration.pos >= inner.item.pos && declaration.end <= inner.item.end;
      const { callback } = step.site;
      const isResult =
        callback.kind === 'inline' &&
        declaration.pos >= callback.node.pos &&
        declaration.end <= callback.node.end;
      return !isInside && (isResult || (declaration.getStart() >= start && declaration.end <= region.end));
    }),
  );
}

/** Somewhere on the success path something is settled that a `catch` around it must not settle again. */
function settles(values: Values, unit: Unit, flow: Flow): boolean {
  let found = false;
  eachStep(flow, (step) => {
    if (step.kind === 'finish' || step.kind === 'relay' || step.kind === 'join') found = true;
    if (
      step.kind === 'await' &&
      step.site.callee.kind === 'api' &&
      step.site.callee.member.transaction !== undefined
    )
      found = true;
    if (step.kind === 'await' && tasksSettle(values, unit, step)) found = true;
    if (step.kind === 'await' && step.site.callback.kind !== 'inline') found = true;
    if (
      step.kind === 'plain' &&
      unit.next !== undefined &&
      isOnSuccess(flow, step) &&
      callsNext(values, unit, step.item)
    )
      found = true;
  });
  return found;
}

/** A task goes on to `next`, or calls the callback of the function around it. */
function tasksSettle(values: Values, unit: Unit, { site }: AwaitStep): boolean {
  return tasksOf(site.callee).some(({ node, unit: own }) => {
    let leaves = false;
    eachStepWithTasks(own.flow, (step) => {
      if (step.kind === 'finish' && step.leaves === true) leaves = true;
    });
    return leaves || (unit.next !== undefined && callsNext(values, unit, node));
  });
}

/** The step is not part of an error path. */
function isOnSuccess(flow: Flow, wanted: Step): boolean {
  return flow.steps.some((step) => {
    if (step === wanted) return true;
    if (step.kind === 'branch') return step.blocks.some((block) => isOnSuccess(block, wanted));
    if (step.kind === 'gather') return partsOf(step).some((part) => isOnSuccess(part, wanted));
    return step.kind === 'await' && isOnSuccess(step.success, wanted);
  });
}

function callsNext(values: Values, unit: Unit, item: ts.Node): boolean {
  return someNode(item, (node) => ts.isIdentifier(node) && values.session.symbolOf(node) === unit.next);
}

/** True when running the items cannot throw, as far as that can be seen. */
export function cannotThrow(values: Values, unit: Pick<Unit, 'next'>, items: readonly Item[]): boolean {
  return items.every((item) => isHarmless(values, unit, item));
}

function isHarmless(values: Values, unit: Pick<Unit, 'next'>, item: Item): boolean {
  if (ts.isEmptyStatement(item) || ts.isFunctionDeclaration(item)) return true;
  if (ts.isVariableStatement(item)) {
    return item.declarationList.declarations.every(
      (d) =>
        d.initializer === undefined ||
        (isHarmlessExpression(values, unit, d.initializer) && isHarmlessPattern(values, d)),
    );
  }
  if (ts.isReturnStatement(item))
    return item.expression === undefined || isHarmlessExpression(values, unit, item.expression);
  if (ts.isExpressionStatement(item)) return isHarmlessExpression(values, unit, item.expression);
  if (ts.isBlock(item)) return cannotThrow(values, unit, [...item.statements]);
  if (ts.isIfStatement(item)) {
    const branches = [item.thenStatement, ...(item.elseStatement === undefined ? [] : [item.elseStatement])];
    return isHarmlessExpression(values, unit, item.expression) && cannotThrow(values, unit, branches);
  }
  return ts.isExpression(item as ts.Node) && isHarmlessExpression(values, unit, item as ts.Expression);
}

/** Destructuring cannot fail on an object that is always there. */
function isHarmlessPattern(values: Values, declaration: ts.VariableDeclaration): boolean {
  if (ts.isIdentifier(declaration.name)) return true;
  const { initializer } = declaration;
  if (initializer === undefined || !ts.isObjectBindingPattern(declaration.name)) return false;
  if (!values.of(initializer).some((v) => v.kind === 'object-of')) return false;
  return declaration.name.elements.every((e) => ts.isIdentifier(e.name) && e.initializer === undefined);
}

function isHarmlessExpression(values: Values, unit: Pick<Unit, 'next'>, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  const isSafe = (inner: ts.Expression): boolean => isHarmlessExpression(values, unit, inner);
  if (ts.isIdentifier(node) || ts.isLiteralExpression(node) || isFunctionNode(node)) return true;
  if (
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  )
    return true;
  if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return isSafe(node.operand);
  if (ts.isPropertyAccessExpression(node)) return isNeverNull(values, node.expression);
  if (ts.isArrayLiteralExpression(node))
    return node.elements.every((e) => !ts.isSpreadElement(e) && isSafe(e));
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every(
      (p) => ts.isShorthandPropertyAssignment(p) || (ts.isPropertyAssignment(p) && isSafe(p.initializer)),
    );
  }
  if (ts.isConditionalExpression(node))
    return isSafe(node.condition) && isSafe(node.whenTrue) && isSafe(node.whenFalse);
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    const isLogical =
      kind === ts.SyntaxKind.BarBarToken ||
      kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      kind === ts.SyntaxKind.QuestionQuestionToken;
    const isEquality =
      kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
    return (isLogical || isEquality) && isSafe(node.left) && isSafe(node.right);
  }
  if (ts.isCallExpression(node)) return isHarmlessCall(values, unit, node) && node.arguments.every(isSafe);
  return false;
}

/** Something that is certainly an object: a caught error, an object that the framework always makes, `console`. */
function isNeverNull(values: Values, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const symbol = values.session.symbolOf(node);
    if (symbol === undefined) return node.text === 'console' || node.text === 'process';
    if (isErrorParameter(symbol)) return true;
  }
  return values.of(node).some((v) => v.kind === 'object-of');
}

function isErrorParameter(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  return (
    declaration !== undefined &&
    ts.isParameter(declaration) &&
    declaration.parent.parameters[0] === declaration &&
    ts.isCallExpression(declaration.parent.parent)
  );
}

function isHarmlessCall(values: Values, unit: Pick<Unit, 'next'>, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (
    ts.isPropertyAccessExpression(callee) &&
    ts.isIdentifier(callee.expression) &&
    callee.expression.text === 'console'
  )
    return true;
  if (ts.isIdentifier(callee)) {
    if (['Number', 'String', 'Boolean', 'parseInt', 'parseFloat'].includes(callee.text))
      return values.session.symbolOf(callee) === undefined;
    return unit.next !== undefined && values.session.symbolOf(callee) === unit.next;
  }
  const found = values
    .of(callee)
    .some((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.neverThrows === true);
  if (!found || !ts.isPropertyAccessExpression(callee)) return false;
  const receiver = unwrap(callee.expression);
  if (ts.isIdentifier(receiver) || isOfLibrary(values, receiver)) return true;
  return ts.isCallExpression(receiver) && isHarmlessCall(values, unit, receiver);
}

/** `mongoose.Types.ObjectId`: what a package has is there. */
function isOfLibrary(values: Values, node: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(node)) return false;
  const owner = unwrap(node.expression);
  return values.of(owner).some((v) => v.kind === 'library') || isOfLibrary(values, owner);
}

/** Every identifier of a node that refers to a symbol. */
export function namesIn(session: Session, node: ts.Node, symbol: ts.Symbol): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  visitAll(node, (inner) => {
    if (ts.isIdentifier(inner) && session.symbolOf(inner) === symbol) found.push(inner);
  });
  return found;
}
