import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { hazard } from './hazards.js';
import { isAssignment, loadedWith } from './modules.js';
import type { CallNode, Session } from './session.js';
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
        else add(members, keyOf(module, member.owner, member.name), node);
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
  for (const [call, candidate] of candidates.calls) {
    if (candidate.kind === 'own') continue;
    const { module } = candidate.library;
    if (isSeenFrom(call, members.get(keyOf(module, candidate.owner, candidate.name)))) {
      const message = 'the project puts a function of its own in its place';
      found.set(
        call,
        hazard('H-DYNAMIC', 'blocks', message, call, 'convert where the function is put in its place'),
      );
    } else if (isSeenFrom(call, modules.get(module))) {
      const message = `a test puts something else in the place of \`${module}\``;
      const unblock = 'check that the test also replaces the form that is awaited';
      found.set(call, hazard('H-TEST-DOUBLE', 'review', message, call, unblock));
    }
  }
  return found;
}

/** The files that run with what a test replaces: all that it loads, in whatever way. */
function filesOf(session: Session, test: string): ReadonlySet<string> {
  const roots = [test, ...filesNamedIn(session, test)];
  return new Set(roots.flatMap((path) => [...loadedWith(session, path)]));
}

function keyOf(module: string, owner: string | null, name: string): string {
  return `${module} ${owner ?? ''} ${name}`;
}
