import { ts } from 'ts-morph';
import { findLibrary } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { isOfEither } from './answering-both.js';
import type { Candidate, Candidates } from './candidates.js';
import { hazard } from './hazards.js';
import { isAssignment, loadedWith } from './modules.js';
import { isCalledByDeclaration, type Overlaid, overlaidFunctions } from './overlaid-functions.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { unwrap } from './syntax.js';
import { filesNamedIn, replacedByCall } from './test-replacements.js';
import { isTestPath } from './test-runner.js';
import type { Values } from './values.js';

/** Files where something is replaced, by what it is. */
type Places = Map<string, Set<string>>;

/** Calls of what the project, or a test of it, puts something of its own in the place of. */
export function replacedCalls(
  session: Session,
  values: Values,
  candidates: Candidates,
): ReadonlyMap<CallNode, Hazard> {
  const members: Places = new Map();
  const modules: Places = new Map();
  const makers: Places = new Map();
  const add = (places: Places, key: string, node: ts.Node): void => {
    places.set(key, (places.get(key) ?? new Set()).add(session.pathOf(node)));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const target = unwrap(node.left);
      if (ts.isPropertyAccessExpression(target))
        for (const value of values.of(target))
          if (value.kind === 'member')
            add(members, keyOf(value.library.module, value.owner, value.name), node);
    }
    if (ts.isCallExpression(node) && isTestPath(session.pathOf(node)))
      for (const { module, member } of replacedByCall(values, node))
        if (member === null) add(modules, module, node);
        else {
          add(members, keyOf(module, member.owner, member.name), node);
          if (member.owner === null && makesObjects(values, module, member.name)) add(makers, module, node);
        }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  const seen = new Map<string, ReadonlySet<string>>();
  const seenFrom = (place: string): ReadonlySet<string> => {
    const known = seen.get(place) ?? filesOf(session, place);
    seen.set(place, known);
    return known;
  };
  const isSeenFrom = (call: CallNode, places: ReadonlySet<string> | undefined): boolean =>
    [...(places ?? [])].some(
      // A test replaces it for what the test loads.
      (place) => !isTestPath(place) || seenFrom(place).has(session.pathOf(call)),
    );
  const found = new Map<CallNode, Hazard>();
  const overlaid = overlaidFunctions(values);
  for (const [call, candidate] of candidates.calls) {
    const own = functionsAt(values, call, candidate);
    if (own !== undefined) {
      const put = overlaidAt(values, overlaid, call, own, isSeenFrom);
      if (put !== undefined) found.set(call, put);
      continue;
    }
    if (candidate.kind === 'own') continue;
    const { module } = candidate.library;
    if (isSeenFrom(call, members.get(keyOf(module, candidate.owner, candidate.name)))) {
      const message = 'the project puts a function of its own in its place';
      found.set(
        call,
        hazard('H-DYNAMIC', 'blocks', message, call, 'convert where the function is put in its place'),
      );
    } else if (
      isSeenFrom(call, modules.get(module)) ||
      (candidate.owner !== null && isSeenFrom(call, makers.get(module)))
    ) {
      const message = `a test puts something else in the place of \`${module}\``;
      const unblock = 'check that the test also replaces the form that is awaited';
      found.set(call, hazard('H-TEST-DOUBLE', 'review', message, call, unblock));
    }
  }
  return found;
}

/** `createConnection`: what is put in its place makes other objects, too. */
function makesObjects({ described }: Values, module: string, name: string): boolean {
  const member = (described.get(module) ?? findLibrary(module))?.exports[name];
  return member?.kind === 'plain' && member.returns !== undefined;
}

/** The functions of the project that a call may run; undefined for one of a library. */
function functionsAt(
  values: Values,
  call: CallNode,
  candidate: Candidate,
): readonly FunctionNode[] | undefined {
  if (candidate.kind === 'own') return candidate.targets;
  if (!isOfEither(candidate.library)) return undefined;
  return values.of(call.expression).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
}

/** What is put in the place of a function of the project, at a call that may run it. */
function overlaidAt(
  values: Values,
  overlaid: Overlaid,
  call: CallNode,
  targets: readonly FunctionNode[],
  isSeenFrom: (call: CallNode, places: ReadonlySet<string>) => boolean,
): Hazard | undefined {
  if (ts.isCallExpression(call) && isCalledByDeclaration(values, call)) return undefined;
  const { session } = values;
  const places = targets
    .flatMap((target) => overlaid.get(target) ?? [])
    .filter((place) => isSeenFrom(call, new Set([session.pathOf(place)])));
  const place = places.find((one) => !isTestPath(session.pathOf(one))) ?? places[0];
  if (place === undefined) return undefined;
  const text = place.getText();
  if (isTestPath(session.pathOf(place))) {
    const message = `a test puts something else in the place of \`${text}\``;
    const unblock = 'check that what the test puts there answers without a callback, too';
    return hazard('H-TEST-DOUBLE', 'review', message, call, unblock);
  }
  const message = `something that cannot be followed is put in the place of \`${text}\``;
  return hazard('H-DYNAMIC', 'blocks', message, place, 'put a function of the project in its place');
}

/** The files that run with what a test replaces: all that it loads, in whatever way. */
function filesOf(session: Session, test: string): ReadonlySet<string> {
  const roots = [test, ...filesNamedIn(session, test)];
  return new Set(roots.flatMap((path) => [...loadedWith(session, path)]));
}

function keyOf(module: string, owner: string | null, name: string): string {
  return `${module} ${owner ?? ''} ${name}`;
}
