import { ts } from 'ts-morph';
import { serves } from '../../catalog/index.js';
import type { Ids } from './ids.js';
import type { Values } from './values.js';

/** Several requests, messages or jobs of the program may be under way at the same time. */
export function isServer({ ids, values }: { readonly ids: Ids; readonly values: Values }): boolean {
  return (
    [...ids.functions.values()].some((node) => serves(values.contractOf(node)?.contract)) ||
    ids.calls.some((call) => ts.isCallExpression(call) && registersServing(values, call))
  );
}

/** `createServer(handler)`, whose functions get no promise: those that are async already wait all the same. */
function registersServing(values: Values, { expression }: ts.CallExpression): boolean {
  return values
    .of(expression)
    .some(
      (value) =>
        value.kind === 'member' && value.member.kind === 'multi-shot' && value.member.serves === true,
    );
}
