import { ts } from 'ts-morph';
import { type CoroutineRunner, coroutineRunners, yieldHandlers } from '../../catalog/coroutines.js';
import type { Hazard } from '../../model/hazard.js';
import { readYields, type Yielded } from './coroutine-yields.js';
import { hazard } from './hazards.js';
import { moduleMember } from './module-members.js';
import type { PackageFacts } from './package-facts.js';
import type { FunctionNode, Session } from './session.js';
import {
  boundToThis,
  enclosingFunction,
  isFunctionNode,
  isGenerator,
  outermost,
  ownContext,
  someNode,
  unwrap,
  visitAll,
} from './syntax.js';
import type { Values } from './values.js';

/** A generator that a library runs, and that waits for what it yields. */
export interface Coroutine {
  readonly node: FunctionNode;
  readonly uses: readonly CoroutineUse[];
  readonly yields: readonly Yielded[];
  readonly evidence: 'flow' | 'name';
  /** What stands against it, or asks for a review. */
  readonly hazards: readonly Hazard[];
}

/** How a generator is started. */
export type CoroutineUse =
  /** `co.wrap(function* () {})`: a function that runs it. */
  | { readonly kind: 'wrapped'; readonly call: ts.CallExpression; readonly argument: ts.Expression }
  /** `co(function* () {})`: it runs at once. */
  | {
      readonly kind: 'run';
      readonly call: ts.CallExpression;
      /** Its `this` is that of the function around it. */
      readonly hasThis: boolean;
    }
  /** `co(list)`, `co(list(1))`. */
  | { readonly kind: 'started'; readonly call: ts.CallExpression; readonly argument: ts.Expression }
  /** Another coroutine waits for it, once or for each element of a list. */
  | { readonly kind: 'awaited'; readonly call: ts.CallExpression; readonly within: FunctionNode };

export interface Coroutines {
  readonly all: ReadonlyMap<FunctionNode, Coroutine>;
  /** What stays a generator that a library runs, and why. */
  readonly refused: ReadonlyMap<FunctionNode, { readonly call: ts.Node; readonly hazard: Hazard }>;
  /** Calls of runners: what they give is a function that answers with a promise, or a promise. */
  readonly runners: ReadonlyMap<
    ts.CallExpression,
    { readonly gives: CoroutineRunner['gives']; readonly node: FunctionNode }
  >;
}

export interface CoroutineContext {
  readonly session: Session;
  readonly values: Values;
  readonly facts: PackageFacts;
  /** The run was asked to leave it. */
  readonly isLeft: (node: FunctionNode) => boolean;
}

interface Candidate {
  readonly node: FunctionNode;
  readonly uses: readonly CoroutineUse[];
  readonly yields: CoroutineRunner['yields'] | undefined;
}

/** Finds the generators that libraries run like async functions, to the greatest set that can become so together. */
export function findCoroutines(context: CoroutineContext): Coroutines {
  const { session } = context;
  const runners = findRunners(context);
  const givenBy = new Map<ts.CallExpression, { gives: CoroutineRunner['gives']; node: FunctionNode }>();
  const refused = new Map<FunctionNode, { call: ts.Node; hazard: Hazard }>();
  const candidates = new Map<FunctionNode, Candidate>();
  for (const file of session.files.values()) {
    if (runners.size === 0) break;
    visitAll(file, (node) => {
      if (!isFunctionNode(node) || !isGenerator(node)) return;
      const uses = usesOf(context, runners, node);
      const own = 'code' in uses ? [] : uses;
      const call = callOf(own) ?? runnerAround(runners, node);
      if (call !== undefined) {
        const runner = runners.get(call);
        if (runner !== undefined) givenBy.set(call, { gives: runner.gives, node });
      }
      const refusal = 'code' in uses ? uses : refusalOf(context, node, uses);
      if (refusal !== undefined) {
        if (call !== undefined) refused.set(node, { call, hazard: refusal });
        return;
      }
      candidates.set(node, { node, uses: own, yields: undefined });
    });
  }
  const all = settle(context, runners, candidates, refused, givenBy);
  return { all, refused, runners: givenBy };
}

/** Takes out what cannot be waited for until nothing more has to go. */
function settle(
  { values, facts, isLeft }: CoroutineContext,
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  candidates: Map<FunctionNode, Candidate>,
  refused: Map<FunctionNode, { call: ts.Node; hazard: Hazard }>,
  givenBy: ReadonlyMap<ts.CallExpression, unknown>,
): Map<FunctionNode, Coroutine> {
  for (;;) {
    const all = new Map<FunctionNode, Coroutine>();
    const before = candidates.size;
    for (const { node, uses } of [...candidates.values()]) {
      const yields = yieldsOf(runners, candidates, node, new Set());
      const refusal = refusalOfUses(candidates, uses) ?? (yields === undefined ? mixed(node) : undefined);
      const read =
        refusal ??
        readYields(
          {
            values,
            yields: yields ?? 'collections',
            isCoroutine: (other) => candidates.has(other),
            isStarted: (call) => isStarted(values, givenBy, candidates, call),
          },
          node,
        );
      if ('code' in read || isLeft(node)) {
        candidates.delete(node);
        const call = callOf(uses);
        if (call !== undefined) refused.set(node, { call, hazard: 'code' in read ? read : left(node) });
        continue;
      }
      const delegated = new Set(read.flatMap(({ delegates }) => delegates.map((d) => d.node)));
      const byName = read.find(({ evidence }) => evidence === 'name');
      all.set(node, {
        node,
        uses,
        yields: read,
        evidence: byName === undefined ? 'flow' : 'name',
        hazards: [
          ...(byName === undefined ? [] : [nameHazard(byName)]),
          ...versionHazards(facts, runners, uses),
        ],
      });
      for (const other of delegated) if (!candidates.has(other)) candidates.delete(node);
    }
    const isWhole = [...all.values()].every(({ node, uses }) => isAwaitedAsSaid(all, node, uses));
    for (const { node, uses } of all.values())
      if (!isAwaitedAsSaid(all, node, uses)) {
        candidates.delete(node);
        const call = callOf(uses);
        if (call !== undefined) refused.set(node, { call, hazard: iterated(node) });
      }
    if (candidates.size === before && isWhole) return all;
  }
}

/** Who is said to wait for it does so by a `yield`. */
function isAwaitedAsSaid(
  all: ReadonlyMap<FunctionNode, Coroutine>,
  node: FunctionNode,
  uses: readonly CoroutineUse[],
): boolean {
  return uses.every(
    (use) =>
      use.kind !== 'awaited' ||
      all
        .get(use.within)
        ?.yields.some(({ delegates }) => delegates.some((d) => d.node === node && d.call === use.call)) ===
        true,
  );
}

function refusalOfUses(
  candidates: ReadonlyMap<FunctionNode, Candidate>,
  uses: readonly CoroutineUse[],
): Hazard | undefined {
  for (const use of uses)
    if (use.kind === 'awaited' && !candidates.has(use.within)) return iterated(use.within);
  return undefined;
}

/** What a generator may yield: all of those who run it agree on that. */
function yieldsOf(
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  candidates: ReadonlyMap<FunctionNode, Candidate>,
  node: FunctionNode,
  seen: Set<FunctionNode>,
): CoroutineRunner['yields'] | undefined {
  seen.add(node);
  const found = new Set<CoroutineRunner['yields']>();
  for (const use of candidates.get(node)?.uses ?? []) {
    if (use.kind === 'awaited') {
      if (seen.has(use.within)) continue;
      const outer = yieldsOf(runners, candidates, use.within, seen);
      if (outer !== undefined) found.add(outer);
    } else {
      const runner = runners.get(use.call);
      if (runner !== undefined) found.add(runner.yields);
    }
  }
  const [only, more] = found;
  return more === undefined ? only : undefined;
}

function findRunners({ session, values, facts }: CoroutineContext): Map<ts.CallExpression, CoroutineRunner> {
  const found = new Map<ts.CallExpression, CoroutineRunner>();
  let changes = false;
  for (const file of session.files.values()) {
    if (!/\b(?:co|bluebird|q)\b/.test(file.text)) continue;
    visitAll(file, (node) => {
      if (ts.isPropertyAccessExpression(node) && yieldHandlers.has(node.name.text)) changes = true;
      if (!ts.isCallExpression(node) || !session.project.editable.has(session.pathOf(node))) return;
      const runner = runnerOf(values, facts, node);
      if (runner !== undefined) found.set(node, runner);
    });
  }
  return changes ? new Map() : found;
}

function runnerOf(values: Values, facts: PackageFacts, call: ts.CallExpression): CoroutineRunner | undefined {
  const callee = calledWithThis(call) ?? call.expression;
  const member = moduleMember(values, callee);
  if (member === undefined) return undefined;
  const major = facts.majorOf(member.module);
  const runner = coroutineRunners.find((row) => row.module === member.module && row.member === member.member);
  if (runner === undefined) return undefined;
  if (runner.majors === undefined) return runner;
  // Where no version is declared, how the answer is used may tell it.
  if (major === undefined) return isCalled(call) ? undefined : runner;
  return runner.majors.includes(major) ? runner : undefined;
}

/** `co.call(this, function* () {})`: the runner itself. */
export function calledWithThis(call: ts.CallExpression): ts.Expression | undefined {
  const callee = unwrap(call.expression);
  const [first] = call.arguments;
  const isCall = ts.isPropertyAccessExpression(callee) && callee.name.text === 'call';
  return isCall && first?.kind === ts.SyntaxKind.ThisKeyword ? callee.expression : undefined;
}

/** `co(function* () {})()`: what it gives is a function. */
function isCalled(call: ts.CallExpression): boolean {
  const outer = outermost(call);
  return ts.isCallExpression(outer.parent) && outer.parent.expression === outer;
}

/** What it gives is used as a promise, or by nobody. */
function isUsedAsPromise(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  return (
    (ts.isPropertyAccessExpression(parent) && /^(?:then|catch)$/.test(parent.name.text)) ||
    ts.isYieldExpression(parent) ||
    ts.isAwaitExpression(parent) ||
    ts.isExpressionStatement(parent)
  );
}

function callOf(uses: readonly CoroutineUse[]): ts.CallExpression | undefined {
  for (const use of uses) if (use.kind !== 'awaited') return use.call;
  return undefined;
}

function runnerAround(
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  node: FunctionNode,
): ts.CallExpression | undefined {
  const parent = ts.isFunctionExpression(node) ? outermost(node).parent : undefined;
  return parent !== undefined && ts.isCallExpression(parent) && runners.has(parent) ? parent : undefined;
}

/** Everything that is done with a generator; a hazard where it is more than to run it. */
function usesOf(
  context: CoroutineContext,
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  node: FunctionNode,
): CoroutineUse[] | Hazard {
  const { session } = context;
  if (!session.project.editable.has(session.pathOf(node))) return iterated(node);
  const name = nameOf(node);
  if (name === undefined) {
    if (!ts.isFunctionExpression(node)) return iterated(node);
    const use = useOf(runners, node, node);
    return use === undefined ? iterated(node) : [use];
  }
  const symbol = session.symbolOf(name);
  if (symbol === undefined || (symbol.declarations ?? []).length !== 1 || isExported(node))
    return iterated(node);
  const references = session.referencesOf(symbol).filter((reference) => reference !== name);
  const uses: CoroutineUse[] = [];
  for (const reference of references) {
    const use = useOf(runners, node, reference);
    if (use === undefined) return iterated(reference);
    uses.push(use);
  }
  return uses.length === 0 ? iterated(node) : uses;
}

/** The name by which a generator is called; undefined where it is written at its only use. */
function nameOf(node: FunctionNode): ts.Identifier | undefined {
  if (ts.isFunctionDeclaration(node)) return node.name;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name : undefined;
}

function isExported(node: FunctionNode): boolean {
  const statement = ts.isVariableDeclaration(node.parent) ? node.parent.parent.parent : node;
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

function useOf(
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  node: FunctionNode,
  expression: ts.Expression,
): CoroutineUse | undefined {
  const outer = outermost(expression);
  const { parent } = outer;
  if (ts.isCallExpression(parent) && parent.expression === outer) return useOfCall(runners, parent);
  const bound = boundToThis(expression);
  const given = bound === undefined ? outer : outermost(bound);
  const call = given.parent;
  if (!ts.isCallExpression(call) || call.expression === given) return undefined;
  const runner = runners.get(call);
  if (runner === undefined) return useOfMap(call, given);
  const first = calledWithThis(call) === undefined ? call.arguments[0] : call.arguments[1];
  if (first !== given || call.arguments[call.arguments.length - 1] !== given) return undefined;
  if (runner.gives === 'function')
    return calledWithThis(call) === undefined ? { kind: 'wrapped', call, argument: given } : undefined;
  if (expression === node)
    return { kind: 'run', call, hasThis: bound !== undefined || calledWithThis(call) !== undefined };
  return given === expression && calledWithThis(call) === undefined
    ? { kind: 'started', call, argument: given }
    : undefined;
}

/** `yield list(1)`, `yield* list(1)`, `co(list(1))`. */
function useOfCall(
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  call: ts.CallExpression,
): CoroutineUse | undefined {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isCallExpression(parent) && runners.get(parent)?.gives === 'promise') {
    const isOnly = parent.arguments.length === 1 && parent.arguments[0] === outer;
    return isOnly ? { kind: 'started', call: parent, argument: outer } : undefined;
  }
  return awaitedIn(call);
}

function useOfMap(call: ts.CallExpression, given: ts.Expression): CoroutineUse | undefined {
  return call.arguments[call.arguments.length - 1] === given ? awaitedIn(call) : undefined;
}

/** The generator whose `yield` an expression is part of. */
function awaitedIn(call: ts.CallExpression): CoroutineUse | undefined {
  const within = enclosingFunction(call);
  return within !== undefined && isGenerator(within) ? { kind: 'awaited', call, within } : undefined;
}

function refusalOf(
  { values }: CoroutineContext,
  node: FunctionNode,
  uses: readonly CoroutineUse[],
): Hazard | undefined {
  if (node.type !== undefined)
    return hazard(
      'H-FAMILY',
      'blocks',
      'it is declared to give a generator',
      node.type,
      'declare what it answers with',
    );
  if (node.body === undefined || someNode(node, isNamedAwait))
    return hazard('H-SHADOW', 'blocks', 'something in it is called `await`', node, 'give it another name');
  for (const use of uses) {
    if (use.kind === 'run') {
      const own = ownContext(node.body);
      const foreign = use.hasThis ? own.find(({ kind }) => kind !== ts.SyntaxKind.ThisKeyword) : own[0];
      if (foreign !== undefined)
        return hazard(
          'H-THIS',
          'blocks',
          'it uses `this` or `arguments` of its own',
          foreign,
          'keep what is needed in a variable of the function around it',
        );
      if (node.parameters.length > 0)
        return hazard(
          'H-BOUND',
          'blocks',
          'it is run without the values of its parameters',
          node,
          'read the values from the function around it',
        );
    }
    if (use.kind === 'wrapped') {
      const refusal = arityRefusal(values, node, use.call);
      if (refusal !== undefined) return refusal;
    }
    if (use.kind === 'started' && ts.isIdentifier(unwrap(use.argument)) && node.parameters.length > 0)
      return hazard(
        'H-BOUND',
        'blocks',
        'it is run without the values of its parameters',
        use.call,
        'hand over its values where it is run',
      );
  }
  return undefined;
}

/** Who takes the function may tell by its length, or by its kind, how to call it. */
function arityRefusal(values: Values, node: FunctionNode, call: ts.CallExpression): Hazard | undefined {
  const taker = placesOf(values, outermost(call)).find((place) => {
    const list = ts.isArrayLiteralExpression(place.parent) ? place.parent : place;
    const { parent } = list;
    if (!ts.isCallExpression(parent) || parent.expression === list) return false;
    const isTask = values
      .of(parent.expression)
      .some((value) => value.kind === 'member' && value.member.kind === 'control');
    return isTask || node.parameters.length > 3;
  });
  if (taker === undefined) return undefined;
  return hazard(
    'H-ARITY',
    'blocks',
    'who takes it tells by its parameters how to call it',
    taker,
    'write its parameters out where it is wrapped',
  );
}

/** Where a function stands, and where the constant does that holds it. */
function placesOf(values: Values, place: ts.Expression): ts.Expression[] {
  const { parent } = place;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return [place];
  const symbol = values.session.symbolOf(parent.name);
  return symbol === undefined ? [place] : [place, ...values.session.referencesOf(symbol)];
}

function isNamedAwait(node: ts.Node): boolean {
  return (
    ts.isIdentifier(node) &&
    node.text === 'await' &&
    !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)
  );
}

/** A call that runs a coroutine: what it gives is a promise, whether it stays or not. */
function isStarted(
  values: Values,
  givenBy: ReadonlyMap<ts.CallExpression, unknown>,
  candidates: ReadonlyMap<FunctionNode, Candidate>,
  call: ts.CallExpression,
): boolean {
  if (givenBy.has(call)) return true;
  const wrapped = constantOf(values, call.expression);
  if (wrapped === undefined || !ts.isCallExpression(wrapped) || !givenBy.has(wrapped)) return false;
  return [...candidates.values()].some(({ uses }) =>
    uses.some((use) => use.kind === 'wrapped' && use.call === wrapped),
  );
}

function constantOf(values: Values, expression: ts.Expression): ts.Expression | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return node;
  const symbol = values.session.symbolOf(node);
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (!ts.isVariableDeclaration(declaration) || values.assignments.variables.has(symbol)) return undefined;
  return declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
}

function iterated(node: ts.Node): Hazard {
  return hazard(
    'H-PROTOCOL',
    'blocks',
    'the generator is used for more than to wait',
    node,
    'iterate over a generator of its own',
  );
}

function left(node: ts.Node): Hazard {
  return hazard(
    'H-PROTOCOL',
    'blocks',
    'a generator cannot wait',
    node,
    'run it with one of the libraries that wait for it',
  );
}

function mixed(node: ts.Node): Hazard {
  return hazard(
    'H-PROTOCOL',
    'blocks',
    'libraries run it that take different things to wait for',
    node,
    'run it with one library everywhere',
  );
}

/** No version says that the library answers with a promise. */
function versionHazards(
  facts: PackageFacts,
  runners: ReadonlyMap<ts.CallExpression, CoroutineRunner>,
  uses: readonly CoroutineUse[],
): Hazard[] {
  for (const use of uses) {
    const runner = use.kind === 'awaited' ? undefined : runners.get(use.call);
    if (use.kind === 'awaited' || runner?.majors === undefined || isUsedAsPromise(use.call)) continue;
    if (facts.majorOf(runner.module) !== undefined) continue;
    const message = `no version of ${runner.module} is declared, and before ${runner.majors[0] ?? 'this one'} it answers with no promise`;
    return [hazard('H-NAME-ONLY', 'review', message, use.call, 'declare the version in package.json')];
  }
  return [];
}

function nameHazard({ value }: Yielded): Hazard {
  const message = `that \`${value.getText().split('\n')[0]?.slice(0, 40) ?? ''}\` is a promise is told by its use only`;
  return hazard('H-NAME-ONLY', 'review', message, value, 'check that it answers with a promise');
}
