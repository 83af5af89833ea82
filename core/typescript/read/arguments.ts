import { ts } from 'ts-morph';
import { type ArgumentShape, refusalOf } from '../../catalog/refuse.js';
import type { CallbackMember, RefuseWhen, SyncMember } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import type { Site, SiteCallback, SiteCallee } from './flow.js';
import { hazard } from './hazards.js';
import { heldObject, holdsArray } from './held-objects.js';
import { isUnlisted, rowFor } from './named.js';
import type { OwnResults } from './own-results.js';
import type { Session } from './session.js';
import { isLogical, outermost, unwrap } from './syntax.js';

/** What can be seen of a call's arguments where they are written, and where the variables among them are declared. */
export function argumentShapes(session: Session, call: ts.CallExpression): ArgumentShape[] {
  return call.arguments.map((argument) => shapeOf(session, argument));
}

/** What stands against the async form of a call with these arguments. */
export function twinHazard(
  session: Session,
  call: ts.CallExpression,
  member: CallbackMember | SyncMember,
): Hazard | undefined {
  const rule = refusalOf(member, argumentShapes(session, call));
  return rule === undefined
    ? undefined
    : hazard('H-TWIN-SHAPE', 'blocks', rule.reason, call, rule.unblock ?? waysOut[rule.kind]);
}

/** What a person can do where a rule says nothing of its own. */
const waysOut: Readonly<Record<RefuseWhen['kind'], string>> = {
  options: 'leave the option out, or write the options at the call',
  'fewer-arguments': 'write the call with all of its arguments',
  'more-arguments': 'leave the last arguments out',
  number: 'read and write by the path, or open the file with a FileHandle',
  function: 'give it a value in place of the function',
};

/** What the promise form of a call would lose. */
export function formHazard(
  session: Session,
  site: Pick<Site, 'call' | 'callback'>,
  callee: Extract<SiteCallee, { kind: 'api' }>,
): Hazard | undefined {
  const found =
    twinHazard(session, site.call, callee.member) ??
    (wrappedResults(session, callee, site.callback) === undefined
      ? lostResultHazard(session, callee.member, site.callback)
      : undefined);
  return found === undefined || !isUnlisted(callee.library)
    ? found
    : { ...found, unblock: rowFor(callee.name) };
}

/** A callback that reads a result which the awaited value does not hold. */
export function lostResultHazard(
  session: Session,
  member: CallbackMember,
  callback: SiteCallback,
): Hazard | undefined {
  if (callback.kind !== 'inline') return undefined;
  const results = callback.node.parameters.slice(member.noError === true ? 0 : 1);
  const lost = results.find((parameter, index) => {
    if (index < resultCount(member) || member.results[index]?.releases === true) return false;
    const symbol = ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
    return symbol === undefined || session.referencesOf(symbol).some((name) => name !== parameter.name);
  });
  if (lost === undefined) return undefined;
  return hazard(
    'H-MULTI-RESULT',
    'blocks',
    `its async form has no \`${lost.name.getText()}\``,
    lost,
    'read only what the async form answers with',
  );
}

/**
 * The names of all results, where a callback reads more of them than `util.promisify` would give.
 *
 * @param answer what is read of the callback where it is that of the function around the call
 */
export function wrappedResults(
  session: Session,
  { library, member }: Extract<SiteCallee, { kind: 'api' }>,
  callback: SiteCallback,
  answer?: OwnResults,
): readonly string[] | undefined {
  if (member.promise.kind !== 'promisify' || member.awaited.kind !== 'value') return undefined;
  if (member.noError === true) return undefined;
  const mayHaveMore = isUnlisted(library) || member.results.length > 1;
  if (callback.kind === 'own' && answer?.kind === 'object' && mayHaveMore) return answer.keys;
  if (callback.kind !== 'inline' || lostResultHazard(session, member, callback) === undefined)
    return undefined;
  const names = callback.node.parameters
    .slice(1)
    .flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const isWhole = names.length === callback.node.parameters.length - 1;
  // A result named `Promise` would hide what makes the promise.
  const isClear = new Set(names).size === names.length && !names.includes('Promise');
  return isWhole && isClear ? names : undefined;
}

/** The members of the one result of a call that hold what its callback reads, where it reads nothing else. */
export function resultMembers(
  session: Session,
  { member }: Extract<SiteCallee, { kind: 'api' }>,
  callback: SiteCallback,
): readonly string[] | undefined {
  if (callback.kind !== 'inline' || member.awaited.kind !== 'value') return undefined;
  const results = callback.node.parameters.slice(1);
  const read = results.filter(({ name }) => {
    const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
    return symbol === undefined || session.referencesOf(symbol).some((use) => use !== name);
  });
  const keys = results.map((_, index) => member.results[index]?.member ?? '');
  const isHeld = read.length > 0 && read.every((parameter) => keys[results.indexOf(parameter)] !== '');
  return isHeld ? keys : undefined;
}

/** How many results the awaited value holds. */
export function resultCount({ awaited }: Pick<CallbackMember, 'awaited'>): number {
  switch (awaited.kind) {
    case 'nothing':
      return 0;
    case 'value':
    case 'member':
      return 1;
    case 'array':
      return Number.POSITIVE_INFINITY;
    case 'object':
      return awaited.keys.length;
  }
}

function shapeOf(session: Session, argument: ts.Expression): ArgumentShape {
  const node = unwrap(argument);
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return { kind: 'function' };
  if (ts.isNumericLiteral(node)) return { kind: 'number' };
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return { kind: 'text' };
  if (ts.isArrayLiteralExpression(node)) return { kind: 'array' };
  if (ts.isIdentifier(node)) {
    const held = heldObject(session, node);
    if (held !== undefined) return { ...objectShape(held), isHeld: true };
    return holdsArray(session, node) ? { kind: 'array' } : variableShape(session, node);
  }
  if (ts.isPropertyAccessExpression(node)) return { kind: 'unknown', name: node.name.text };
  if (!ts.isObjectLiteralExpression(node))
    return mayBeNumber(session, node) ? { kind: 'unknown', mayBeNumber: true } : { kind: 'unknown' };
  return objectShape(node);
}

function objectShape(node: ts.ObjectLiteralExpression): Extract<ArgumentShape, { kind: 'object' }> {
  const options = new Map<string, string | null>();
  let isWhole = true;
  for (const property of node.properties) {
    const { name } = property;
    if (name === undefined || !(ts.isIdentifier(name) || ts.isStringLiteralLike(name))) {
      isWhole = false;
      continue;
    }
    const value = ts.isPropertyAssignment(property) ? unwrap(property.initializer) : undefined;
    options.set(name.text, value === undefined ? null : textOf(value));
  }
  return { kind: 'object', options, isWhole, isHeld: false };
}

function textOf(value: ts.Expression): string | null {
  if (ts.isStringLiteralLike(value)) return value.text;
  if (!ts.isArrayLiteralExpression(value)) return null;
  const texts = value.elements.filter(ts.isStringLiteralLike).map(({ text }) => text);
  return texts.length === value.elements.length ? texts.join() : null;
}

function variableShape(session: Session, variable: ts.Identifier): ArgumentShape {
  const declaration = session.symbolOf(variable)?.declarations?.[0];
  const type =
    declaration !== undefined && (ts.isParameter(declaration) || ts.isVariableDeclaration(declaration))
      ? declaration.type
      : undefined;
  if (type?.kind === ts.SyntaxKind.NumberKeyword) return { kind: 'number' };
  const maker = declaration === undefined ? undefined : makerOf(session, declaration);
  return {
    kind: 'unknown',
    name: variable.text,
    ...(maker === undefined ? {} : { madeBy: maker }),
    ...(mayBeNumber(session, variable) ? { mayBeNumber: true } : {}),
  };
}

/** `path === '-' ? 0 : path`, and a variable that has a number where it is declared, or is declared as one or the other. */
function mayBeNumber(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isConditionalExpression(node))
    return mayBeNumber(session, node.whenTrue) || mayBeNumber(session, node.whenFalse);
  if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind))
    return mayBeNumber(session, node.left) || mayBeNumber(session, node.right);
  const declaration = ts.isIdentifier(node) ? session.symbolOf(node)?.declarations?.[0] : undefined;
  if (declaration === undefined || !(ts.isParameter(declaration) || ts.isVariableDeclaration(declaration)))
    return false;
  const { type, initializer } = declaration;
  if (type !== undefined && ts.isUnionTypeNode(type))
    return type.types.some((part) => part.kind === ts.SyntaxKind.NumberKeyword);
  return initializer !== undefined && isChoice(unwrap(initializer)) && mayBeNumber(session, initializer);
}

function isChoice(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) || ts.isConditionalExpression(node) || ts.isBinaryExpression(node);
}

/** `const fd = openSync(path)`, `open(path, (err, fd) => …)`: the name of the function that answered with it. */
function makerOf(session: Session, declaration: ts.Declaration): string | undefined {
  let made: ts.Node | undefined;
  if (ts.isVariableDeclaration(declaration)) made = declaration.initializer;
  if (ts.isParameter(declaration)) made = handedTo(declaration.parent);
  if (made !== undefined && ts.isExpression(made)) made = unwrap(made);
  if (made !== undefined && ts.isAwaitExpression(made)) made = unwrap(made.expression);
  if (made === undefined || !ts.isCallExpression(made)) return undefined;
  const callee = unwrap(made.expression);
  const symbol = ts.isIdentifier(callee) ? session.symbolOf(callee) : undefined;
  const source = symbol?.declarations?.[0];
  // `const openLater = promisify(open)`
  const form =
    source !== undefined && ts.isVariableDeclaration(source) && source.initializer !== undefined
      ? unwrap(source.initializer)
      : undefined;
  const [of] = form !== undefined && ts.isCallExpression(form) ? form.arguments : [];
  return lastName(of ?? callee);
}

function lastName(callee: ts.Expression): string | undefined {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

/** The call that a function is written as an argument of. */
function handedTo(node: ts.Node): ts.Node | undefined {
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node) ? outermost(node).parent : undefined;
}
