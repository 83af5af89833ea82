import { ts } from 'ts-morph';
import type { Library } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { isOfEither } from './answering-both.js';
import type { Candidate, Candidates } from './candidates.js';
import { sendsAnswer } from './errors.js';
import { hazard } from './hazards.js';
import type { CallNode, Session } from './session.js';
import { errorTestOf } from './split-continuation.js';
import { alwaysExits, isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * A place that reads or sends a part of an error which the driver that takes the old one's place fills differently. It
 * belongs to the switch: a callback that stays gets the new driver's errors, too.
 */
export function errorFieldHazards(values: Values, candidates: Candidates, library: Library): Hazard[] {
  const { session } = values;
  const fields = library.replacement?.errorDiffers ?? [];
  if (fields.length === 0) return [];
  for (const [call, candidate] of candidates.calls) {
    if (candidate.kind === 'sync') continue;
    const isOther = candidate.kind === 'callback' && candidate.library !== library;
    if (isOther && !isOfEither(candidate.library)) continue;
    const error = errorParameter(session, call, candidate);
    const found =
      error === undefined
        ? undefined
        : session
            .referencesOf(error)
            .find((name) => isVisible(values, name, fields) && !isAbsentAt(session, error, name));
    if (found === undefined) continue;
    const { parent } = found;
    const text = ts.isPropertyAccessExpression(parent) ? parent.getText() : found.text;
    const message = `\`${text}\` reads differently with ${library.replacement?.package ?? 'the new driver'}`;
    return [hazard('H-CB-CLIENT', 'review', message, found, 'answer with a text of your own')];
  }
  return [];
}

/** The error that the callback written at a call gets. */
function errorParameter(session: Session, call: CallNode, candidate: Candidate): ts.Symbol | undefined {
  if (candidate.kind === 'callback' && candidate.member.noError === true) return undefined;
  const index = candidate.kind === 'own' ? candidate.index : (call.arguments?.length ?? 0) - 1;
  const argument = call.arguments?.[index];
  const callback = argument === undefined ? undefined : unwrap(argument);
  if (callback === undefined || !(ts.isFunctionExpression(callback) || ts.isArrowFunction(callback)))
    return undefined;
  const name = callback.parameters[0]?.name;
  return name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
}

/** Behind a test that leaves with every error, or in the branch of a test that none comes to: there is none. */
export function isAbsentAt(session: Session, error: ts.Symbol, name: ts.Identifier): boolean {
  const holds = errorTestOf(session, error);
  for (let node: ts.Node = name; !isFunctionNode(node); node = node.parent) {
    const { parent } = node;
    const isConditional = ts.isConditionalExpression(parent);
    if (isConditional || ts.isIfStatement(parent)) {
      const test = isConditional ? parent.condition : parent.expression;
      const result = test === node ? undefined : holds(test);
      const isThen = node === (isConditional ? parent.whenTrue : parent.thenStatement);
      if (result?.kind === 'constant' && result.value !== isThen) return true;
    }
    if (!ts.isBlock(parent)) continue;
    const before = parent.statements.slice(0, parent.statements.indexOf(node as ts.Statement));
    const leaves = (other: ts.Statement): boolean => {
      if (!ts.isIfStatement(other) || !alwaysExits(other.thenStatement)) return false;
      const result = holds(other.expression);
      return result?.kind === 'constant' && result.value;
    };
    if (before.some(leaves)) return true;
  }
  return false;
}

/** Read by one of the fields or sent as a whole, and not only logged. */
function isVisible(values: Values, name: ts.Identifier, fields: readonly string[]): boolean {
  const { parent } = name;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== name) return isSent(values, name);
  return fields.includes(parent.name.text) && !isLogged(parent);
}

function isLogged(node: ts.Node): boolean {
  const call = node.parent;
  return (
    ts.isCallExpression(call) && call.expression !== node && /^console\b/.test(call.expression.getText())
  );
}

/** The whole error goes into an answer. */
function isSent(values: Values, name: ts.Identifier): boolean {
  let node: ts.Node = name;
  while (
    ts.isPropertyAssignment(node.parent) ||
    ts.isShorthandPropertyAssignment(node.parent) ||
    ts.isObjectLiteralExpression(node.parent)
  )
    node = node.parent;
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.expression === node) return false;
  return sendsAnswer(values, call);
}

/** A use that is no test, outside of the branches that only an error comes to. */
export function mayBeAbsentAt(session: Session, error: ts.Symbol, name: ts.Identifier): boolean {
  const holds = errorTestOf(session, error);
  for (let node: ts.Node = name; !isFunctionNode(node); node = node.parent) {
    const { parent } = node;
    const isConditional = ts.isConditionalExpression(parent);
    if (!isConditional && !ts.isIfStatement(parent)) continue;
    const test = isConditional ? parent.condition : parent.expression;
    if (test === node) return false;
    const isThen = isConditional ? parent.whenTrue === node : parent.thenStatement === node;
    const result = holds(test);
    if (result?.kind === 'constant') return result.value !== isThen;
  }
  return !ts.isParameter(name.parent);
}
