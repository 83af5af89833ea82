import { ts } from 'ts-morph';
import { isErrorFirst, usesError } from './error-first.js';
import { runnersOf } from './library-tasks.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * `function load(id, callback) { store.get(id, callback) }`: a function hands its last parameter on, and whoever calls it
 * gives one that takes an error first and looks at it, or hands on one of its own that is given such a one. What calls
 * back is taken to do so as its callers expect.
 */
export function isErrorFirstForCallers(
  session: Session,
  values: Values,
  callback: ts.Expression,
  seen: ReadonlySet<ts.Symbol> = new Set(),
): boolean {
  const symbol = ts.isIdentifier(callback) ? session.symbolOf(callback) : undefined;
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || seen.has(symbol)) return false;
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  if (declaration.dotDotDotToken !== undefined || declaration.initializer !== undefined) return false;
  const owner = declaration.parent;
  if (!isFunctionNode(owner)) return false;
  const index = owner.parameters.indexOf(declaration);
  if (index !== owner.parameters.length - 1) return false;
  return (
    isOfTask(values, owner, declaration) ||
    isGivenErrorFirst({ session, values, seen: new Set([...seen, symbol]) }, owner, index)
  );
}

/** `async.series([function (cb) { store.clear(cb); }])`: the library waits for an error or a result. */
function isOfTask(values: Values, owner: FunctionNode, last: ts.ParameterDeclaration): boolean {
  const runners = runnersOf(values, owner);
  const isNamedSo = /^(?:cb|callback|done|next)$/i.test(last.name.getText());
  return (
    runners.length > 0 &&
    runners.every(
      ({ inputs, noError }) =>
        noError !== true && (inputs === null ? isNamedSo : owner.parameters.length === inputs + 1),
    )
  );
}

interface Followed {
  readonly session: Session;
  readonly values: Values;
  /** Parameters that are being followed to what they are given. */
  readonly seen: ReadonlySet<ts.Symbol>;
}

function isGivenErrorFirst({ session, values, seen }: Followed, owner: FunctionNode, index: number): boolean {
  let looks = false;
  for (const call of values.callsOf(owner)) {
    const given = call.arguments?.[index];
    if (given === undefined || call.arguments?.some(ts.isSpreadElement) === true) return false;
    const callback = unwrap(given);
    if (!isFunctionNode(callback)) {
      looks ||= isErrorFirstForCallers(session, values, callback, seen);
      continue;
    }
    if (!isErrorFirst(callback)) return false;
    looks ||= usesError(session, callback);
  }
  return looks;
}
