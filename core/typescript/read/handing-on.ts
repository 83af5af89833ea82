import { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import type { CallNode, FunctionNode } from './session.js';
import { enclosingFunction, isAsync, leavesTry, outermost, someNode, unwrap } from './syntax.js';
import type { Value, Values } from './values.js';

/** `storage.run(context, f)`: the call runs functions of the project at once, and gives what they give. */
export interface HandedCall {
  /** Where it is given them. */
  readonly argument: ts.Expression;
  readonly functions: readonly FunctionNode[];
}

export interface HandingOn {
  readonly calls: ReadonlyMap<ts.Node, HandedCall>;
  /** `f()` where a function of the project hands on what it is given: who calls that function has the promise. */
  readonly passes: ReadonlySet<ts.Node>;
  /** `() => T`: the types of what such functions are given. */
  readonly types: ReadonlySet<ts.Node>;
}

const known = new WeakMap<Candidates, HandingOn>();

/** The calls that give what a function that they are given gives, a promise included. */
export function handingOn(values: Values, candidates: Candidates): HandingOn {
  const found = known.get(candidates) ?? findHandingOn(values, candidates);
  known.set(candidates, found);
  return found;
}

function findHandingOn(values: Values, candidates: Candidates): HandingOn {
  const reading: Reading = { values, candidates, owners: new Map() };
  const calls = new Map<ts.Node, HandedCall>();
  const passes = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    const argument = ts.isCallExpression(node) ? handedArgument(reading, node) : undefined;
    const functions = argument === undefined ? undefined : plainFunctions(reading, argument);
    if (argument !== undefined && functions !== undefined) calls.set(node, { argument, functions });
    ts.forEachChild(node, visit);
  };
  for (const file of values.session.files.values()) visit(file);
  const types = new Set<ts.Node>();
  for (const [node, owner] of reading.owners) {
    for (const pass of owner?.passes ?? []) passes.add(pass);
    const type = owner === undefined ? undefined : node.parameters[owner.index]?.type;
    if (type !== undefined) types.add(type);
  }
  return { calls, passes, types };
}

interface Reading {
  readonly values: Values;
  readonly candidates: Candidates;
  /** The functions of the project that hand on what one of their parameters gives. */
  readonly owners: Map<FunctionNode, Owner | undefined>;
}

interface Owner {
  readonly index: number;
  readonly passes: readonly ts.Node[];
}

/** The argument whose answer is the answer of the call. */
function handedArgument(reading: Reading, call: ts.CallExpression): ts.Expression | undefined {
  const callees = reading.values.of(call.expression);
  const [callee, more] = callees;
  if (callee === undefined || more !== undefined || call.arguments.some(ts.isSpreadElement)) return undefined;
  const index = handedIndex(reading, callee, call.arguments.length);
  return index === undefined ? undefined : call.arguments[index];
}

function handedIndex(reading: Reading, callee: Value, count: number): number | undefined {
  if (callee.kind === 'member')
    return callee.member.kind === 'hands-on' ? (callee.member.at ?? count - 1) : undefined;
  return callee.kind === 'function' ? ownerOf(reading, callee.node)?.index : undefined;
}

function plainFunctions(
  { values, candidates }: Reading,
  argument: ts.Expression,
): readonly FunctionNode[] | undefined {
  const found = values.of(argument);
  const functions = found.flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  const isPlain = functions.every(
    (node) => node.asteriskToken === undefined && candidates.ownCallbackOf(node) === undefined,
  );
  return found.length > 0 && functions.length === found.length && isPlain ? functions : undefined;
}

/** `function step<T>(name: string, run: () => T): T { log(name); return run(); }` */
function ownerOf(reading: Reading, node: FunctionNode): Owner | undefined {
  if (!reading.owners.has(node)) {
    // Whoever asks while it is read calls itself.
    reading.owners.set(node, undefined);
    reading.owners.set(node, readOwner(reading, node));
  }
  return reading.owners.get(node);
}

function readOwner(reading: Reading, node: FunctionNode): Owner | undefined {
  if (!(ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)))
    return undefined;
  if (isAsync(node) || node.asteriskToken !== undefined || node.body === undefined) return undefined;
  if (reading.candidates.ownCallbackOf(node) !== undefined) return undefined;
  const { session } = reading.values;
  for (const [index, parameter] of node.parameters.entries()) {
    if (!ts.isIdentifier(parameter.name) || !isOfAnyType(node, parameter)) continue;
    const symbol = session.symbolOf(parameter.name);
    if (symbol === undefined || reading.values.assignments.variables.has(symbol)) continue;
    const uses = session.referencesOf(symbol).filter((name) => name !== parameter.name);
    const passes = uses.map((name) => passOf(reading, node, name));
    if (passes.length === 0 || passes.some((pass) => pass === undefined)) continue;
    if (!isCalledPlainly(reading, node, index) || works(reading, node, symbol, new Set())) continue;
    return { index, passes: passes.flatMap((pass) => pass ?? []) };
  }
  return undefined;
}

/** What it gives is what its parameter gives, whatever that is: of the types as well. */
function isOfAnyType(owner: FunctionNode, parameter: ts.ParameterDeclaration): boolean {
  const { initializer, dotDotDotToken, questionToken, type } = parameter;
  if (initializer !== undefined || dotDotDotToken !== undefined || questionToken !== undefined) return false;
  if (type === undefined)
    return owner.type === undefined && /\.[cm]?jsx?$/.test(owner.getSourceFile().fileName);
  const free = freeAnswer(owner, type);
  return free !== undefined && (owner.type === undefined || owner.type.getText() === free.getText());
}

/** `<T>(run: () => T): T`: by its type the function gives what its parameter gives, which is then no callback. */
export function givesAnswerOf(owner: FunctionNode, { type }: ts.ParameterDeclaration): boolean {
  const free = type === undefined ? undefined : freeAnswer(owner, type);
  return free !== undefined && owner.type?.getText() === free.getText();
}

/** The `T` of `() => T`, where the function says nothing of it. */
function freeAnswer({ typeParameters }: FunctionNode, type: ts.TypeNode): ts.TypeNode | undefined {
  if (!ts.isFunctionTypeNode(type) || !ts.isTypeReferenceNode(type.type)) return undefined;
  const { typeName } = type.type;
  const isFree = typeParameters?.some(({ name }) => ts.isIdentifier(typeName) && name.text === typeName.text);
  return isFree === true ? type.type : undefined;
}

/** `return run()`, or `return storage.run(context, run)`: the calls through which it becomes the answer of its function. */
function passOf(reading: Reading, owner: FunctionNode, name: ts.Node): ts.Node[] | undefined {
  const outer = outermost(name as ts.Expression);
  const { parent } = outer;
  if (!ts.isCallExpression(parent)) return undefined;
  const isCalled = parent.expression === outer;
  if (!isCalled && handedArgument(reading, parent) !== outer) return undefined;
  const passes: ts.Node[] = [];
  for (let call = parent; ; ) {
    passes.push(call);
    const inner = enclosingFunction(call);
    if (inner === undefined || !isAnswer(call, inner)) return undefined;
    if (inner === owner) return passes;
    const given = outermost(inner as ts.ArrowFunction);
    const isPlain = ts.isArrowFunction(inner) && !isAsync(inner);
    if (!isPlain || !ts.isCallExpression(given.parent) || handedArgument(reading, given.parent) !== given)
      return undefined;
    call = given.parent;
  }
}

function isAnswer(call: ts.CallExpression, inner: FunctionNode): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isArrowFunction(parent)) return parent.body === outer;
  return ts.isReturnStatement(parent) && !leavesTry(parent, inner);
}

/** Nobody but calls by its name gets at it, and they give it functions of the project, or what is none. */
function isCalledPlainly({ values, candidates }: Reading, node: FunctionNode, index: number): boolean {
  return values.callsOf(node).every((call: CallNode) => {
    const argument = call.arguments?.[index];
    if (!ts.isCallExpression(call) || argument === undefined) return false;
    if (call.arguments.some(ts.isSpreadElement) || values.of(call.expression).length !== 1) return false;
    const given = values.of(argument);
    return given.every(
      (value) =>
        value.kind === 'function' &&
        value.node.asteriskToken === undefined &&
        candidates.ownCallbackOf(value.node) === undefined,
    );
  });
}

/** It has calls of its own that could come to wait, besides those of what it is given. */
function works(
  reading: Reading,
  node: FunctionNode,
  given: ts.Symbol | undefined,
  seen: Set<ts.Node>,
): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  const { session } = reading.values;
  return someNode(node, (inner) => {
    if (!ts.isCallExpression(inner) && !ts.isNewExpression(inner)) return false;
    if (reading.candidates.calls.has(inner)) return true;
    // What it is given is looked at where it stands.
    if (ts.isCallExpression(inner) && handedArgument(reading, inner) !== undefined) return false;
    const callee = unwrap(inner.expression);
    if (given !== undefined && ts.isIdentifier(callee) && session.symbolOf(callee) === given) return false;
    return reading.values
      .of(callee)
      .some((value) => value.kind === 'function' && works(reading, value.node, undefined, seen));
  });
}
