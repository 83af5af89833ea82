import { ts } from 'ts-morph';
import type { Flow } from './flow.js';
import { isBareReturn } from './statement-shape.js';
import { unwrap } from './syntax.js';

/** `catch (e) { reject(e); }`: it does nothing but call back with what it caught. */
export function throwsAgain({ catchClause }: ts.TryStatement, caught: Flow): boolean {
  const name = catchClause?.variableDeclaration?.name;
  const [first, ...rest] = caught.steps;
  if (name === undefined || !ts.isIdentifier(name) || first?.kind !== 'finish') return false;
  if (first.leaves === true || first.finish.kind !== 'error' || first.isDeferred === true) return false;
  const error = first.finish.error && unwrap(first.finish.error);
  if (error === undefined || !ts.isIdentifier(error) || error.text !== name.text) return false;
  return rest.every((step) => step.kind === 'plain' && isBareReturn(step.item));
}
