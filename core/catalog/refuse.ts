import type { CallbackMember, NeedlessOption, RefuseWhen, SyncMember } from './schema.js';

/** What is written where an argument is expected. */
export type ArgumentShape =
  | {
      readonly kind: 'object';
      /** The options by name, with the value of those that are literal text, or a list of it with commas between. */
      readonly options: ReadonlyMap<string, string | null>;
      /** False when it holds a spread or a computed name. */
      readonly isWhole: boolean;
      /** It is not written at the call. */
      readonly isHeld: boolean;
    }
  | { readonly kind: 'array' }
  | { readonly kind: 'number' }
  | { readonly kind: 'text' }
  | { readonly kind: 'function' }
  | {
      readonly kind: 'unknown';
      /** Its own name, or that of the member that it reads. */
      readonly name?: string;
      /** The name of the function whose result it is. */
      readonly madeBy?: string;
      /** A number is among what it is seen to be. */
      readonly mayBeNumber?: boolean;
    };

/** Why a call with these arguments has no faithful async form; undefined when it has one. */
export function refusalOf(
  member: CallbackMember | SyncMember,
  given: readonly ArgumentShape[],
): RefuseWhen | undefined {
  const data = member.kind === 'callback' ? given.slice(0, -1) : given;
  return member.refuseWhen?.find((rule) => applies(rule, data));
}

/** The member with the form that takes the arguments of a call, where its usual one does not. */
export function suitedTo<M extends CallbackMember | SyncMember>(
  member: M,
  given: readonly ArgumentShape[],
): M {
  const rule = refusalOf(member, given);
  if (rule?.instead === undefined) return member;
  const refuseWhen = member.refuseWhen?.filter((other) => other !== rule) ?? [];
  return suitedTo({ ...member, promise: rule.instead, refuseWhen }, given);
}

function applies(rule: RefuseWhen, given: readonly ArgumentShape[]): boolean {
  switch (rule.kind) {
    case 'options': {
      const options = optionsAt(given, rule.index);
      if (options === undefined || options.kind === 'text' || options.kind === 'number') return false;
      if (options.kind !== 'object' || !options.isWhole) return true;
      return rule.names.some((name) => options.options.has(name) && !isNeedless(rule, name, options));
    }
    case 'fewer-arguments':
      return given.length < rule.than;
    case 'more-arguments':
      return given.length > rule.than;
    case 'number':
      return isNumber(rule, given[rule.index]);
    case 'function': {
      const kind = given[rule.index]?.kind;
      return kind === 'function' || kind === 'unknown';
    }
  }
}

function isNeedless(
  { needless }: Extract<RefuseWhen, { kind: 'options' }>,
  name: string,
  options: Extract<ArgumentShape, { kind: 'object' }>,
): boolean {
  const value = options.options.get(name) ?? null;
  return needless?.name === name && !options.isHeld && value !== null && needless.values.includes(value);
}

/** The option of a call that its async form needs not, and does not know. */
export function needlessOption(
  member: CallbackMember | SyncMember,
  given: readonly ArgumentShape[],
): NeedlessOption | undefined {
  for (const rule of member.refuseWhen ?? []) {
    const options = rule.kind === 'options' ? optionsAt(given, rule.index) : undefined;
    if (rule.kind !== 'options' || rule.needless === undefined || options?.kind !== 'object') continue;
    if (options.options.has(rule.needless.name)) return rule.needless;
  }
  return undefined;
}

function isNumber(
  { names, makers }: Extract<RefuseWhen, { kind: 'number' }>,
  shape: ArgumentShape | undefined,
): boolean {
  if (shape?.kind !== 'unknown') return shape?.kind === 'number';
  const isIn = (name: string | undefined, all: readonly string[]): boolean =>
    name !== undefined && all.includes(name);
  return shape.mayBeNumber === true || isIn(shape.name, names) || isIn(shape.madeBy, makers);
}

/** The argument that holds the options: the first from a position on that is not an array. */
export function optionsAt(given: readonly ArgumentShape[], index: number): ArgumentShape | undefined {
  // Something that cannot be looked at is no options object when options follow it.
  const last = given[given.length - 1];
  if (given.length > index + 1 && last?.kind === 'object') return last;
  return given.slice(index).find((shape) => shape.kind !== 'array');
}
