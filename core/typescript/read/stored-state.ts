import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { short } from './context.js';
import { hazard } from './hazards.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import type { RunsIn } from './shared-accesses.js';
import { enclosingFunction, isInside, isLogical, unwrap, visitAll, visitOwn } from './syntax.js';
import type { Values } from './values.js';
import { isReassigned } from './writes.js';

/** What functions read from places that outlive them, and write there, as far as it has been asked for. */
export type KnownStores = Map<ts.Node, Stores>;

export interface Stores {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  /** What it goes on to read, or to write, once others have had their turn: a stream. */
  readonly readsLater?: ReadonlySet<string>;
  readonly writesLater?: ReadonlySet<string>;
}

export interface StoredState {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  readonly stores: KnownStores;
}

/**
 * A file that is read or looked for, and changed after it, was left alone by everybody else while all of it was done in one turn. Once
 * the function waits in between, the write of one request may undo that of another.
 */
export function storedHazards(
  state: StoredState,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const { writes } = storesOfCall(state, call);
  if (writes.size === 0 || home.body === undefined) return [];
  let read: ts.CallExpression | undefined;
  visitAll(home.body, (node) => {
    if (read !== undefined || !ts.isCallExpression(node) || node === call || node.pos >= call.pos) return;
    if (!runsIn(node)) return;
    const { reads } = storesOfCall(state, node);
    const isSame = [...reads].some(
      (key) =>
        writes.has(key) &&
        (!isOfMany(key) ||
          decides(state.session, node, call) ||
          (key !== database && isGoneThrough(state.session, node, call))),
    );
    if (isSame) read = node;
  });
  const inside = read ?? readInArguments(state, call, writes);
  if (inside === undefined) return leftHazards(state, home, call, runsIn);
  const message = `what \`${short(inside)}\` sees may be changed by another request before \`${short(call)}\` changes it`;
  return [hazard('H-RACE', 'review', message, call, 'let one request after another change it')];
}

/** A file that every request writes at the same place, and that is looked for or changed again behind the wait. */
function leftHazards(
  state: StoredState,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const fixed = new Set([...storesOfCall(state, call).writes].filter(isFixed));
  let next: ts.CallExpression | undefined;
  if (fixed.size > 0 && home.body !== undefined)
    visitAll(home.body, (node) => {
      if (next !== undefined || !ts.isCallExpression(node) || node.pos < call.end || !runsIn(node)) return;
      const { reads, writes } = storesOfCall(state, node);
      if ([...reads, ...writes].some((key) => fixed.has(key))) next = node;
    });
  if (next === undefined) return [];
  const message = `another request may change what \`${short(call)}\` leaves before \`${short(next)}\` finds it`;
  return [hazard('H-RACE', 'review', message, call, 'give every request a file of its own')];
}

/** `save(change(load()))`. */
function readInArguments(
  state: StoredState,
  call: ts.CallExpression,
  writes: ReadonlySet<string>,
): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  for (const argument of call.arguments)
    visitOwn(argument, (node) => {
      if (found !== undefined || !ts.isCallExpression(node)) return;
      if ([...storesOfCall(state, node).reads].some((key) => writes.has(key))) found = node;
    });
  return found;
}

const nothing: Stores = { reads: new Set(), writes: new Set() };

/** All that the queries of a project read and write. */
const database = 'database';
const asked: Stores = { reads: new Set([database]), writes: new Set() };
const changed: Stores = { reads: new Set(), writes: new Set([database]) };

/** It stands for many rows or files, of which a request may mean another one. */
function isOfMany(key: string): boolean {
  return key === database || key.endsWith(entriesMark);
}

/** A query that is not written out may do either. */
function storesOfQuery(statement: ts.Expression): Stores {
  const node = unwrap(statement);
  const text = ts.isStringLiteralLike(node) ? node.text : ts.isTemplateExpression(node) ? node.head.text : '';
  if (/^\s*(?:select|show|explain)\b/i.test(text)) return asked;
  return /^\s*(?:insert|update|delete|replace|merge)\b/i.test(text) ? changed : nothing;
}

/** What a call answers with is tested, or given to another call, before that one is made. */
function decides(session: Session, read: ts.CallExpression, write: ts.CallExpression): boolean {
  return usesOf(session, read, write).some((use) => use.pos >= write.pos || isTested(use));
}

/** `for (const name of names) fs.unlinkSync(…)`, where the names are what a call answered with. */
function isGoneThrough(session: Session, read: ts.CallExpression, write: ts.CallExpression): boolean {
  return [read, ...usesOf(session, read, write)].some((use) => {
    let node: ts.Node = use;
    while (!ts.isStatement(node) && !isInside(write, node)) node = node.parent;
    return !ts.isBlock(node) && isInside(write, node);
  });
}

/** Where what a call answers with is used by its name, up to another call. */
function usesOf(session: Session, read: ts.CallExpression, write: ts.CallExpression): ts.Identifier[] {
  const declaration = declarationAround(read);
  if (declaration === undefined) return [];
  const names: ts.Identifier[] = [];
  visitAll(declaration.name, (node) => {
    if (ts.isIdentifier(node) && !isMemberName(node)) names.push(node);
  });
  return names
    .flatMap((name) => {
      const symbol = session.symbolOf(name);
      return symbol === undefined ? [] : session.referencesOf(symbol);
    })
    .filter((use) => use.pos > read.end && use.end <= write.end);
}

/** `const row = f(…)[0]`. */
function declarationAround(read: ts.Node): ts.VariableDeclaration | undefined {
  let node = read;
  while (!ts.isStatement(node) && !ts.isVariableDeclaration(node)) node = node.parent;
  return ts.isVariableDeclaration(node) ? node : undefined;
}

function isTested(use: ts.Node): boolean {
  for (let node = use; !ts.isStatement(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && parent.expression === node) return true;
    if (ts.isConditionalExpression(parent) && parent.condition === node) return true;
    if (ts.isBinaryExpression(parent) && parent.left === node && isLogical(parent.operatorToken.kind))
      return true;
  }
  return false;
}

/** What a call reads and writes of what outlives it. */
export function storesOfCall(state: StoredState, call: ts.CallExpression): Stores {
  const candidate = state.candidates.calls.get(call);
  if (candidate?.kind === 'sync') {
    const { stored, repeatable, wait } = candidate.member;
    const [place, second] = call.arguments;
    if (stored === undefined && wait === 'database' && place !== undefined) return storesOfQuery(place);
    if (stored === undefined && wait === 'process') return storesOfCommand(state.session, call);
    if (stored === undefined || place === undefined) return nothing;
    if (repeatable !== undefined && turnsOn(call, repeatable)) return nothing;
    const keys = new Set([placeKey(state.session, place)]);
    if (stored === 'read') {
      if (candidate.member.list === true) keys.add(entriesKey(state.session, place));
      return { reads: keys, writes: nothing.writes };
    }
    if (second !== undefined) keys.add(placeKey(state.session, second));
    for (const one of second === undefined ? [place] : [place, second])
      for (const key of entriesAround(state.session, one)) keys.add(key);
    return { reads: nothing.reads, writes: keys };
  }
  const found = state.values.of(call.expression).flatMap((value): Stores[] => {
    if (value.kind === 'function')
      return [asGiven(state.session, storesOf(state, value.node), value.node, call)];
    if (value.kind !== 'member' || value.member.kind !== 'multi-shot') return [];
    return [storesOfStream(state.session, value.member.storesLater, call)];
  });
  const [first] = found;
  return first === undefined || found.length === 1 ? (first ?? nothing) : together(found);
}

/** A stream opens its file, and fills or reads it, in turns of its own. */
function storesOfStream(
  session: Session,
  stored: 'read' | 'written' | undefined,
  call: ts.CallExpression,
): Stores {
  const [place] = call.arguments;
  if (stored === undefined || place === undefined) return nothing;
  const keys = new Set([placeKey(session, place)]);
  if (stored === 'read') return { ...nothing, readsLater: keys };
  for (const key of entriesAround(session, place)) keys.add(key);
  return { ...nothing, writesLater: keys };
}

function together(found: readonly Stores[]): Stores {
  return {
    reads: new Set(found.flatMap(({ reads }) => [...reads])),
    writes: new Set(found.flatMap(({ writes }) => [...writes])),
    readsLater: new Set(found.flatMap(({ readsLater }) => [...(readsLater ?? [])])),
    writesLater: new Set(found.flatMap(({ writesLater }) => [...(writesLater ?? [])])),
  };
}

/** What a function reads and writes, with the arguments of a call in the place of its parameters. */
function asGiven(session: Session, stores: Stores, node: FunctionNode, call: ts.CallExpression): Stores {
  const given = node.parameters.flatMap((parameter, index) => {
    const argument = call.arguments[index];
    return argument === undefined || !ts.isIdentifier(parameter.name)
      ? []
      : [{ name: nameKey(session, parameter), key: placeKey(session, argument) }];
  });
  if (given.length === 0) return stores;
  const fill = (keys: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...keys].map((key) => given.reduce(filledIn, key)));
  return {
    reads: fill(stores.reads),
    writes: fill(stores.writes),
    ...(stores.readsLater === undefined ? {} : { readsLater: fill(stores.readsLater) }),
    ...(stores.writesLater === undefined ? {} : { writesLater: fill(stores.writesLater) }),
  };
}

function filledIn(place: string, { name, key }: { readonly name: string; readonly key: string }): string {
  if (place === name) return key;
  if (place === `${name}${entriesMark}`) return `${key}${entriesMark}`;
  const text = isFixed(key) ? key.slice(fixedMark.length) : key;
  return place
    .split(' ')
    .map((part) => (part === name ? text : part))
    .join(' ');
}

function storesOf(state: StoredState, node: FunctionNode): Stores {
  const known = state.stores.get(node);
  if (known !== undefined) return known;
  state.stores.set(node, nothing);
  const inside: Stores[] = [];
  if (node.body !== undefined)
    visitOwn(node.body, (inner) => {
      if (ts.isCallExpression(inner)) inside.push(storesOfCall(state, inner));
    });
  const found = together(inside);
  state.stores.set(node, found);
  return found;
}

/** `{ recursive: true }` */
function turnsOn(call: ts.CallExpression, option: string): boolean {
  return call.arguments.some((argument) => {
    const given = unwrap(argument);
    return (
      ts.isObjectLiteralExpression(given) &&
      given.properties.some(
        (property) =>
          ts.isPropertyAssignment(property) &&
          property.name.getText() === option &&
          property.initializer.kind === ts.SyntaxKind.TrueKeyword,
      )
    );
  });
}

/** The text of an expression, with the declarations of its names in place of the names. */
function placeKey(session: Session, expression: ts.Expression): string {
  const parts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const declaration = session.symbolOf(node)?.declarations?.[0];
      parts.push(declaration === undefined ? node.text : nameKey(session, declaration));
    } else if (ts.isStringLiteralLike(node)) parts.push(JSON.stringify(node.text));
    else if (node.getChildCount() === 0) parts.push(node.getText());
    else for (const child of node.getChildren()) visit(child);
  };
  visit(expression);
  return `${isFixedPlace(session, expression) ? fixedMark : ''}${parts.join(' ')}`;
}

function nameKey(session: Session, declaration: ts.Declaration): string {
  return `${session.pathOf(declaration)}:${declaration.getStart()}`;
}

const fixedMark = 'fixed ';
const entriesMark = ' /';

/** What a folder has in it. */
function entriesKey(session: Session, folder: ts.Expression): string {
  return `${placeKey(session, folder)}${entriesMark}`;
}

/** The entries that a place is one of. */
function entriesAround(session: Session, place: ts.Expression): string[] {
  const node = unwrap(place);
  const head = ts.isTemplateExpression(node) ? /^(.+)\/$/.exec(node.head.text)?.[1] : undefined;
  if (head !== undefined) return [`${fixedMark}${JSON.stringify(head)}${entriesMark}`];
  const folder = folderOf(node);
  return folder === undefined ? [] : [entriesKey(session, folder)];
}

/** `folder` of `path.join(folder, name)`, `${folder}/${name}` and `folder + name`. */
function folderOf(place: ts.Expression): ts.Expression | undefined {
  const node = unwrap(place);
  if (ts.isCallExpression(node))
    return /^path\.(?:join|resolve)$/.test(node.expression.getText()) ? node.arguments[0] : undefined;
  if (ts.isTemplateExpression(node))
    return node.head.text === '' ? node.templateSpans[0]?.expression : undefined;
  return ts.isBinaryExpression(node) ? (folderOf(node.left) ?? node.left) : undefined;
}

/** All that the commands of a process leave where they run, where that is the same for every request, and the files that they name. */
function storesOfCommand(session: Session, call: ts.CallExpression): Stores {
  const keys = new Set<string>();
  if (runsInOneFolder(session, call)) keys.add(`${fixedMark}commands`);
  for (const argument of call.arguments)
    visitOwn(argument, (node) => {
      if (!ts.isStringLiteralLike(node)) return;
      for (const word of node.text.split(/[\s<>|&;'"=]+/))
        if (/[./]/.test(word)) keys.add(`${fixedMark}${JSON.stringify(word)}`);
    });
  return { reads: keys, writes: keys };
}

function runsInOneFolder(session: Session, call: ts.CallExpression): boolean {
  const options = call.arguments.map(unwrap).find(ts.isObjectLiteralExpression);
  const property = options?.properties.find(({ name }) => name?.getText() === 'cwd');
  if (property === undefined) return true;
  return ts.isPropertyAssignment(property) && isFixedPlace(session, property.initializer);
}

function isFixed(key: string): boolean {
  return key.startsWith(fixedMark);
}

/** It is the same place whoever asks for it: made of texts, and of variables of the module. */
function isFixedPlace(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return true;
  if (ts.isTemplateExpression(node))
    return node.templateSpans.every((span) => isFixedPlace(session, span.expression));
  if (ts.isBinaryExpression(node))
    return isFixedPlace(session, node.left) && isFixedPlace(session, node.right);
  if (ts.isPropertyAccessExpression(node)) return isFixedPlace(session, node.expression);
  if (ts.isCallExpression(node))
    return (
      /^path\.(?:join|resolve|normalize)$/.test(node.expression.getText()) &&
      node.arguments.every((argument) => isFixedPlace(session, argument))
    );
  if (!ts.isIdentifier(node)) return false;
  const symbol = session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined)
    return node.text === '__dirname' || node.text === '__filename';
  if (!ts.isVariableDeclaration(declaration)) return false;
  if (enclosingFunction(declaration) === undefined) return true;
  const { initializer } = declaration;
  return initializer !== undefined && !isReassigned(session, symbol) && isFixedPlace(session, initializer);
}
