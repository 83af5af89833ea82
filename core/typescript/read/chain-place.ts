import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type AwaitedValue, awaitedItem } from './awaited-place.js';
import { barrierOf, namesByText } from './barriers.js';
import type { Candidates } from './candidates.js';
import { isInTry, isReaction } from './chain.js';
import { hazard } from './hazards.js';
import { isExecutor } from './own-completion.js';
import type { FunctionNode } from './session.js';
import { enclosingFunction, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Where a chain stands whose code can take its place. */
export interface ChainPlace {
  readonly kind: 'return' | 'statement' | 'arrow' | 'awaited';
  /** What the code takes the place of, or stands in front of. */
  readonly item: ts.Statement | ts.Expression;
  /** It is awaited already. */
  readonly waiting?: ts.AwaitExpression;
  /** What takes its value; undefined where the function ends with it. */
  readonly value?: AwaitedValue;
  /** The function whose code it becomes. */
  readonly owner: FunctionNode;
  /** The function that it is written in: the owner, or a continuation that becomes code of the owner. */
  readonly writtenIn: FunctionNode;
  /** Nothing of the function follows. */
  readonly isLast: boolean;
}

export interface Places {
  readonly values: Values;
  readonly candidates: Candidates;
}

/** The place of a chain whose function can wait for it; undefined where nobody is to wait. */
export function chainPlace(places: Places, call: ts.Expression): ChainPlace | undefined {
  const { values } = places;
  const outer = outermost(call);
  const { parent } = outer;
  const owner = enclosingFunction(call);
  if (owner?.body === undefined || isReaction(owner)) return undefined;
  if (ts.isAwaitExpression(parent)) return outer === call ? awaitedPlace(places, parent, owner) : undefined;
  if (ts.isArrowFunction(parent) && parent.body === outer) {
    if (isLoneCatch(call)) return undefined;
    return { kind: 'arrow', item: outer, owner, writtenIn: owner, isLast: true };
  }
  if (ts.isReturnStatement(parent))
    return { kind: 'return', item: parent, owner, writtenIn: owner, isLast: isLast(parent, owner) };
  if (!ts.isExpressionStatement(parent)) return undefined;
  const home = homeOf(places, owner);
  if (!isHandler(values, home)) return undefined;
  const isEnd = isLast(parent, owner);
  return { kind: 'statement', item: parent, owner: home, writtenIn: owner, isLast: isEnd };
}

/** `() => load().catch(onError)` says in one line what takes five in statements. */
function isLoneCatch(call: ts.Expression): boolean {
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false;
  const [handler] = call.arguments;
  const head = unwrap(call.expression.expression);
  const isFirst =
    !ts.isCallExpression(head) ||
    !ts.isPropertyAccessExpression(head.expression) ||
    !/^(?:then|catch|finally)$/.test(head.expression.name.text);
  return (
    call.expression.name.text === 'catch' &&
    isFirst &&
    handler !== undefined &&
    (ts.isIdentifier(handler) || ts.isPropertyAccessExpression(handler)) &&
    !call.getText().includes('\n')
  );
}

/** The function goes on once the chain is settled, or answers with it. */
function awaitedPlace(
  places: Places,
  waiting: ts.AwaitExpression,
  owner: FunctionNode,
): ChainPlace | undefined {
  const outer = outermost(waiting);
  const { parent } = outer;
  const home = homeOf(places, owner);
  const base = { owner: home, writtenIn: owner, waiting, isLast: false };
  if (ts.isArrowFunction(parent) && parent.body === outer)
    return home === owner ? { ...base, kind: 'arrow', item: outer, isLast: true } : undefined;
  if (ts.isReturnStatement(parent) && outer === waiting && home === owner)
    return { ...base, kind: 'return', item: parent, isLast: isLast(parent, owner) };
  const found = awaitedItem(places.values, waiting);
  return found === undefined ? undefined : { ...base, kind: 'awaited', ...found };
}

/** The function whose code a continuation becomes, and any other function itself. */
function homeOf(places: Places, node: FunctionNode): FunctionNode {
  const { parent } = node;
  if (!ts.isCallExpression(parent)) return node;
  const candidate = places.candidates.calls.get(parent);
  if (candidate === undefined || candidate.kind === 'sync') return node;
  if (candidate.kind === 'callback' && candidate.settled !== undefined) return node;
  const index = candidate.kind === 'own' ? candidate.index : parent.arguments.length - 1;
  const around = parent.arguments[index] === node ? enclosingFunction(parent) : undefined;
  return around === undefined ? node : homeOf(places, around);
}

/** A framework calls it, and looks at nothing that it returns. */
export function isHandler(values: Values, node: FunctionNode): boolean {
  const contract = values.contractOf(node)?.contract;
  return contract?.returned === 'ignored' && contract.parameters.every(({ role }) => role !== 'completion');
}

/** What stands against code in the place of a chain. */
export function placeRefusal(
  { values, candidates }: Places,
  place: ChainPlace,
  call: ts.Expression,
): Hazard | undefined {
  const { owner, writtenIn, kind } = place;
  const seen = namesByText(owner);
  if (seen !== undefined) return seen;
  if (place.waiting !== undefined) return undefined;
  if (isInTry(call, owner)) {
    const message = 'it stands in a `try`, which would see its error';
    return hazard(
      'H-TRY-WIDER',
      'blocks',
      message,
      call,
      'move the call out of the `try`, or await it there',
    );
  }
  if (kind === 'statement' && !isTail(call, writtenIn)) {
    const message = 'code after it runs before its functions, or nothing waits for it';
    return hazard('H-TRAILING', 'blocks', message, call, 'move the code that follows in front of it');
  }
  if (candidates.ownCallbackOf(owner) !== undefined) {
    const message = 'its function also answers through a callback';
    return hazard(
      'H-BOUND',
      'blocks',
      message,
      owner,
      'answer either with a promise or through the callback',
    );
  }
  if (isExecutor(values, owner))
    return hazard(
      'H-FLOATING',
      'blocks',
      'nobody waits for the executor of a promise',
      owner,
      'return the promise instead of a new one around it',
    );
  if (owner.type !== undefined && !isPromiseType(owner.type) && !isHandler(values, owner))
    return hazard(
      'H-FAMILY',
      'blocks',
      'its function is declared to return something else',
      owner,
      'declare that the function returns a promise',
    );
  return barrierOf(owner);
}

function isPromiseType(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Promise';
}

/** Nothing of the function runs behind the statement, on any path. */
function isTail(node: ts.Node, { body }: FunctionNode): boolean {
  return body !== undefined && ts.isBlock(body) && isTailOf(node, body);
}

/** Nothing of a function's body runs behind the node. */
export function isTailOf(node: ts.Node, body: ts.Block): boolean {
  let inner: ts.Node = node;
  while (inner.parent !== undefined && inner.parent !== body) {
    const { parent } = inner;
    const rest = following(inner, parent);
    if (rest === undefined) return false;
    if (rest.length > 0) return rest.every(isNothing) && rest.some(ts.isReturnStatement);
    inner = parent;
  }
  const { statements } = body;
  return statements.slice(statements.indexOf(inner as ts.Statement) + 1).every(isNothing);
}

function isNothing(statement: ts.Statement): boolean {
  return (
    ts.isEmptyStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    (ts.isReturnStatement(statement) &&
      (statement.expression === undefined || ts.isIdentifier(unwrap(statement.expression))))
  );
}

/** What follows a node in its list; undefined where more than a list decides. */
function following(inner: ts.Node, parent: ts.Node): readonly ts.Statement[] | undefined {
  if (ts.isExpressionStatement(parent) || ts.isParenthesizedExpression(parent)) return [];
  if (ts.isIfStatement(parent)) return parent.expression === inner ? undefined : [];
  if (ts.isBlock(parent))
    return parent.statements
      .slice(parent.statements.indexOf(inner as ts.Statement) + 1)
      .filter((statement) => !ts.isEmptyStatement(statement) && !ts.isFunctionDeclaration(statement));
  if (ts.isCaseBlock(parent) || ts.isSwitchStatement(parent)) return [];
  if (!ts.isCaseClause(parent) && !ts.isDefaultClause(parent)) return undefined;
  const { statements } = parent;
  const rest = statements.slice(statements.indexOf(inner as ts.Statement) + 1);
  const [next] = rest;
  if (next === undefined) {
    const { clauses } = parent.parent;
    return clauses[clauses.length - 1] === parent ? [] : undefined;
  }
  return ts.isBreakStatement(next) && next.label === undefined ? [] : rest;
}

/** The statement is the last of the function, or of a branch with which it ends. */
function isLast(statement: ts.Statement, owner: FunctionNode): boolean {
  let inner: ts.Node = statement;
  while (inner.parent !== undefined && inner !== owner.body) {
    const { parent } = inner;
    if (parent === owner.body && ts.isBlock(parent))
      return parent.statements[parent.statements.length - 1] === inner;
    if (ts.isBlock(parent)) {
      if (parent.statements[parent.statements.length - 1] !== inner) return false;
    } else if (!ts.isIfStatement(parent)) return false;
    inner = parent;
  }
  return true;
}
