import { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import { isAssignment } from './modules.js';
import type { CallNode, Session } from './session.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Calls of a library's member that the project puts a function of its own in the place of. */
export function replacedCalls(
  session: Session,
  values: Values,
  candidates: Candidates,
): ReadonlySet<CallNode> {
  const replaced = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const target = unwrap(node.left);
      if (ts.isPropertyAccessExpression(target))
        for (const value of values.of(target))
          if (value.kind === 'member') replaced.add(keyOf(value.library.module, value.owner, value.name));
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  const calls = [...candidates.calls].flatMap(([call, candidate]) =>
    candidate.kind !== 'own' && replaced.has(keyOf(candidate.library.module, candidate.owner, candidate.name))
      ? [call]
      : [],
  );
  return new Set(calls);
}

function keyOf(module: string, owner: string | null, name: string): string {
  return `${module} ${owner ?? ''} ${name}`;
}
