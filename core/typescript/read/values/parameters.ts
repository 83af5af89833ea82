import { ts } from 'ts-morph';
import { findLibrary } from '../../../catalog/index.js';
import type { Contract } from '../../../catalog/schema.js';
import type { FunctionNode } from '../session.js';
import { isFunctionNode, unwrap } from '../syntax.js';
import type { Value } from '../values.js';
import { allOf, type Follower } from './follower.js';

/** What a parameter gets, from whoever calls its function. */
export function ofParameter(follower: Follower, parameter: ts.ParameterDeclaration): readonly Value[] {
  if (parameter.type !== undefined) {
    const typed = follower.type(parameter.type);
    if (typed.length > 0) return typed;
  }
  const node = parameter.parent;
  if (!isFunctionNode(node) || parameter.dotDotDotToken !== undefined) return [];
  const index = node.parameters.filter((p) => !isThisParameter(p)).indexOf(parameter);
  const fromContinuation = ofContinuationParameter(follower, node, index);
  if (fromContinuation !== undefined) return fromContinuation;
  const fulfilled = index === 0 ? ofFulfilled(follower, node) : undefined;
  if (fulfilled !== undefined) return fulfilled;
  const contract = follower.contractOf(node);
  if (contract !== undefined) return ofContractParameter(contract.contract, contract.module, node, index);
  // A function that hands its own parameter on to itself adds nothing.
  const calls = follower
    .callsOf(node)
    .filter((call) => !isNameOf(follower, parameter, call.arguments?.[index]));
  return allOf(
    calls.map((call): readonly Value[] => {
      const argument = call.arguments?.[index];
      return argument === undefined ? [{ kind: 'plain' }] : follower.of(argument);
    }),
  );
}

/** `promise.then((value) => …)` */
function ofFulfilled(follower: Follower, node: FunctionNode): readonly Value[] | undefined {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== node) return undefined;
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'then') return undefined;
  const promises = follower.of(callee.expression);
  const isPromise = promises.length > 0 && promises.every(({ kind }) => kind === 'promise');
  return isPromise ? promises.flatMap((value) => (value.kind === 'promise' ? value.of : [])) : undefined;
}

function isNameOf(
  follower: Follower,
  parameter: ts.ParameterDeclaration,
  argument: ts.Expression | undefined,
): boolean {
  if (argument === undefined || !ts.isIdentifier(argument) || !ts.isIdentifier(parameter.name)) return false;
  const symbol = follower.session.symbolOf(argument);
  return (
    symbol !== undefined &&
    symbol === follower.session.symbolOf(parameter.name) &&
    !follower.assignments.variables.has(symbol)
  );
}

/** The parameters of a callback given to a catalog call have the types of its results. */
function ofContinuationParameter(
  follower: Follower,
  node: FunctionNode,
  index: number,
): readonly Value[] | undefined {
  const call = node.parent;
  if (!ts.isCallExpression(call) || !call.arguments.some((argument) => argument === node)) return undefined;
  if (call.arguments[call.arguments.length - 1] !== node) return undefined;
  for (const callee of follower.of(call.expression)) {
    if (callee.kind !== 'member' || callee.member.kind !== 'callback') continue;
    const result = callee.member.results[index - 1];
    if (result?.releases === true) return [{ kind: 'release' }];
    if (result?.type !== undefined)
      return [{ kind: 'object-of', library: callee.library, type: result.type }];
    return [];
  }
  return undefined;
}

function ofContractParameter(
  contract: Contract,
  module: string,
  node: FunctionNode,
  index: number,
): readonly Value[] {
  const library = findLibrary(module);
  const isErrorHandler = contract.errorArity !== undefined && node.parameters.length === contract.errorArity;
  const role = contract.parameters[isErrorHandler ? index - 1 : index];
  if (role === undefined) return [];
  if (role.role === 'next') return [{ kind: 'next' }];
  if (role.role === 'completion') return [];
  return role.type === undefined || library === undefined
    ? []
    : [{ kind: 'object-of', library, type: role.type }];
}

function isThisParameter(parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === 'this';
}
