import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import {
  awaitedRefusal,
  awaitedUse,
  isLazyImport,
  isNamedThroughout,
  isWorthWriting,
} from './awaited-chains.js';
import { awaitedItem } from './awaited-place.js';
import type { Candidates } from './candidates.js';
import {
  type Chain,
  type ChainNames,
  chainsIn,
  isOutermost,
  isReactionShape,
  type Link,
  methodOf,
  type ReactionNode,
  readChain,
} from './chain.js';
import { type ChainPlace, chainPlace, isHandler, isTailOf, placeRefusal } from './chain-place.js';
import { type Shapes, statementForm, type Use } from './chain-shape.js';
import type { Coroutines } from './coroutines.js';
import { isEffectFree } from './effects.js';
import { headRefusal } from './foreign-promises.js';
import { hazard } from './hazards.js';
import { foreignAnswer } from './library-promises.js';
import {
  evidenceOfFunction,
  isPlainValue,
  type PromiseEvidence,
  promiseEvidence,
  weakest,
} from './plain-values.js';
import type { FunctionNode, Session } from './session.js';
import { isAsync, isFunctionNode, ownContext, unwrap, visitOwn } from './syntax.js';
import { unawaitedAt } from './unawaited.js';
import type { Values } from './values.js';
import { isSettler, settledChain, wrappedChain } from './wrapped-chains.js';

/** A chain that can become the code of the function it stands in. */
export interface ChainSeed {
  readonly call: ts.CallExpression;
  readonly place: ChainPlace;
  /** The function of the promise that is made around it. */
  readonly executor?: FunctionNode;
  /** What takes its place; undefined where something stands against it. */
  readonly chain: Chain | undefined;
  readonly evidence: PromiseEvidence;
  /** Its function is started by a framework that looks at nothing it answers. */
  readonly isHandler: boolean;
  readonly hazards: readonly Hazard[];
}

export interface Chains {
  readonly seeds: ReadonlyMap<ts.Node, ChainSeed>;
  /** The chains that end a function: what it returns is a promise already. */
  readonly answersOf: (node: FunctionNode) => readonly ChainSeed[];
}

/** Finds the chains that end a function which answers with them, or a handler. */
export function findChains(
  session: Session,
  values: Values,
  candidates: Candidates,
  coroutines: Coroutines,
): Chains {
  const seeds = new Map<ts.Node, ChainSeed>();
  const answers = new Map<FunctionNode, ChainSeed[]>();
  const names = namesOf(values, candidates, coroutines);
  const visit = (node: ts.Node): void => {
    const reader = { values, candidates, names };
    const seed =
      ts.isCallExpression(node) && isOutermost(node)
        ? seedOf(session, reader, node)
        : wrappedSeedOf(session, reader, node);
    if (seed !== undefined && !seeds.has(seed.call)) {
      seeds.set(seed.call, seed);
      const { owner, kind, waiting } = seed.place;
      if (
        kind !== 'statement' &&
        waiting === undefined &&
        !isHandler(values, owner) &&
        candidates.ownCallbackOf(owner) === undefined
      )
        answers.set(owner, [...(answers.get(owner) ?? []), seed]);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return { seeds, answersOf: (node) => answers.get(node) ?? [] };
}

/** The chain that a promise is made around. */
function wrappedSeedOf(session: Session, reader: Reader, node: ts.Node): ChainSeed | undefined {
  const { values, names } = reader;
  if (!ts.isNewExpression(node) || !session.project.editable.has(session.pathOf(node))) return undefined;
  const wrapped = wrappedChain(values, node);
  const place = wrapped === undefined ? undefined : chainPlace(reader, node);
  if (wrapped === undefined || place?.isLast !== true || place.kind === 'statement') return undefined;
  if (place.waiting !== undefined) return undefined;
  const { call, executor } = wrapped;
  // What calls back from a promise is a call with that callback.
  if (reader.candidates.calls.has(call)) return undefined;
  const own: ChainNames = {
    ...names,
    isFunction: (name) => names.isFunction(name) || isSettler(values, wrapped, name),
  };
  const reading = isHandler(values, place.owner) ? undefined : readChain(own, call);
  if (reading?.kind !== 'chain') return undefined;
  const isPlain = (expression: ts.Expression): boolean => isPlainValue(values, expression);
  const chain = settledChain(values, wrapped, reading.chain, isPlain);
  if (chain === undefined || placeRefusal(reader, place, node) !== undefined) return undefined;
  const shapes: Shapes = { isPlain, passesOn: () => false, isTail: isTailOf };
  const form = statementForm(shapes, chain, {
    mode: 'leaves',
    isTaken: true,
    isCovered: false,
    isHandler: false,
  });
  if ('code' in form) return undefined;
  const heads = chainsIn(form).map(({ head }) => head);
  if (headRefusal(values, heads) !== undefined) return undefined;
  const evidence = weakest(chainsIn(form).map(({ head }) => promiseEvidence(values, head)));
  const hazards = [
    ...notesOf(form, false),
    ...libraryNotes(values, form, false),
    ...givenByName(values, form),
    ...foreignAnswer(values, node),
  ];
  return { call, place, executor, chain: form, evidence, isHandler: false, hazards };
}

interface Reader {
  readonly values: Values;
  readonly candidates: Candidates;
  readonly names: ChainNames;
}

function seedOf(session: Session, reader: Reader, call: ts.CallExpression): ChainSeed | undefined {
  const { candidates, names } = reader;
  // What calls back from a promise is a call with that callback.
  if (candidates.calls.has(call)) return undefined;
  if (methodOf(call) === undefined || !session.project.editable.has(session.pathOf(call))) return undefined;
  const place = chainPlace(reader, call);
  const reading = place === undefined ? undefined : readChain(names, call);
  // Where the code of a coroutine cannot stand, what it answers with can still be waited for.
  if (reading?.kind === 'chain' && reading.chain.isRun === true && names.runOf !== undefined) {
    const folded = seedOfReading(reader, call);
    if (folded?.chain !== undefined) return folded;
    const { runOf: _, ...plain } = names;
    return seedOfReading({ ...reader, names: plain }, call);
  }
  return seedOfReading(reader, call);
}

function seedOfReading(reader: Reader, call: ts.CallExpression): ChainSeed | undefined {
  const { values, names } = reader;
  const place = chainPlace(reader, call);
  const reading = place === undefined ? undefined : readChain(names, call);
  if (place === undefined || reading === undefined) return undefined;
  if (place.waiting !== undefined && !isWorthWriting(reading, place)) return undefined;
  const isHandled = place.waiting === undefined && isHandler(values, place.owner);
  const base = { call, place, evidence: 'name' as const, isHandler: isHandled };
  if (reading.kind === 'refused') return { ...base, chain: undefined, hazards: [reading.hazard] };
  const isWaitedFor = place.waiting !== undefined || isAsync(place.owner);
  if ((isWaitedFor && isNamedThroughout(reading.chain)) || isLazyImport(reading.chain, place))
    return undefined;
  const shapes: Shapes = {
    isPlain: (expression) => isPlainValue(values, expression),
    passesOn: (link) => passesOn(values, link),
    isTail: (statement, block) => isTailOf(statement, block),
  };
  const use: Use = place.waiting === undefined ? endingUse(isHandled) : awaitedUse(place);
  // `handler(req, res).catch(next)` waits for nothing but the error.
  if (isHandled && reading.chain.links.every((link) => link.kind === 'catch' && passesOn(values, link)))
    return undefined;
  const form = statementForm(shapes, reading.chain, use);
  const refusal =
    placeRefusal(reader, place, call) ??
    awaitedRefusal(place, reading.chain) ??
    ('code' in form
      ? form
      : headRefusal(
          values,
          chainsIn(form).map(({ head }) => head),
        ));
  if (refusal !== undefined || 'code' in form)
    return { ...base, chain: undefined, hazards: refusal === undefined ? [] : [refusal] };
  const evidence = weakest(chainsIn(form).map(({ head }) => promiseEvidence(values, head)));
  if (form.links.length === 0 && evidence === 'name')
    return { ...base, chain: undefined, hazards: [notGiven(call)] };
  const hazards = [
    ...notesOf(form, isHandled),
    ...libraryNotes(values, form, isHandled),
    ...givenByName(values, form),
  ];
  return { ...base, evidence, chain: form, hazards };
}

/** `builder.catch()` may be anything. */
function notGiven(call: ts.CallExpression): Hazard {
  return hazard('H-BOUND', 'blocks', 'it is given no function', call, 'write the function at the call');
}

function endingUse(isHandled: boolean): Use {
  return { mode: 'leaves', isTaken: !isHandled, isCovered: false, isHandler: isHandled };
}

function namesOf(values: Values, candidates: Candidates, coroutines: Coroutines): ChainNames {
  return {
    runOf: (head) => runNode(coroutines, head) ?? calledAtOnce(head),
    isOwnMethod: (callee) => values.of(callee).some(({ kind }) => kind === 'function'),
    isFunction: (name) =>
      !mayBeLeftOut(values, name) && (isBareFunction(values, name) || isTakenForFunction(values, name)),
    awaitedItem: (waiting) => awaitedItem(values, waiting),
    takesNothing: (name) => takesNothing(values, name),
    hasContinuation(body) {
      let found = false;
      visitOwn(body, (node) => {
        const candidate = ts.isCallExpression(node) ? candidates.calls.get(node) : undefined;
        if (candidate === undefined || candidate.kind === 'sync' || !ts.isCallExpression(node)) return;
        found ||= unawaitedAt(values, node, candidate) === undefined;
      });
      return found;
    },
  };
}

/** The function of `co(function* () {})`, where it is run nowhere else. */
function runNode(coroutines: Coroutines, head: ts.Expression): ts.FunctionExpression | undefined {
  const call = unwrap(head);
  const node = ts.isCallExpression(call) ? coroutines.runners.get(call)?.node : undefined;
  const uses = node === undefined ? undefined : coroutines.all.get(node)?.uses;
  const isRun = uses?.length === 1 && uses[0]?.kind === 'run';
  return isRun && node !== undefined && ts.isFunctionExpression(node) ? node : undefined;
}

/** The function of `(async () => { … })()`. */
function calledAtOnce(head: ts.Expression): ReactionNode | undefined {
  const call = unwrap(head);
  const node = ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
  if (node === undefined || !ts.isCallExpression(call) || call.arguments.length > 0) return undefined;
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return undefined;
  return isAsync(node) && isReactionShape(node) && node.parameters.length === 0 ? node : undefined;
}

/** A name of a function that does not need the object it was taken from. */
function isBareFunction(values: Values, node: ts.Expression): boolean {
  const { session } = values;
  if (ts.isPropertyAccessExpression(node)) {
    const receiver = unwrap(node.expression);
    return (
      ts.isIdentifier(receiver) &&
      session.symbolOf(receiver) === undefined &&
      (receiver.text === 'console' || receiver.text === 'JSON')
    );
  }
  if (ts.isCallExpression(node)) return isCurried(values, node);
  if (!ts.isIdentifier(node)) return false;
  const found = values.of(node);
  return found.length > 0 && found.every(({ kind }) => kind === 'function' || kind === 'next');
}

/** Functions alone: what a method is called with may reach one of another class. */
function takesNothing(values: Values, name: ts.Expression): boolean {
  const found = values.of(name);
  return (
    found.length > 0 &&
    found.every((value) => {
      if (value.kind !== 'function') return false;
      const { node } = value;
      const isFixed = ts.isFunctionDeclaration(node) || ts.isArrowFunction(node);
      return isFixed && node.parameters.length === 0 && node.body !== undefined && !usesArguments(node.body);
    })
  );
}

function usesArguments(body: ts.Node): boolean {
  return ownContext(body).some(ts.isIdentifier);
}

/** `this.find` of `this.find.bind(this)`. */
function isBound({ parent }: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(parent) && parent.name.text === 'bind';
}

/** A name, or a member of a name, that may well hold a function. */
function isTakenForFunction(values: Values, node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node) && !ts.isOptionalChain(node)) {
    const receiver = unwrap(node.expression);
    const isPath = ts.isIdentifier(receiver) || receiver.kind === ts.SyntaxKind.ThisKeyword;
    return isPath && values.of(node).every(({ kind }) => kind === 'function' || kind === 'member');
  }
  return ts.isIdentifier(node) && node.text !== 'undefined' && values.of(node).length === 0;
}

/** A parameter that a call leaves out: `then` passes the value on where it is given no function. */
function mayBeLeftOut({ session, callsOf }: Values, name: ts.Expression): boolean {
  const parameter = ts.isIdentifier(name)
    ? session.symbolOf(name)?.declarations?.find(ts.isParameter)
    : undefined;
  const owner = parameter?.parent;
  if (parameter === undefined || owner === undefined || !isFunctionNode(owner)) return false;
  if (parameter.questionToken !== undefined) return true;
  const index = owner.parameters.indexOf(parameter);
  return callsOf(owner).some(
    ({ arguments: given = [] }) => given.length <= index && !given.some(ts.isSpreadElement),
  );
}

/** What is called by its name now is taken for a function, and gets the object that it is a member of as its `this`. */
function givenByName(values: Values, chain: Chain): Hazard[] {
  const given = chainsIn(chain)
    .flatMap(({ links }) => links.flatMap(({ fulfilled, rejected }) => [fulfilled, rejected]))
    .flatMap((reaction) => (reaction?.kind === 'named' ? [reaction.expression] : []))
    .find(
      (expression) =>
        !isBound(expression) &&
        !isBareFunction(values, expression) &&
        isTakenForFunction(values, unwrap(expression)),
    );
  if (given === undefined) return [];
  const message = `\`${given.getText()}\` is taken for a function that does the same when it is called like this`;
  return [hazard('H-BOUND', 'review', message, given, 'write a function at the call that calls it')];
}

/** `respondWith(res)`: a call that does nothing but give a function. */
function isCurried(values: Values, call: ts.CallExpression): boolean {
  const found = values.of(call.expression);
  return (
    found.length > 0 &&
    found.every((value) => value.kind === 'function' && givesFunction(value.node)) &&
    call.arguments.every((argument) => !ts.isSpreadElement(argument) && isEffectFree(argument))
  );
}

function givesFunction({ body, parameters }: FunctionNode): boolean {
  if (
    body === undefined ||
    parameters.some(
      ({ name, initializer }) =>
        !ts.isIdentifier(name) || (initializer !== undefined && !isEffectFree(initializer)),
    )
  )
    return false;
  const [only, ...more] = ts.isBlock(body) ? body.statements : [];
  const value = ts.isBlock(body)
    ? only !== undefined && ts.isReturnStatement(only) && more.length === 0
      ? only.expression
      : undefined
    : body;
  const node = value === undefined ? undefined : unwrap(value);
  return node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));
}

/** Who gets the promise of a library may use more of it than every promise has. */
function libraryNotes(values: Values, chain: Chain, isHandled: boolean): Hazard[] {
  if (isHandled) return [];
  const [first] = chainsIn(chain).flatMap(({ head }) => {
    const made = unwrap(head);
    return ts.isCallExpression(made) || ts.isNewExpression(made) ? foreignAnswer(values, made) : [];
  });
  return first === undefined ? [] : [first];
}

function notesOf(chain: Chain, isHandled: boolean): Hazard[] {
  const caught = chain.links.find(
    ({ rejected, kind, isHandedOn }) => (rejected !== undefined && !isHandedOn) || kind === 'finally',
  );
  if (caught !== undefined) {
    const message = 'what the first call throws at once is handled where its rejection is';
    return [hazard('H-TRY-WIDER', 'note', message, caught.call)];
  }
  const last = chain.links[chain.links.length - 1];
  if (!isHandled || last?.kind === 'catch') return [];
  const message = 'a rejection that nobody handled goes where the errors of the handler go';
  return [hazard('H-HANDLER', 'note', message, chain.call)];
}

/** `.catch(next)`, `.then(f, next)`, `.catch((err) => next(err))`: the last link of a handler's chain. */
function passesOn(values: Values, { rejected }: Link): boolean {
  if (rejected === undefined) return false;
  const isNext = (name: ts.Expression): boolean => values.of(name).some((value) => value.kind === 'next');
  if (rejected.kind === 'named') return isNext(rejected.expression);
  const { node, body } = rejected;
  const parameter = node.parameters[0]?.name;
  const [only, ...more] = body.kind === 'block' ? body.block.statements : [];
  const expression =
    body.kind === 'expression'
      ? body.expression
      : only !== undefined &&
          (ts.isReturnStatement(only) || ts.isExpressionStatement(only)) &&
          more.length === 0
        ? only.expression
        : undefined;
  const call = expression === undefined ? undefined : unwrap(expression);
  if (call === undefined || !ts.isCallExpression(call) || call.arguments.length !== 1) return false;
  const [given] = call.arguments;
  const name = given === undefined ? undefined : unwrap(given);
  return (
    isNext(call.expression) &&
    name !== undefined &&
    ts.isIdentifier(name) &&
    parameter !== undefined &&
    ts.isIdentifier(parameter) &&
    values.session.symbolOf(name) === values.session.symbolOf(parameter)
  );
}

/** Every way out of a function gives a promise. */
export function answersWithPromises(values: Values, chains: Chains, node: FunctionNode): boolean {
  return chains.answersOf(node).length > 0 || evidenceOfFunction(values, node) !== 'name';
}
