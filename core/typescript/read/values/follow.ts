import { describedLibraries } from '../../../catalog/described.js';
import { findLibrary } from '../../../catalog/index.js';
import type { Library } from '../../../catalog/schema.js';
import type { ApiDescription } from '../../../model/plan.js';
import { collectFamilies } from '../families.js';
import { findShapedHandlers } from '../handler-shapes.js';
import { collectDefinitions } from '../lent-members.js';
import { collectAssignments, packageOf } from '../modules.js';
import { packageFacts } from '../package-facts.js';
import type { Session } from '../session.js';
import type { Values } from '../values.js';
import { type CallEdges, collectCalls } from './calls.js';
import { ofExpression } from './expressions.js';
import type { Follower, RunGenerators } from './follower.js';
import { memberOf } from './members.js';
import { createMemory } from './memory.js';
import { ofDeclaration, ofName } from './names.js';
import { ofType } from './types.js';

/** @param rows what the run knows of packages beside the catalog */
export function followValues(
  session: Session,
  rows: readonly ApiDescription[] = [],
  generators: RunGenerators = new Map(),
): Values {
  const facts = packageFacts(session.project, session.files);
  const listed = (specifier: string): Library | undefined =>
    findLibrary(specifier, facts.versionOf(packageOf(specifier)));
  const described = describedLibraries(rows, listed);
  const edges: CallEdges = { callers: new Map(), registrations: new Map() };
  const follower: Follower = {
    session,
    assignments: collectAssignments(session),
    families: collectFamilies(session),
    definitions: collectDefinitions(session),
    facts,
    generators,
    memory: createMemory(),
    libraryOf: (specifier) => described.get(specifier) ?? listed(specifier),
    of: (expression) => ofExpression(follower, expression),
    member: (object, name) => memberOf(follower, object, name),
    name: (name) => ofName(follower, name),
    declaration: (declaration) => ofDeclaration(follower, declaration),
    type: (type) => ofType(follower, type),
    contractOf: (node) => edges.registrations.get(node),
    callsOf: (node) => edges.callers.get(node) ?? [],
  };
  collectEdges(follower, edges);
  const { assignments, families, of, member, contractOf, callsOf } = follower;
  return { session, described, assignments, families, of, member, result: of, contractOf, callsOf };
}

/** Registrations and call edges found in one pass let the next one see through parameters. */
function collectEdges(follower: Follower, edges: CallEdges): void {
  const { session, facts, memory, callsOf, of } = follower;
  const { callers, registrations } = edges;
  for (let pass = 0; pass < 3; pass++) {
    memory.forgetValues();
    const before = callers.size + registrations.size;
    collectCalls(follower, edges);
    if (pass > 0 && callers.size + registrations.size === before) break;
  }
  memory.forgetValues();
  const shaped = findShapedHandlers(session, facts, {
    isRegistered: (node) => registrations.has(node),
    callsOf,
    isKnown: (expression) => of(expression).length > 0,
  });
  if (shaped.length === 0) return;
  for (const { node, contract, module } of shaped) registrations.set(node, { contract, module, call: null });
  memory.forgetValues();
  collectCalls(follower, edges);
  memory.forgetValues();
}
