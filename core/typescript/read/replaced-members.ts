import { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import { isAssignment, loadedWith } from './modules.js';
import type { CallNode, Session } from './session.js';
import { unwrap } from './syntax.js';
import { isTestPath } from './test-runner.js';
import type { Values } from './values.js';

/** Calls of a library's member that the project puts a function of its own in the place of. */
export function replacedCalls(
  session: Session,
  values: Values,
  candidates: Candidates,
): ReadonlySet<CallNode> {
  const replaced = new Map<string, Set<string>>();
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const target = unwrap(node.left);
      if (ts.isPropertyAccessExpression(target))
        for (const value of values.of(target))
          if (value.kind === 'member') {
            const key = keyOf(value.library.module, value.owner, value.name);
            replaced.set(key, (replaced.get(key) ?? new Set()).add(session.pathOf(node)));
          }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  const isSeenFrom = (call: CallNode, places: ReadonlySet<string>): boolean =>
    [...places].some(
      // A test replaces it for what the test loads.
      (place) => !isTestPath(place) || loadedWith(session, place).has(session.pathOf(call)),
    );
  const calls = [...candidates.calls].flatMap(([call, candidate]) => {
    if (candidate.kind === 'own') return [];
    const places = replaced.get(keyOf(candidate.library.module, candidate.owner, candidate.name));
    return places !== undefined && isSeenFrom(call, places) ? [call] : [];
  });
  return new Set(calls);
}

function keyOf(module: string, owner: string | null, name: string): string {
  return `${module} ${owner ?? ''} ${name}`;
}
