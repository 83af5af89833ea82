import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates, OwnCallback } from './candidates.js';
import { deferredCompletion } from './deferreds.js';
import { hazard } from './hazards.js';
import { libraryConstructor } from './library-promises.js';
import type { PackageFacts } from './package-facts.js';
import type { FunctionNode, Session } from './session.js';
import {
  boundToThis,
  hasOwnContext,
  isAsync,
  isFunctionNode,
  isGenerator,
  outermost,
  someNode,
  unwrap,
} from './syntax.js';
import { isRunnerDeclared } from './test-runner.js';
import type { Values } from './values.js';

/** How a function says that it is done, other than by returning. */
export type Completion =
  /** The callback that its callers in the project give it. */
  | ({ readonly kind: 'callback' } & OwnCallback)
  /** A parameter that somebody outside the project gives it, who also takes a promise. */
  | ({ readonly kind: 'given'; readonly value: 'ignored' | 'result' } & OwnCallback)
  /** The two functions that a promise hands to its executor; only the first call of either counts. */
  | {
      readonly kind: 'promise';
      readonly construct: ts.NewExpression;
      readonly parameters: readonly ts.ParameterDeclaration[];
      readonly resolve: ts.Symbol | undefined;
      readonly reject: ts.Symbol | undefined;
    }
  /** What a library gives to settle a promise with, which the function answers with in the end. */
  | {
      readonly kind: 'deferred';
      readonly symbol: ts.Symbol;
      readonly declaration: ts.VariableDeclaration;
      readonly statement: ts.VariableStatement;
      readonly answer: ts.ReturnStatement;
      readonly made: ts.CallExpression;
    };

export interface CompletionContext {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Pick<Candidates, 'ownCallbackOf'>;
}

export function completionOf(context: CompletionContext, node: FunctionNode): Completion | undefined {
  const callback = context.candidates.ownCallbackOf(node);
  if (callback !== undefined) return { kind: 'callback', ...callback };
  return (
    givenCompletion(context, node) ??
    promiseCompletion(context.values, node) ??
    deferredCompletion(context.values, node)
  );
}

/** Only its first answer counts, and it is given by functions for values and for errors. */
export function isSettled(
  completion: Completion | undefined,
): completion is Extract<Completion, { kind: 'promise' | 'deferred' }> {
  return completion?.kind === 'promise' || completion?.kind === 'deferred';
}

/** The parameters that go away with the callbacks. */
export function completionParameters(completion: Completion | undefined): readonly ts.ParameterDeclaration[] {
  if (completion === undefined || completion.kind === 'deferred') return [];
  return completion.kind === 'promise' ? completion.parameters : [completion.parameter];
}

/** The names by which a function says that it is done. */
export function completionSymbols(completion: Completion | undefined): readonly ts.Symbol[] {
  if (completion === undefined) return [];
  if (completion.kind !== 'promise') return [completion.symbol];
  return [completion.resolve, completion.reject].filter((symbol) => symbol !== undefined);
}

/** Where a function has the completion parameter of its contract; what is told of `this` is no parameter. */
function completionIndex(values: Values, node: FunctionNode): number {
  const index = roleIndex(values, node);
  const [first] = node.parameters;
  const tellsThis = first !== undefined && ts.isIdentifier(first.name) && first.name.text === 'this';
  return index !== -1 && tellsThis ? index + 1 : index;
}

function roleIndex(values: Values, node: FunctionNode): number {
  return (
    values.contractOf(node)?.contract.parameters.findIndex((parameter) => parameter.role === 'completion') ??
    -1
  );
}

/** Who calls the function waits until it says that it is done, or for its promise. */
export function isWaitedFor(values: Values, node: FunctionNode): boolean {
  return completionIndex(values, node) !== -1 || values.contractOf(node)?.contract.takesPromise === true;
}

function givenCompletion(context: CompletionContext, node: FunctionNode): Completion | undefined {
  const index = completionIndex(context.values, node);
  const role = context.values.contractOf(node)?.contract.parameters[roleIndex(context.values, node)];
  const parameter = node.parameters[index];
  if (role?.role !== 'completion' || parameter === undefined || node.parameters.length !== index + 1)
    return undefined;
  if (!ts.isIdentifier(parameter.name) || parameter.dotDotDotToken !== undefined) return undefined;
  if (parameter.initializer !== undefined || isAsync(node)) return undefined;
  if (node.body === undefined || (!ts.isArrowFunction(node) && someNode(node.body, isArguments)))
    return undefined;
  const symbol = context.session.symbolOf(parameter.name);
  return symbol === undefined
    ? undefined
    : { kind: 'given', value: role.value, symbol, parameter, index, preamble: undefined };
}

function isArguments(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === 'arguments';
}

/** True for the function given to `new Promise`. */
export function isExecutor(values: Values, node: FunctionNode): boolean {
  return executedBy(values, node) !== undefined;
}

function executedBy(values: Values, node: FunctionNode): ts.NewExpression | undefined {
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return undefined;
  const { parent } = outermost(boundToThis(node) ?? node);
  if (!ts.isNewExpression(parent) || parent.arguments?.length !== 1) return undefined;
  const callee = unwrap(parent.expression);
  const isPromise =
    (ts.isIdentifier(callee) && callee.text === 'Promise' && values.session.symbolOf(callee) === undefined) ||
    libraryConstructor(values, callee) !== undefined;
  return isPromise ? parent : undefined;
}

function promiseCompletion(values: Values, node: FunctionNode): Completion | undefined {
  const { session } = values;
  const construct = executedBy(values, node);
  if (construct === undefined || node.body === undefined || node.parameters.length > 2) return undefined;
  if (isAsync(node) || isGenerator(node)) return undefined;
  if (hasOwnContext(node)) return undefined;
  const symbols: (ts.Symbol | undefined)[] = [];
  for (const { name, dotDotDotToken, initializer } of node.parameters) {
    if (!ts.isIdentifier(name) || dotDotDotToken !== undefined || initializer !== undefined) return undefined;
    symbols.push(session.symbolOf(name));
  }
  const [resolve, reject] = symbols;
  return { kind: 'promise', construct, parameters: node.parameters, resolve, reject };
}

export interface GivenContext {
  readonly values: Values;
  readonly facts: PackageFacts;
  readonly uses: {
    readonly escapes: ReadonlyMap<FunctionNode, Hazard>;
    readonly dynamic: ReadonlyMap<FunctionNode, Hazard>;
    readonly exported: ReadonlySet<FunctionNode>;
    readonly registrations: ReadonlyMap<FunctionNode, readonly ts.Expression[]>;
  };
}

/**
 * What stands against a function under a contract with a completion parameter that becomes async.
 *
 * @param replaced the parameter goes away with the conversion
 */
export function givenHazards(context: GivenContext, node: FunctionNode, replaced: boolean): Hazard[] {
  const { values, facts, uses } = context;
  const registered = values.contractOf(node);
  if (registered === undefined) return [];
  const { contract, module, call } = registered;
  const hazards: Hazard[] = [];
  const index = completionIndex(values, node);
  if (index !== -1 && node.parameters.length > index && !replaced) {
    const message = 'it says by its parameter that it is done, and cannot also answer with a promise';
    hazards.push(hazard('H-ARITY', 'blocks', message, node, 'call the parameter once, last, on every path'));
  }
  const major = facts.majorOf(module);
  if (contract.acceptsPromise !== undefined && !contract.acceptsPromise.includes(Number(major))) {
    const message = `${module} ${major ?? 'of an unknown version'} does not wait for a promise here`;
    hazards.push(
      hazard(
        'H-FOREIGN',
        'blocks',
        message,
        node,
        'declare a version in package.json that waits for promises',
      ),
    );
  }
  const other = uses.escapes.get(node) ?? uses.dynamic.get(node);
  if (other !== undefined) hazards.push(other);
  const [caller] = values.callsOf(node);
  // Without a parameter for it, a call is one like any other, and is awaited.
  if (caller !== undefined && index !== -1)
    hazards.push(
      hazard(
        'H-HANDLER',
        'blocks',
        'it is also called by the project',
        caller,
        'let the project call a function of its own for the work',
      ),
    );
  if (call === null) {
    const message = `its parameters are those of a handler of ${module}, which ends with its promise, whatever else still runs`;
    hazards.push(
      hazard('H-HANDLER', 'review', message, node, 'check that nothing runs on behind its answer'),
    );
  } else if (uses.exported.has(node) && index !== -1)
    hazards.push(
      hazard(
        'H-EXPORTED',
        'blocks',
        'others may call it with a callback',
        node,
        'let others call a function of its own for the work',
      ),
    );
  if (
    contract.entry === 'test' &&
    call !== null &&
    isGlobalName(values.session, call) &&
    !isRunnerDeclared(facts)
  ) {
    const message = 'package.json does not say which runner runs this test';
    hazards.push(
      hazard('H-NAME-ONLY', 'review', message, call, 'check that it waits for the promise of a test'),
    );
  }
  return hazards;
}

/** The function is registered by a name that nothing declares. */
function isGlobalName(session: Session, call: ts.CallExpression): boolean {
  let callee = unwrap(call.expression);
  while (ts.isPropertyAccessExpression(callee)) callee = unwrap(callee.expression);
  return ts.isIdentifier(callee) && session.symbolOf(callee) === undefined;
}

/** The function whose body runs the construction of a promise. */
export function ownerOf(construct: ts.NewExpression): FunctionNode | undefined {
  for (let node: ts.Node = construct.parent; node !== undefined; node = node.parent) {
    if (isFunctionNode(node)) return node;
    if (ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node)) return undefined;
  }
  return undefined;
}
