import { ts } from 'ts-morph';
import type { AwaitStep } from '../read/flow.js';

/** What the results of a call are called by a person, where the declarations of the driver say less than they did. */
export type ResultTypes =
  | { readonly kind: 'told' }
  /** `const [rows]: [any, unknown] = await …`: they were `any` before, too. */
  | { readonly kind: 'any'; readonly tuple: string }
  /** `const [rows] = (await …) as [Row[], unknown]`: the callback said what they are. */
  | { readonly kind: 'said'; readonly tuple: string };

/** The types of results that come as an array from a driver in another one's place, whose results were `any`. */
export function resultTypesOf(
  { site }: AwaitStep,
  parameters: readonly ts.ParameterDeclaration[],
): ResultTypes {
  const { callee, call, awaited } = site;
  const isLoose = callee.kind === 'api' && callee.library.replacement?.looseResults === true;
  if (!isLoose || awaited.kind !== 'array' || !/\.[cm]?tsx?$/.test(call.getSourceFile().fileName))
    return { kind: 'told' };
  const type = parameters[0]?.type;
  const isSaid = type !== undefined && type.kind !== ts.SyntaxKind.AnyKeyword;
  const rest = parameters.length > 1 ? 'any' : 'unknown';
  return isSaid
    ? { kind: 'said', tuple: `[${type.getText()}, ${rest}]` }
    : { kind: 'any', tuple: `[any, ${rest}]` };
}

/** A connection has the type that the new driver gives it; what the old one calls it is another. */
export function isOfOtherDriver({ site: { callee } }: AwaitStep): boolean {
  return (
    callee.kind === 'api' &&
    callee.library.replacement?.looseResults === true &&
    callee.member.acquires === true
  );
}
