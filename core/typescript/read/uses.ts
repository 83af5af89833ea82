import { ts } from 'ts-morph';
import { standardMethods } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import { dynamicMembers, push } from './dynamic-members.js';
import { storedAbroad } from './foreign-places.js';
import { hazard } from './hazards.js';
import { type ListenerPlace, listenerPlace } from './listeners.js';
import { isOnlyCalledThere } from './own-higher-order.js';
import {
  declaredName,
  escapeHazard,
  isExportedPlace,
  isExportedValue,
  isFunctionPlace,
  isTransparent,
  nameGiven,
  placeOfChoice,
} from './places.js';
import { promisifiedMembers } from './promisified-members.js';
import { isGiven } from './references.js';
import { replyHazard } from './replies.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { boundCall, hasModifier, isFunctionNode, outermost, unwrap } from './syntax.js';
import { isOnlyAsserted } from './throw-assertions.js';
import type { Value, Values } from './values.js';

/** Where the functions of a project go besides being called. */
export interface FunctionUses {
  /** Set when some use hands the function to code whose calls are not known. */
  readonly escapes: ReadonlyMap<FunctionNode, Hazard>;
  readonly registrations: ReadonlyMap<FunctionNode, readonly ts.Expression[]>;
  /** Where a function is named in an export, an object, a variable or an argument. */
  readonly placesOf: (node: FunctionNode) => readonly ts.Identifier[];
  /** Functions that somebody calls who ignores what they return, and how that is known. */
  readonly listeners: ReadonlyMap<FunctionNode, ListenerPlace>;
  /** Functions handed to code that may look at what they return. */
  readonly handedOn: ReadonlySet<FunctionNode>;
  /** Where they are handed to code that is not known. */
  readonly handedAt: ReadonlyMap<FunctionNode, readonly ts.Expression[]>;
  /** Functions handed to code that is known to look at what they return. */
  readonly lookedAt: ReadonlySet<FunctionNode>;
  /** Functions that a promise runs, and whose own promise it waits for: `p.then(f)`. */
  readonly adopted: ReadonlySet<FunctionNode>;
  readonly exported: ReadonlySet<FunctionNode>;
  /** Calls of an unknown object's method by the names that a function is known by. */
  readonly byName: ReadonlyMap<string, readonly ts.CallExpression[]>;
  /** `promisify(x.name)` of an object that is not known, by the name. */
  readonly promisified: ReadonlyMap<string, ts.CallExpression>;
  readonly namesOf: (node: FunctionNode) => readonly string[];
  /** Members of objects from which something is taken by a computed name. */
  readonly dynamic: ReadonlyMap<FunctionNode, Hazard>;
}

/** What is known of a project before its functions are followed. */
interface Known {
  readonly session: Session;
  readonly values: Values;
  /** True for a call that waits for the function that it is given there. */
  readonly isWaitedFor: (call: CallNode, given: ts.Expression) => boolean;
  /** True for a function that takes a callback. */
  readonly answersBack: (node: FunctionNode) => boolean;
}

/** One pass over every expression that may hold a function of the project. */
export function collectUses({ session, values, isWaitedFor, answersBack }: Known): FunctionUses {
  const escapes = new Map<FunctionNode, Hazard>();
  const registrations = new Map<FunctionNode, ts.Expression[]>();
  const places = new Map<FunctionNode, ts.Identifier[]>();
  const listeners = new Map<FunctionNode, ListenerPlace>();
  const handedOn = new Set<FunctionNode>();
  const handedAt = new Map<FunctionNode, ts.Expression[]>();
  const lookedAt = new Set<FunctionNode>();
  const adopted = new Set<FunctionNode>();
  const exported = new Set<FunctionNode>();
  const byName = new Map<string, ts.CallExpression[]>();
  const names = new Map<FunctionNode, Set<string>>();

  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) {
      addName(names, node, declaredName(node));
      if (ts.isFunctionDeclaration(node) && hasModifier(node, ts.SyntaxKind.ExportKeyword))
        exported.add(node);
      if (
        ts.isMethodDeclaration(node) &&
        ts.isObjectLiteralExpression(node.parent) &&
        isExportedValue(session, node.parent)
      ) {
        exported.add(node);
      }
    }
    if (ts.isExpression(node) && isFunctionPlace(node)) {
      for (const value of values.of(node)) if (value.kind === 'function') place(node, value.node);
    }
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      values.of(node.expression).length === 0
    ) {
      push(byName, node.expression.name.text, node);
      for (const value of loosely(session, values, node.expression.expression)) {
        for (const found of values.member(value, node.expression.name.text)) {
          if (found.kind === 'function' && !escapes.has(found.node))
            escapes.set(found.node, maybeHazard(node));
        }
      }
    }
    if (
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      values.of(node.expression).length === 0
    ) {
      for (const value of loosely(session, values, node.expression)) {
        if (value.kind === 'function' && !escapes.has(value.node)) escapes.set(value.node, maybeHazard(node));
      }
    }
    ts.forEachChild(node, visit);
  };

  function place(expression: ts.Expression, node: FunctionNode): void {
    const outer = outermost(expression);
    const parent = outer.parent;
    if (ts.isArrayLiteralExpression(parent) && isRegistration(values, parent)) {
      push(registrations, node, outer);
      return;
    }
    // The library looks at what a function returns, as long as it calls it.
    if (!ts.isCallExpression(parent) && isGiven(values, outer)) {
      handedOn.add(node);
      lookedAt.add(node);
      return;
    }
    const name = nameGiven(parent, outer);
    if (name !== undefined) {
      addName(names, node, name);
      if (ts.isIdentifier(outer)) push(places, node, outer);
      if (isExportedPlace(session, parent)) exported.add(node);
      const abroad = storedAbroad(session, values, outer);
      if (abroad !== undefined && !escapes.has(node)) escapes.set(node, abroad);
      return;
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      if (parent.expression === outer) return;
      if (ts.isCallExpression(parent) && isOnlyAsserted(values, parent, outer)) return;
      const callees = values.of(parent.expression);
      const isTaken = callees.some((value) => value.kind === 'member' && value.member.kind === 'register');
      if (isTaken && values.contractOf(node) !== undefined) {
        push(registrations, node, outer);
        return;
      }
      if (isGiven(values, outer)) {
        handedOn.add(node);
        lookedAt.add(node);
        return;
      }
      // The continuation of a known call, which ignores what it returns.
      if (callees.length > 0 && callees.every((value) => ignoresAnswer(value, parent, outer))) {
        listeners.set(node, 'known');
        return;
      }
      if (isWaitedFor(parent, outer)) return;
      if (isAdopted(parent, callees)) {
        adopted.add(node);
        handedOn.add(node);
        lookedAt.add(node);
        return;
      }
      if (!answersBack(node) && isOnlyCalledThere(values, parent, outer, node)) return;
      const listener = listenerPlace(session, values, parent, outer);
      if (listener !== undefined) listeners.set(node, listener);
      else handedOn.add(node);
      letGo(node, outer, parent);
      return;
    }
    if (
      ts.isPropertyAccessExpression(parent) &&
      parent.expression === outer &&
      parent.name.text === 'length'
    ) {
      escapes.set(
        node,
        hazard(
          'H-ARITY',
          'blocks',
          'the number of its parameters is read',
          parent,
          'give it the parameters that are counted, and call it by its name',
        ),
      );
      return;
    }
    const chosenFor = placeOfChoice(values, outer, node);
    if (chosenFor !== undefined) {
      letGo(node, outer, chosenFor);
      return;
    }
    if (isTransparent(parent, outer)) return;
    if (isBoundFor(outer, node)) return;
    letGo(node, outer, parent);
  }

  /** `app.get('/', users.show.bind(users))`, `socket.on('close', this.close.bind(this))` */
  function isBoundFor(given: ts.Expression, node: FunctionNode): boolean {
    const bound = boundCall(given);
    const call = bound?.parent;
    if (bound === undefined || call === undefined || !ts.isCallExpression(call) || call.expression === bound)
      return false;
    const isTaken = values
      .of(call.expression)
      .some((value) => value.kind === 'member' && value.member.kind === 'register');
    if (isTaken && values.contractOf(node) !== undefined) {
      push(registrations, node, bound);
      return true;
    }
    return false;
  }

  function letGo(node: FunctionNode, at: ts.Expression, parent: ts.Node): void {
    if (!listeners.has(node)) handedOn.add(node);
    push(handedAt, node, at);
    if (ts.isIdentifier(at)) push(places, node, at);
    if (!escapes.has(node)) escapes.set(node, replyHazard(values, at, parent) ?? escapeHazard(at, parent));
  }

  for (const file of session.files.values()) visit(file);
  const dynamic = dynamicMembers(session, values);
  return {
    dynamic,
    escapes,
    registrations,
    listeners,
    handedOn,
    handedAt,
    lookedAt,
    adopted,
    exported,
    byName,
    promisified: promisifiedMembers(session, values),
    placesOf: (node) => places.get(node) ?? [],
    namesOf: (node) => [...(names.get(node) ?? [])],
  };
}

/** `p.then(f)`, of a promise or of anything else that answers like one. */
function isAdopted(call: CallNode, callees: readonly Value[]): boolean {
  const callee = unwrap(call.expression);
  return (
    callees.length === 0 &&
    ts.isCallExpression(call) &&
    ts.isPropertyAccessExpression(callee) &&
    standardMethods.has(callee.name.text)
  );
}

function maybeHazard(call: ts.CallExpression): Hazard {
  return hazard(
    'H-DYNAMIC',
    'blocks',
    `\`${call.expression.getText()}\` may call it, or something else`,
    call,
    'call one function by its own name',
  );
}

/** What an expression may be among other things that are not known. */
function loosely(session: Session, values: Values, expression: ts.Expression, depth = 0): readonly Value[] {
  if (depth > 8) return [];
  const node = unwrap(expression);
  const known = values.of(node);
  if (known.length > 0) return known;
  if (ts.isConditionalExpression(node))
    return [
      ...loosely(session, values, node.whenTrue, depth + 1),
      ...loosely(session, values, node.whenFalse, depth + 1),
    ];
  if (ts.isBinaryExpression(node))
    return [
      ...loosely(session, values, node.left, depth + 1),
      ...loosely(session, values, node.right, depth + 1),
    ];
  if (!ts.isIdentifier(node)) return [];
  const symbol = session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return [];
  const assigned = values.assignments.variables.get(symbol) ?? [];
  const parts = declaration.initializer === undefined ? assigned : [declaration.initializer, ...assigned];
  return parts
    .filter((part) => part !== node)
    .flatMap((part) => (ts.isIdentifier(part) ? values.of(part) : loosely(session, values, part, depth + 1)));
}

/** An array of handlers that is handed to a framework as it is. */
function isRegistration(values: Values, array: ts.ArrayLiteralExpression): boolean {
  const call = outermost(array).parent;
  return (
    ts.isCallExpression(call) &&
    call.arguments.some((argument) => argument === outermost(array)) &&
    values.of(call.expression).some((v) => v.kind === 'member' && v.member.kind === 'register')
  );
}

function addName(names: Map<FunctionNode, Set<string>>, node: FunctionNode, name: string | undefined): void {
  if (name === undefined) return;
  const set = names.get(node);
  if (set === undefined) names.set(node, new Set([name]));
  else set.add(name);
}

/** A library that calls a continuation and uses nothing that it returns. */
function ignoresAnswer(value: Value, call: CallNode, given: ts.Expression): boolean {
  if (value.kind !== 'member') return false;
  if (value.member.kind === 'callback') return true;
  const last = call.arguments?.[call.arguments.length - 1];
  if (value.member.kind !== 'control' || last === undefined || unwrap(last) !== unwrap(given)) return false;
  return (call.arguments?.length ?? 0) > value.member.argumentsBefore;
}
