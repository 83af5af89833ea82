import { ts } from 'ts-morph';
import { deliveryOf } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import type { EntryKind, FunctionFact } from '../../model/program.js';
import { isApiFunction } from './api-functions.js';
import { barrierOf, foreignOwner, foreignPromise } from './barriers.js';
import { isOfCollection, isOfPlainGlobal, isSaidToBeValue } from './builtin-receivers.js';
import { ownArgumentHazards } from './callee-hazards.js';
import { answerHazards, promisedHazards } from './chain-facts.js';
import { isConstructor } from './constructors.js';
import { blocks, type Context, location, type Notes, short } from './context.js';
import { coroutineHomes } from './coroutine-place.js';
import { removedByExpress5 } from './express5.js';
import { familyBarrier, familyIds } from './family-facts.js';
import { decoratedHazard } from './foreign-places.js';
import { hazard } from './hazards.js';
import { lateHazards } from './late-responses.js';
import { foreignAnswer } from './library-promises.js';
import { givenHazards, isWaitedFor } from './own-completion.js';
import { givesOwnPromise } from './own-promises.js';
import { frameworkMajor } from './package-facts.js';
import { promiseHazards } from './promise-place.js';
import { isRegisteredByName, strangerOf } from './registered-calls.js';
import { payloadHazard } from './replies.js';
import type { FunctionNode } from './session.js';
import { strangerHazards } from './starters.js';
import { enclosingFunction, isAsync } from './syntax.js';
import { canWait, topLevelHazards } from './top-level.js';
import { twinFact } from './twins.js';
import type { Unit } from './unit.js';
import { unknownReceiverHazard } from './unknown-receivers.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

export function isErrorHandler(context: Pick<Context, 'values'>, node: FunctionNode): boolean {
  const contract = context.values.contractOf(node)?.contract;
  return contract?.errorArity !== undefined && node.parameters.length === contract.errorArity;
}

export function readFunctions(
  context: Context,
  kindAt: (path: string) => 'application' | 'library',
  called: ReadonlySet<string>,
  units: ReadonlyMap<string, Unit>,
): FunctionFact[] {
  const { ids, session, uses } = context;
  const functions: FunctionFact[] = [];
  for (const [path, file] of session.files) {
    functions.push({
      id: `${path}#f0`,
      at: { file: path, range: { start: 0, end: file.end } },
      name: path,
      parent: null,
      color: canWait(session, context.facts, path) ? 'async' : 'sync',
      entry: 'startup',
      hazards: topLevelHazards(session, context.facts, file),
      unseen: [],
      callersKnown: true,
      family: [],
    });
  }
  const homes = coroutineHomes(context);
  const isCalled = (node: FunctionNode): boolean =>
    called.has(ids.of(node)) || familyIds(context, node).some((id) => called.has(id));
  for (const [id, node] of ids.functions) {
    const parent = enclosingFunction(node);
    const kind = kindAt(session.pathOf(node));
    const own = ownHazards(context, node, units.get(id), homes.get(node));
    const { hazards, unseen } =
      own === undefined
        ? functionHazards({ ...context, units }, node, kind, isCalled(node))
        : { hazards: own, unseen: [] };
    const twin = twinFact(context, units, node);
    functions.push({
      id,
      at: location(context, node),
      name: nameOf(uses, node),
      parent: parent === undefined ? ids.moduleOf(node) : ids.of(parent),
      color:
        isAsync(node) ||
        units.get(id)?.completion?.kind === 'deferred' ||
        context.chains.answersOf(node).length > 0 ||
        homes.has(node) ||
        waitsAlone(context, node, units.get(id))
          ? 'async'
          : context.candidates.ownCallbackOf(node) !== undefined
            ? 'callback'
            : 'sync',
      entry: entryOf(context, node, kind, isCalled(node)),
      hazards,
      unseen,
      callersKnown: !blocks([...hazards, ...unseen]),
      family: familyIds(context, node),
      ...(twin === undefined ? {} : { twin }),
      ...(context.candidates.isKeepable(node) ? { isKeepable: true } : {}),
    });
  }
  return functions;
}

/** What stands against a function whose callers do not see how it says that it is done; undefined for any other. */
function ownHazards(
  context: Context,
  node: FunctionNode,
  unit: Unit | undefined,
  ended: ts.Node | undefined,
): Hazard[] | undefined {
  if (ended !== undefined) return promisedHazards(context, node, [ended]);
  if (isWaitedFor(context.values, node)) {
    const others = [barrierOf(node) ?? familyBarrier(context, node), decoratedHazard(context.values, node)];
    const given = givenHazards(context, node, unit?.completion !== undefined);
    return [...given, ...others.filter((one) => one !== undefined)];
  }
  if (unit?.completion?.kind === 'promise') return promiseHazards(context, unit);
  if (unit?.completion?.kind === 'deferred')
    return [
      ...promisedHazards(context, node, [unit.completion.answer, unit.completion.statement]),
      ...foreignAnswer(context.values, unit.completion.made),
    ];
  if (context.chains.answersOf(node).length > 0) return answerHazards(context, node);
  if (waitsAlone(context, node, unit)) return promisedHazards(context, node, []);
  return undefined;
}

/** It gives a promise already, and its callers see no difference once it waits. */
function waitsAlone(context: Context, node: FunctionNode, unit: Unit | undefined): boolean {
  return (
    unit === undefined &&
    context.candidates.ownCallbackOf(node) === undefined &&
    !context.starters.has(node) &&
    barrierOf(node) === undefined &&
    givesOwnPromise(context.values, node)
  );
}

/** What stands against a handler that waits: its arity, who else has it, and who else calls it. */
export function handlerHazards(context: Context, node: FunctionNode): Hazard[] {
  const { values, uses, facts } = context;
  const registered = values.contractOf(node);
  if (registered === undefined) return [];
  const hazards: Hazard[] = [];
  const { contract, module } = registered;
  if (registered.call === null) {
    const message = `its parameters are those of a handler of ${module}, and nothing is seen to register it`;
    hazards.push(hazard('H-HANDLER', 'review', message, node, 'check that it serves as a handler only'));
  }
  const isTried = contract.adapter === 'next';
  if (isErrorHandler(context, node) && !isTried)
    hazards.push(
      hazard(
        'H-ARITY',
        'blocks',
        'an error handler is told by its four parameters',
        node,
        'answer with a `try` around its whole body',
      ),
    );
  const told = toldByArity(values, node, contract.parameters.length);
  if (told !== undefined) hazards.push(told);
  const isUpgraded =
    module === 'express' &&
    context.options.policy.express4 === 'upgrade' &&
    Number(facts.majorOf(module) ?? 4) < 5;
  if (isUpgraded) {
    const removed = removedByExpress5(context.session);
    const message = 'the framework moves to its next major, which reads an empty body and paths differently';
    hazards.push(
      removed ?? hazard('H-HANDLER', 'review', message, node, 'read the migration guide of Express 5'),
    );
  }
  const delivery = deliveryOf(contract, frameworkMajor(facts, module), node.parameters.length);
  const delivers = isUpgraded || delivery === 'framework';
  const isLast = contract.parameters[contract.parameters.length - 1]?.role === 'next';
  if (!delivers && !isLast && !isTried)
    hazards.push(
      hazard(
        'H-ARITY',
        'blocks',
        'the framework hands it more than a wrapper passes on',
        node,
        'move to the version that delivers rejections',
      ),
    );
  const other = uses.escapes.get(node) ?? uses.dynamic.get(node);
  // What a handler by its shape is handed to is taken for what registers it.
  const isRegistering =
    registered.call === null && (other?.code === 'H-FLOATING' || other?.code === 'H-DYNAMIC');
  if (other !== undefined && !isRegistering) hazards.push(other);
  if (!delivers) {
    const stranger = strangerOf(values, node);
    if (stranger !== undefined && !isRegisteredByName(uses, node))
      hazards.push(
        hazard(
          'H-HANDLER',
          'blocks',
          'it is also called with another `next`',
          stranger,
          'hand on the `next` that the framework gave it',
        ),
      );
  }
  return hazards;
}

/** A framework that tells by their parameters which functions are async takes none with more than some. */
export function toldByArity(values: Values, node: FunctionNode, most?: number): Hazard | undefined {
  const registered = values.contractOf(node);
  const arity = registered?.contract.asyncArity;
  if (registered === undefined || arity === undefined || node.parameters.length <= (most ?? arity))
    return undefined;
  const message = `${registered.module} takes no async function with so many parameters`;
  return hazard('H-ARITY', 'blocks', message, node, 'do the work in a function that it calls');
}

export function nameOf(uses: FunctionUses, node: FunctionNode): string {
  return uses.namesOf(node)[0] ?? node.name?.getText() ?? 'function';
}

function entryOf(
  context: Context,
  node: FunctionNode,
  kind: 'application' | 'library',
  isCalled: boolean,
): EntryKind | null {
  const contract = context.values.contractOf(node)?.contract;
  if (contract !== undefined) return contract.entry;
  const { exported, escapes } = context.uses;
  // Nobody says that what somebody unseen calls runs at start-up.
  const isHandedOver = isAsync(node) || escapes.get(node)?.code === 'H-FLOATING';
  if (!exported.has(node)) return isHandedOver && !isCalled ? 'unseen' : null;
  if (kind === 'library') return 'export';
  return isCalled ? null : 'unseen';
}

function functionHazards(
  context: Context & Pick<Notes, 'units'>,
  node: FunctionNode,
  kind: 'application' | 'library',
  isCalled: boolean,
): { readonly hazards: readonly Hazard[]; readonly unseen: readonly Hazard[] } {
  const { uses, values, session, units } = context;
  const hazards: Hazard[] = [];
  const { exported } = context.options.policy;
  const own = context.candidates.ownCallbackOf(node);
  // A function with a callback can answer whoever calls it; any other changes for all of its callers, or for none.
  const unseen: Hazard[] = own === undefined ? hazards : [];
  // A function that answers both ways keeps its arguments, unless a caller of the project leaves one out from now on.
  if (own !== undefined)
    (isCalled ? hazards : unseen).push(...ownArgumentHazards(node, own.preamble?.statements ?? []));
  const barrier = barrierOf(node) ?? familyBarrier(context, node);
  if (barrier !== undefined) hazards.push(barrier);
  else if (context.candidates.keepsCallback(node) && !context.starters.has(node)) {
    const message = 'it answers through its callback, and nobody waits for what it returns';
    hazards.push(hazard('H-FLOATING', 'blocks', message, node, 'answer with a promise'));
  } else if (isConstructor(values, node)) {
    const message = 'an async function cannot be called with `new`';
    hazards.push(hazard('H-CTOR', 'blocks', message, node, 'move the call into a factory'));
  }
  const starter = context.starters.get(node);
  if (starter !== undefined) {
    const foreign = foreignOwner(values, node);
    const all = [
      ...hazards,
      ...(foreign === undefined ? [] : [foreign]),
      ...strangerHazards(context, starter),
    ];
    return { hazards: all, unseen: [] };
  }
  if (values.contractOf(node) !== undefined) {
    const payload = payloadHazard(values, node, units.get(context.ids.of(node)));
    if (payload !== undefined) hazards.push(payload);
    hazards.push(...handlerHazards(context, node), ...lateHazards(context, node));
    return { hazards, unseen: [] };
  }
  // Whoever calls it has a promise already; what it does before its first wait is told at each call.
  if (isAsync(node) && own === undefined && !units.has(context.ids.of(node)))
    return { hazards: barrier === undefined ? [] : [barrier], unseen: [] };
  const escaped = uses.escapes.get(node) ?? uses.dynamic.get(node);
  if (escaped !== undefined) (isIterated(escaped) ? hazards : unseen).push(escaped);
  const foreign = foreignOwner(values, node, isCalled && own === undefined);
  if (foreign !== undefined) unseen.push(foreign);
  const promised = foreignPromise(values, node);
  if (promised !== undefined) unseen.push(promised);
  const receiver = own === undefined ? unknownReceiverHazard(uses, values, node) : undefined;
  if (receiver !== undefined) unseen.push(receiver);
  const decorated = decoratedHazard(values, node);
  if (decorated !== undefined) unseen.push(decorated);
  const isOffered = isApiFunction(uses, node);
  const isApi = kind === 'library' || (exported === 'shim' && own !== undefined);
  if (isApi && isOffered) {
    unseen.push(
      hazard(
        'H-EXPORTED',
        exported === 'convert' || context.asked.functions.has(node) ? 'review' : 'blocks',
        'other packages may call it',
        node,
        'pass --exported convert, or --package-kind application',
      ),
    );
  }
  for (const name of uses.namesOf(node)) {
    const unknown =
      (uses.byName.get(name) ?? []).find(
        (call) =>
          own === undefined ||
          (mayPassCallback(values, call) &&
            !isOfCollection(session, call) &&
            !isOfPlainGlobal(session, call)),
      ) ?? uses.promisified.get(name);
    if (unknown === undefined || own === undefined) continue;
    const place = `${session.pathOf(unknown)}`;
    unseen.push(
      hazard(
        'H-DYNAMIC',
        'blocks',
        `\`${short(unknown)}\` in ${place} may call it`,
        unknown,
        'make the object of that call known to the tool',
      ),
    );
    break;
  }
  const isAskedFor = isApi && isOffered && exported === 'convert';
  if (
    !isCalled &&
    !isAskedFor &&
    !uses.adopted.has(node) &&
    !context.asked.functions.has(node) &&
    !context.candidates.isContinuation(node) &&
    !blocks([...hazards, ...unseen])
  ) {
    const message = 'nothing in the project is seen to call it';
    unseen.push(hazard('H-DYNAMIC', 'blocks', message, node, 'name it with a call that can be followed'));
  }
  return { hazards, unseen: own === undefined ? [] : unseen };
}

/** An array runs the function for each of its elements: no callback is given to it. */
function isIterated({ code }: Hazard): boolean {
  return code === 'H-FOREACH' || code === 'H-PREDICATE';
}

/** A call whose last argument is a function, or a name that may hold one. */
function mayPassCallback(values: Values, call: ts.CallExpression): boolean {
  const last = call.arguments[call.arguments.length - 1];
  if (last === undefined) return false;
  if (ts.isFunctionExpression(last) || ts.isArrowFunction(last)) return true;
  if (!ts.isIdentifier(last) || isSaidToBeValue(values.session, last)) return false;
  const found = values.of(last);
  return found.length === 0 || found.some((value) => value.kind === 'function' || value.kind === 'next');
}
