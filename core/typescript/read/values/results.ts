import { ts } from 'ts-morph';
import type { Member } from '../../../catalog/schema.js';
import { computedFile } from '../computed-paths.js';
import { importedSpecifier, requiredSpecifier } from '../modules.js';
import type { CallNode, FunctionNode } from '../session.js';
import { isAsync, visitOwn } from '../syntax.js';
import type { Value } from '../values.js';
import { called, constructed, registersOf } from './api.js';
import { ofFile, ofModule } from './files.js';
import { allOf, type Follower } from './follower.js';

/** What a call yields. */
export function ofCall(follower: Follower, call: CallNode): readonly Value[] {
  const specifier = requiredSpecifier(follower.session, call);
  if (specifier !== undefined) return ofModule(follower, follower.session.pathOf(call), specifier);
  const file = computedFile(follower.session, follower.of, call);
  if (file !== undefined) return ofFile(follower, file);
  const run = follower.generators.get(call);
  if (run?.gives === 'function') return [{ kind: 'function', node: run.node }];
  if (run !== undefined) return [{ kind: 'promise', of: [] }];
  const imported = importedSpecifier(call);
  if (imported !== undefined)
    return [{ kind: 'promise', of: ofModule(follower, follower.session.pathOf(call), imported) }];
  const callees = follower.of(call.expression);
  return allOf(callees.map((callee) => resultOf(follower, callee, call)));
}

function resultOf(follower: Follower, callee: Value, call: CallNode): readonly Value[] {
  if (callee.kind === 'class') return [{ kind: 'instance', node: callee.node }];
  if (callee.kind === 'element') return callee.of;
  if (callee.kind === 'function') {
    if (ts.isNewExpression(call)) return [{ kind: 'instance', node: callee.node }];
    // The node itself stands for the function's value, its parameters' list for what it returns.
    return follower.memory.valuesOf(callee.node.parameters, () => returned(follower, callee.node));
  }
  if (callee.kind === 'member' && callee.owner !== null && returnsItself(callee.member))
    return [{ kind: 'object-of', library: callee.library, type: callee.owner }];
  if (callee.kind === 'member' && callee.member.kind === 'table') return registersOf(callee);
  const made =
    callee.kind === 'object-of' && ts.isCallExpression(call) ? called(callee) : constructed(callee);
  return made === undefined ? [] : [made];
}

function returnsItself(member: Member): boolean {
  return 'returns' in member && member.returns === 'self';
}

/** What a function returns. */
export function returned(follower: Follower, node: FunctionNode): readonly Value[] {
  if (node.type !== undefined) {
    const typed = follower.type(node.type);
    if (typed.length > 0) return typed;
  }
  if (node.body === undefined) return [];
  const parts: (readonly Value[])[] = [];
  if (!ts.isBlock(node.body)) parts.push(follower.of(node.body));
  else {
    visitOwn(node.body, (inner) => {
      if (ts.isReturnStatement(inner) && inner.expression !== undefined)
        parts.push(follower.of(inner.expression));
    });
  }
  if (parts.length === 0) return [{ kind: 'plain' }];
  if (parts.some((part) => part.length === 0)) return [];
  const values = parts.flat();
  return isAsync(node) ? [{ kind: 'promise', of: values }] : values;
}
