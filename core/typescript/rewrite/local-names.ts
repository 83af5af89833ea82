import { ts } from 'ts-morph';
import { resultCount } from '../read/arguments.js';
import type { AwaitStep, LocalCallback } from '../read/flow.js';
import type { Session } from '../read/session.js';

/** The names of results by their place; undefined for one that the function does not read. */
export type Names = readonly (string | undefined)[];

const planned = new WeakMap<ts.Identifier, Names>();

interface Claims {
  claim(home: ts.Node, candidates: readonly string[], owner: object): string;
}

/** Names what a call answers with before it is handed to a local function, as the function names it. */
export function nameResults(
  claims: Claims,
  session: Session,
  { site }: AwaitStep,
  { name, node }: LocalCallback,
  home: ts.Node,
): void {
  const count = resultCount(site);
  const names = node.parameters.slice(1, 1 + count).map((parameter): string | undefined => {
    const symbol = ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
    if (symbol === undefined || !session.referencesOf(symbol).some((use) => use !== parameter.name))
      return undefined;
    return claims.claim(home, [parameter.name.getText(), 'result'], parameter);
  });
  while (names.length > 0 && names[names.length - 1] === undefined) names.pop();
  planned.set(name, names);
}

export function namesOfResults(name: ts.Identifier): Names {
  return planned.get(name) ?? [];
}
