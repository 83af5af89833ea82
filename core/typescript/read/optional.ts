import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type OwnCallback, slotsOf } from './candidates.js';
import { isEffectFree } from './effects.js';
import { hazard } from './hazards.js';
import type { Slot, Slots } from './preamble.js';
import type { CallNode, FunctionNode } from './session.js';
import { isFunctionNode, isInside, unwrap } from './syntax.js';
import type { UnitContext } from './unit.js';
import type { Values } from './values.js';

/** What a preamble leaves behind when it goes away: values that parameters have where a call leaves them out. */
export interface Defaults {
  readonly values: ReadonlyMap<ts.ParameterDeclaration, ts.Expression>;
  readonly hazards: readonly Hazard[];
}

const unblock = 'give every call the same number of arguments';

/** Reads from all calls of a function what its parameters hold behind the preamble. */
export function defaultsOf(values: Values, node: FunctionNode, callback: OwnCallback): Defaults {
  const { preamble } = callback;
  if (preamble === undefined) return { values: new Map(), hazards: [] };
  const hazards: Hazard[] = [];
  const runs: { readonly call: CallNode; readonly slots: Slots }[] = [];
  for (const call of values.callsOf(node)) {
    const slots = slotsOf(values, node, preamble, call);
    if (slots === undefined) {
      const message = 'which of its arguments is the callback cannot be told';
      hazards.push(hazard('H-BOUND', 'blocks', message, call, unblock));
    } else runs.push({ call, slots });
  }
  const found = new Map<ts.ParameterDeclaration, ts.Expression>();
  node.parameters.forEach((parameter, index) => {
    if (parameter === callback.parameter || !ts.isIdentifier(parameter.name)) return;
    const symbol = values.session.symbolOf(parameter.name);
    if (symbol === undefined) return;
    const held = runs.flatMap(({ call, slots }): Held[] => {
      const slot = slots.get(symbol);
      return slot === undefined ? [] : [{ slot, call }];
    });
    const isRead = values.session
      .referencesOf(symbol)
      .some((name) => name !== parameter.name && !preamble.statements.some((s) => isInside(name, s)));
    const result = defaultOf(parameter, index, held, isRead);
    hazards.push(...result.hazards);
    if (result.value !== undefined && isRead) found.set(parameter, result.value);
  });
  return { values: found, hazards };
}

/**
 * What stands against leaving out the code that runs where no callback is given: it runs for nobody when each call gives
 * one.
 */
export function objectionToAlternative(
  { values, candidates }: Pick<UnitContext, 'values' | 'candidates'>,
  node: FunctionNode,
  instead: ts.Node,
): Hazard | undefined {
  const message = 'where no callback is given it does something else';
  const give = 'give every call a callback';
  const calls = values.callsOf(node);
  const given = calls.map((call) => {
    const candidate = candidates.calls.get(call);
    return candidate?.kind === 'own' ? call.arguments?.[candidate.index] : undefined;
  });
  if (calls.length === 0 || given.includes(undefined))
    return hazard('H-BOUND', 'blocks', message, instead, give);
  const unclear = given.find((argument) => argument !== undefined && !isFunctionNode(unwrap(argument)));
  if (unclear === undefined) return undefined;
  const assumed = `${message}; \`${unclear.getText()}\` is taken to be there always`;
  return hazard('H-BOUND', 'review', assumed, unclear, 'check that it is');
}

interface Held {
  readonly slot: Slot;
  readonly call: CallNode;
}

function defaultOf(
  parameter: ts.ParameterDeclaration,
  index: number,
  held: readonly Held[],
  isRead: boolean,
): { value?: ts.Expression; hazards: Hazard[] } {
  const refuse = (message: string, at: ts.Node): { hazards: Hazard[] } => ({
    hazards: [hazard('H-BOUND', 'blocks', message, at, unblock)],
  });
  let made: Held | undefined;
  for (const one of held) {
    const { slot, call } = one;
    if (slot.kind === 'argument' && slot.index !== index)
      return refuse('its arguments change places where one is left out', call);
    if (slot.kind === 'callback' && isRead)
      return refuse(`\`${parameter.name.getText()}\` is read where it holds the callback`, call);
    if (slot.kind === 'noop' && isRead)
      return refuse(`\`${parameter.name.getText()}\` may be a function`, call);
    if ((slot.kind === 'value' || slot.kind === 'absent') && isGiven(call, index))
      return refuse(`\`${parameter.name.getText()}\` is replaced where it is given`, call);
    if (slot.kind !== 'value') continue;
    if (made?.slot.kind === 'value' && made.slot.expression.getText() !== slot.expression.getText())
      return refuse(`\`${parameter.name.getText()}\` gets one value here and another one elsewhere`, call);
    made ??= one;
  }
  if (made?.slot.kind !== 'value') return { hazards: [] };
  const value = made.slot.expression;
  if (parameter.initializer !== undefined)
    return parameter.initializer.getText() === value.getText()
      ? { hazards: [] }
      : refuse(`\`${parameter.name.getText()}\` has another default value already`, parameter);
  if (!isEffectFree(value)) return refuse('what stands in for an argument is computed', value);
  if (parameter.type !== undefined && parameter.type.kind !== ts.SyntaxKind.AnyKeyword)
    return refuse('the type of a parameter says that it may be the callback', parameter);
  const absent = held.find(({ slot }) => slot.kind === 'absent');
  if (absent !== undefined && isRead)
    return refuse(`\`${parameter.name.getText()}\` stays undefined in this call`, absent.call);
  const unclear = held.find(({ slot, call }) => slot.kind === 'argument' && mayBeUndefined(call, index));
  const message = `where \`${parameter.name.getText()}\` is undefined it gets its default value now`;
  return {
    value,
    hazards:
      unclear === undefined || !isRead
        ? []
        : [hazard('H-BOUND', 'review', message, unclear.call, 'check that the argument is always there')],
  };
}

/** The call gives the argument, and the callback does not stand in its place. */
function isGiven(call: CallNode, index: number): boolean {
  const given = call.arguments ?? [];
  const argument = given[index];
  if (argument === undefined || (ts.isIdentifier(argument) && argument.text === 'undefined')) return false;
  return index < given.length - 1 || isLiteral(argument);
}

function isLiteral(argument: ts.Expression): boolean {
  const node = unwrap(argument);
  return (
    ts.isLiteralExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node)
  );
}

function mayBeUndefined(call: CallNode, index: number): boolean {
  const argument = call.arguments?.[index];
  if (argument === undefined) return true;
  const node = unwrap(argument);
  return !(
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isNewExpression(node) ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  );
}
