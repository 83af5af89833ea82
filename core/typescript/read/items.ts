import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type ControlCallee, foldedFunctions, type Task } from './flow.js';
import { hazard } from './hazards.js';
import { isNothing } from './own-error.js';
import type { Session } from './session.js';
import { isFunctionNode, someNode, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';
import { isWritten } from './writes.js';

const makers = new Set(['keys', 'values', 'entries', 'from', 'of', 'getOwnPropertyNames']);
const arrayMethods = new Set([
  'map',
  'filter',
  'split',
  'slice',
  'concat',
  'reverse',
  'sort',
  'flatMap',
  'match',
]);
const growing = new Set(['push', 'pop', 'shift', 'unshift', 'splice']);
const onlyArrays = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'map',
  'filter',
  'forEach',
  'join',
  'slice',
]);

/**
 * What stands against writing a collection as an array: the library also takes objects, iterators, and nothing at all.
 */
export function collectionHazard(values: Values, collection: ts.Expression): Hazard | undefined {
  if (isArray(values, collection)) return undefined;
  if (values.of(collection).some((value) => value.kind === 'object'))
    return hazard(
      'H-FOREACH',
      'blocks',
      'the library goes over the members of an object',
      collection,
      'go over `Object.entries` of it',
    );
  if (mayBeMissing(values, collection))
    return hazard(
      'H-FOREACH',
      'blocks',
      `\`${unwrap(collection).getText()}\` may be nothing, and the library takes that, too`,
      collection,
      'hand it an array on every path',
    );
  const message = `\`${collection.getText().replace(/\s+/g, ' ').slice(0, 40)}\` has to be an array; the library also takes objects, and nothing`;
  return hazard('H-FOREACH', 'review', message, collection, 'check that it is always an array');
}

function isArray(values: Values, expression: ts.Expression, depth = 0): boolean {
  const node = unwrap(expression);
  if (depth > 5) return false;
  if (ts.isArrayLiteralExpression(node)) return true;
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression: owner, name } = node.expression;
    const isMaker = ts.isIdentifier(owner) && (owner.text === 'Object' || owner.text === 'Array');
    if (isMaker) return makers.has(name.text);
    return name.text === 'map' || name.text === 'filter' || name.text === 'split'
      ? true
      : arrayMethods.has(name.text) && name.text !== 'match' && isArray(values, owner, depth + 1);
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.BarBarToken)
    return isArray(values, node.right, depth + 1) && isUsedAsArray(values.session, node.left);
  if (!ts.isIdentifier(node)) return false;
  const { session } = values;
  const symbol = session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return false;
  if (ts.isParameter(declaration) && declaration.dotDotDotToken !== undefined) return true;
  if (ts.isParameter(declaration) && declaration.type !== undefined && ts.isArrayTypeNode(declaration.type))
    return true;
  if (isUsedAsArray(session, node)) return true;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  const assigned = values.assignments.variables.get(symbol) ?? [];
  return [declaration.initializer, ...assigned].every((value) => isArray(values, value, depth + 1));
}

/** A parameter that a call leaves out, without an error in front of it, and that no test has asked about. */
function mayBeMissing(values: Values, collection: ts.Expression): boolean {
  const { session } = values;
  const node = unwrap(collection);
  const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
  const parameter = symbol?.declarations?.[0];
  if (symbol === undefined || parameter === undefined || !ts.isParameter(parameter)) return false;
  const owner = parameter.parent;
  if (!isFunctionNode(owner) || parameter.initializer !== undefined) return false;
  const isAsked = session
    .referencesOf(symbol)
    .some((name) => name.end <= node.getStart() && name !== parameter.name);
  if (isAsked) return false;
  const index = owner.parameters.indexOf(parameter);
  return values.callsOf(owner).some(({ arguments: given = [] }) => {
    if (given.some(ts.isSpreadElement)) return false;
    const value = given[index];
    if (value !== undefined) return isNothing(value);
    return given.slice(0, index).every(isNothing);
  });
}

/** A method that only arrays have is called on the same variable, which is never assigned to. */
function isUsedAsArray(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
  if (symbol === undefined) return false;
  const references = session.referencesOf(symbol);
  if (references.some((name) => isWritten(name))) return false;
  return references.some((name) => {
    const access = name.parent;
    return (
      ts.isPropertyAccessExpression(access) &&
      access.expression === name &&
      onlyArrays.has(access.name.text) &&
      ts.isCallExpression(access.parent) &&
      access.parent.expression === access &&
      name.end <= node.getStart() &&
      enclosing(name) === enclosing(node)
    );
  });
}

function enclosing(node: ts.Node): ts.Node | undefined {
  let current: ts.Node | undefined = node.parent;
  while (current !== undefined && !isFunctionNode(current)) current = current.parent;
  return current;
}

/** What a body cannot do when it becomes that of a loop. */
export function loopHazard(session: Session, callee: ControlCallee): Hazard | undefined {
  const [task] = callee.tasks;
  const items = callee.items === undefined ? undefined : unwrap(callee.items);
  if (task === undefined || items === undefined) return undefined;
  const symbol = ts.isIdentifier(items) ? session.symbolOf(items) : undefined;
  const grows = someNode(task.node, (node) => {
    const isSame = ts.isIdentifier(node)
      ? symbol !== undefined && session.symbolOf(node) === symbol
      : ts.isPropertyAccessExpression(node) && node.getText() === items.getText();
    if (!isSame) return false;
    const { parent } = node;
    return (
      ts.isPropertyAccessExpression(parent) && parent.expression === node && growing.has(parent.name.text)
    );
  });
  if (grows)
    return hazard(
      'H-HOLES',
      'blocks',
      'the collection changes while its items are worked on',
      items,
      'go over a copy of it',
    );
  if (task.shape.kind !== 'loop') return undefined;
  for (const list of variablesIn(task)) {
    const problem = list.declarations.some((d) => !canBeBlockScoped(session, d));
    if (problem)
      return hazard(
        'H-HOIST',
        'blocks',
        'a variable of the function is used outside of its block',
        list,
        'declare it in front of the call',
      );
  }
  return undefined;
}

/** The `var` declarations of a task, which become `let` where it becomes the body of a loop. */
export function variablesIn(task: Task): ts.VariableDeclarationList[] {
  const found = new Set<ts.VariableDeclarationList>();
  for (const folded of [task.node, ...task.unit.sites.flatMap(foldedFunctions)]) {
    if (!isFunctionNode(folded) || folded.body === undefined) continue;
    visitOwn(folded.body, (node) => {
      if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0)
        found.add(node);
    });
  }
  return [...found];
}

function canBeBlockScoped(session: Session, declaration: ts.VariableDeclaration): boolean {
  if (!ts.isIdentifier(declaration.name)) return false;
  const symbol = session.symbolOf(declaration.name);
  if (symbol === undefined || (symbol.declarations ?? []).length !== 1) return false;
  const list = declaration.parent;
  const owner = ts.isVariableStatement(list.parent) ? list.parent.parent : list.parent;
  return session
    .referencesOf(symbol)
    .every(
      (name) => name.getStart() >= declaration.getStart() && owner.pos <= name.pos && name.end <= owner.end,
    );
}
