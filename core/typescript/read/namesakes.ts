import { ts } from 'ts-morph';
import { absentIn } from './absent-error.js';
import { mayAnswerTwice } from './answering-twice.js';
import { isErrorOrNothing } from './error-arguments.js';
import { isFollowed } from './followed-answers.js';
import { runsOften } from './kept-callbacks.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { enclosingFunction, isFunctionNode, outermost, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** What the functions of the project say of an unknown call that may run one of them. */
export type Namesake =
  /** No function of that name takes a callback there. */
  | 'none'
  /** Some function does something else with what it is given. */
  | 'unclear'
  /** They call back once, error first, with one result. */
  | Answering;

interface Answering {
  /** Some of them do so before code of their own that follows. */
  readonly isAtOnce: boolean;
  /** Where there is no error they say `null`, as far as can be seen. */
  readonly saysNull: boolean;
}

/** Finds the functions of the project that a call of a name with a callback at the end may run. */
export type Namesakes = (name: string, call: ts.CallExpression) => Namesake;

export function namesakes(session: Session, values: Values): Namesakes {
  const byName = new Map<string, FunctionNode[]>();
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) {
      for (const name of namesOf(node)) {
        const known = byName.get(name);
        if (known === undefined) byName.set(name, [node]);
        else known.push(node);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return (name, call) => {
    const found = (byName.get(name) ?? []).map((node) => namesakeAt(session, values, node, call));
    if (found.includes('unclear')) return 'unclear';
    const answering = found.filter((one) => typeof one !== 'string');
    if (answering.length === 0) return 'none';
    return {
      isAtOnce: answering.some(({ isAtOnce }) => isAtOnce),
      saysNull: answering.every(({ saysNull }) => saysNull),
    };
  };
}

/** What a function does with the last argument of a call, if it is called. */
function namesakeAt(session: Session, values: Values, node: FunctionNode, call: ts.CallExpression): Namesake {
  const index = call.arguments.length - 1;
  const last = call.arguments[index];
  const { body, parameters } = node;
  const role = values.contractOf(node)?.contract.parameters[index];
  if (role !== undefined) return role.role === 'next' ? 'unclear' : 'none';
  if (body === undefined || parameters.some((p) => p.dotDotDotToken !== undefined)) return 'unclear';
  const readsAll =
    !ts.isArrowFunction(node) &&
    someNode(body, (inner) => ts.isIdentifier(inner) && inner.text === 'arguments');
  if (readsAll) return 'unclear';
  const parameter = parameters.filter((p) => p.name.getText() !== 'this')[index];
  if (parameter === undefined || !ts.isIdentifier(parameter.name)) return 'none';
  const symbol = session.symbolOf(parameter.name);
  if (symbol === undefined) return 'unclear';
  const uses = session.referencesOf(symbol).filter((use) => use !== parameter.name && !isMere(use));
  if (uses.length === 0) return 'none';
  const answers = uses.flatMap(({ parent }, at) =>
    ts.isCallExpression(parent) && parent.expression === uses[at] ? [parent] : [],
  );
  const isOnce =
    uses.every((use) => runsOnce(values, node, use)) &&
    answers.every((answer) => isErrorFirstAnswer(session, answer)) &&
    !mayAnswerTwice(node, answers, () => false);
  if (!isOnce || (answers.some(hasMoreResults) && (last === undefined || !isFunctionNode(unwrap(last)))))
    return 'unclear';
  return {
    isAtOnce: answers.some((answer) => enclosingFunction(answer) === node || isFollowed(answer)),
    saysNull:
      answers.every(({ arguments: [first] }) => absentIn(first) !== 'undefined') &&
      uses.every((use) => isCalled(use) || isGivenToLibrary(values, use)),
  };
}

function isCalled(use: ts.Identifier): boolean {
  return ts.isCallExpression(use.parent) && use.parent.expression === use;
}

function isGivenToLibrary(values: Values, { parent }: ts.Identifier): boolean {
  return ts.isCallExpression(parent) && values.of(parent.expression).some((value) => value.kind === 'member');
}

/** `options.limit`: what is used for its members only is no callback. */
function isMere(use: ts.Identifier): boolean {
  const { parent } = use;
  return (
    ts.isPropertyAccessExpression(parent) &&
    parent.expression === use &&
    !['call', 'apply', 'bind'].includes(parent.name.text)
  );
}

/** `callback()`, `callback(err)`, `callback(null, value)`. */
function isErrorFirstAnswer(session: Session, { arguments: [first] }: ts.CallExpression): boolean {
  return first === undefined || ts.isVoidExpression(first) || isErrorOrNothing(session, unwrap(first));
}

function hasMoreResults({ arguments: given }: ts.CallExpression): boolean {
  return given.length > 2 || given.some(ts.isSpreadElement);
}

/** It stands in no loop of its function, and in no function that is run for each of several things. */
function runsOnce(values: Values, owner: FunctionNode, use: ts.Identifier): boolean {
  for (let node: ts.Node = use; node !== owner; node = node.parent) {
    const { parent } = node;
    if (ts.isIterationStatement(parent, false)) return false;
    if (!(ts.isCallExpression(parent) || ts.isNewExpression(parent)) || parent.expression === node) continue;
    const isGiven = node === use || isFunctionNode(node);
    const isOften = isGiven && runsOften(parent) && !isListed(values, parent);
    if (isOften && !isBehindFunction(values, parent, node)) return false;
  }
  return true;
}

/** `Model.find(query, done)`: what a library is known to call once, whatever its name is. */
function isListed(values: Values, { expression }: CallNode): boolean {
  const callees = values.of(expression);
  return (
    callees.length > 0 &&
    callees.every((value) => value.kind === 'member' && value.member.kind === 'callback')
  );
}

/** `eachSeries(list, store, done)`: what is given behind the function that is run for each is run once. */
function isBehindFunction(values: Values, call: CallNode, node: ts.Node): boolean {
  const given: readonly ts.Expression[] = call.arguments ?? [];
  const before = node === given[given.length - 1] ? given[given.length - 2] : undefined;
  return (
    before !== undefined &&
    (isFunctionNode(unwrap(before)) || values.of(before).some(({ kind }) => kind === 'function'))
  );
}

/** Its own name, and the names of the places that it is put into, also `schema.method('name', function () {})`. */
function namesOf(node: FunctionNode): ReadonlySet<string> {
  return new Set(placesOf(node).filter((name) => name !== undefined));
}

function placesOf(node: FunctionNode): (string | undefined)[] {
  const names: (string | undefined)[] = [plainName(node.name)];
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return names;
  for (let outer = outermost(node); ; outer = outermost(outer.parent as ts.Expression)) {
    const { parent } = outer;
    if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
      names.push(plainName(parent.name));
    else if (ts.isVariableDeclaration(parent)) names.push(parent.name.getText());
    else if (ts.isBinaryExpression(parent)) {
      const target = unwrap(parent.left);
      if (ts.isPropertyAccessExpression(target)) names.push(target.name.text);
      else if (ts.isElementAccessExpression(target)) names.push(literalText(target.argumentExpression));
      else if (ts.isIdentifier(target)) names.push(target.text);
    } else if (ts.isCallExpression(parent)) {
      names.push(...parent.arguments.map(literalText));
    }
    // `exports.a = exports.b = function () {}`, `name: wrap(function () {})`
    if (!ts.isBinaryExpression(parent) && !ts.isCallExpression(parent)) return names;
  }
}

function plainName(name: ts.Node | undefined): string | undefined {
  if (name === undefined) return undefined;
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
}

function literalText(expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  return ts.isStringLiteralLike(node) ? node.text : undefined;
}
