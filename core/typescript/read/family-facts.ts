import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { FunctionId } from '../../model/program.js';
import type { Candidates } from './candidates.js';
import type { Family } from './families.js';
import type { HandingOn } from './handing-on.js';
import { hazard } from './hazards.js';
import type { Ids } from './ids.js';
import { overridesOf } from './overrides.js';
import type { FunctionNode } from './session.js';
import type { Values } from './values.js';

interface FamilyContext {
  readonly values: Values;
  readonly candidates: Pick<Candidates, 'ownCallbackOf'>;
  readonly handed?: Pick<HandingOn, 'types'>;
}

interface Known extends FamilyContext {
  readonly ids: Ids;
}

/** The other functions that change with a function; those that answer through callbacks agree on more than a type. */
export function familyIds(known: Known, node: FunctionNode): FunctionId[] {
  return (familyWithType(known, node)?.functions ?? [])
    .filter((member) => member !== node)
    .map((member) => known.ids.of(member));
}

/** The family whose type changes when its functions become async; undefined for a function on its own. */
export function familyWithType(
  { values, candidates, handed }: FamilyContext,
  node: FunctionNode,
): Family | undefined {
  const family = withoutFree(wholeFamily(values, node), handed?.types);
  if (family === undefined || node.body === undefined || allowsEither(family)) return undefined;
  return isTorn(candidates, family) ? undefined : family;
}

/** `run: () => T` of what hands the `T` on holds for functions that wait and for others. */
function withoutFree(family: Family | undefined, free: ReadonlySet<ts.Node> | undefined): Family | undefined {
  if (family === undefined || free === undefined) return family;
  const signatures = family.signatures.filter((signature) => !free.has(signature));
  if (signatures.length === family.signatures.length) return family;
  return signatures.length === 0 && family.opaque === undefined ? undefined : { ...family, signatures };
}

/** `() => void | Promise<void>`: each function that is given for it may wait or not. */
function allowsEither({ functions, signatures }: Family): boolean {
  return (
    signatures.length > 0 &&
    signatures.every(
      (signature) =>
        ts.isFunctionTypeNode(signature) &&
        ts.isUnionTypeNode(signature.type) &&
        signature.type.types.some(isPromiseType),
    ) &&
    functions.every((member) => ts.isArrowFunction(member) || ts.isFunctionExpression(member))
  );
}

function isPromiseType(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && /^Promise(Like)?$/.test(type.typeName.getText());
}

/** A function and all that a call of it may run in its place. */
export function sharersOf(values: Values, node: FunctionNode): readonly FunctionNode[] {
  return [...new Set([node, ...(wholeFamily(values, node)?.functions ?? [])])];
}

/** What shares a type with a function, and what takes its place in other classes. */
function wholeFamily(values: Values, node: FunctionNode): Family | undefined {
  const described = values.families.familyOf(node);
  const overrides = overridesOf(values, node);
  if (overrides.length === 0) return described;
  const all = [node, ...overrides].map((member) => values.families.familyOf(member));
  const functions = new Set([node, ...overrides, ...all.flatMap((family) => family?.functions ?? [])]);
  return {
    functions: [...functions],
    signatures: [...new Set(all.flatMap((family) => family?.signatures ?? []))],
    opaque: all.find((family) => family?.opaque !== undefined)?.opaque,
  };
}

/** Some of its functions answer through a callback, and not all of them through the same one. */
function isTorn(candidates: Pick<Candidates, 'ownCallbackOf'>, family: Family): boolean {
  const isCallback = family.functions.some((member) => candidates.ownCallbackOf(member) !== undefined);
  return isCallback && callbackAt(candidates, family) === undefined;
}

/**
 * Where the functions of a family have the callback that their signatures describe; undefined where they answer in other
 * ways, or where nothing but themselves describes them.
 */
export function callbackAt(
  candidates: Pick<Candidates, 'ownCallbackOf'>,
  family: Family,
): number | undefined {
  const [first, ...others] = family.functions.map((member) => candidates.ownCallbackOf(member));
  if (first === undefined || first.preamble?.shuffles === true) return undefined;
  const isShared = others.every((other) => other?.index === first.index && other.preamble?.shuffles !== true);
  const isDescribed = family.signatures.every(
    (signature) => !ts.isJSDocSignature(signature) && signature.parameters[first.index] !== undefined,
  );
  const isAlone = family.signatures.length === 0 && others.length === 0;
  return isShared && isDescribed && !isAlone ? first.index : undefined;
}

/** The other functions that answer through the callback of the same type. */
export function relativesOf(known: FamilyContext, node: FunctionNode): readonly FunctionNode[] {
  const family = known.candidates.ownCallbackOf(node) === undefined ? undefined : familyWithType(known, node);
  return family?.functions.filter((member) => member !== node) ?? [];
}

/** A function with a callback beside others of its type, which may have to wait. */
export function hasRelatives(known: FamilyContext, node: FunctionNode): boolean {
  return relativesOf(known, node).length > 0;
}

/** What keeps the type that a function shares from changing. */
export function familyBarrier(known: Known, node: FunctionNode): Hazard | undefined {
  const overrides = overridesOf(known.values, node);
  const whole = overrides.length === 0 ? undefined : wholeFamily(known.values, node);
  if (whole !== undefined && isTorn(known.candidates, whole)) {
    const message = 'a method that may run in its place does not answer through the same callback';
    return hazard('H-FAMILY', 'blocks', message, overrides[0] ?? node, 'give all of them the same callback');
  }
  const family = familyWithType(known, node);
  if (family === undefined) return undefined;
  const { editable } = known.values.session.project;
  if (family.opaque !== undefined) {
    const message = `\`${family.opaque.getText().split('\n')[0]?.slice(0, 40) ?? ''}\` agrees on its type, and is no function`;
    return hazard('H-FAMILY', 'blocks', message, family.opaque, 'make it a method');
  }
  const outside = [...family.signatures, ...family.functions].find(
    (member) => !editable.has(known.values.session.pathOf(member)),
  );
  if (outside !== undefined) {
    const message = 'what it shares its type with lies in a file that is not migrated';
    return hazard('H-FAMILY', 'blocks', message, outside, 'name that file, too');
  }
  const guard = family.signatures.find(({ type }) => type !== undefined && ts.isTypePredicateNode(type));
  return guard === undefined
    ? undefined
    : hazard(
        'H-TYPE-GUARD',
        'blocks',
        'a type guard cannot wait',
        guard,
        'test the value in a function of its own',
      );
}
