import type { ReadOptions } from '../../front-end.js';
import type { ApiDescription } from '../../model/plan.js';
import type { FunctionId } from '../../model/program.js';
import type { ProjectInput } from '../../model/project.js';
import { findArrayLoops } from './array-loops.js';
import { findCandidates } from './candidates.js';
import { findChains } from './chains.js';
import type { Base } from './context.js';
import { coroutineId } from './coroutine-facts.js';
import { findCoroutines } from './coroutines.js';
import { findGatheredMaps } from './gathered-maps.js';
import { handingOn } from './handing-on.js';
import { assignIds } from './ids.js';
import { findLeftAlone } from './left-alone.js';
import { packageFacts } from './package-facts.js';
import { replacedCalls } from './replaced-members.js';
import { openSession } from './session.js';
import { readAsAsync } from './syntax.js';
import { collectUses } from './uses.js';
import { followValues } from './values/follow.js';

/** What names and values lead to: read once per project, whatever converts. */
type Followed = Pick<Base, 'session' | 'values' | 'coroutines' | 'ids' | 'facts'>;

const followed = new WeakMap<ProjectInput, Map<string, Followed>>();
const bases = new WeakMap<Followed, Map<string, Base>>();

/** What is known of a project before its units are read. It is kept for the next reading of the same `ProjectInput`. */
export function baseOf(project: ProjectInput, { policy, excluded, kept }: ReadOptions): Base {
  const left = policy.seeds.includes('coroutine')
    ? [...excluded].filter((id) => id.endsWith(coroutineId(''))).sort()
    : null;
  const apis = policy.apis ?? [];
  const known = made(followed, project, [apis, left], () => follow(project, apis, left));
  return made(bases, known, [...kept].sort(), () => readBase(known, kept));
}

function made<K extends object, T>(
  all: WeakMap<K, Map<string, T>>,
  owner: K,
  key: readonly unknown[],
  make: () => T,
): T {
  const own = all.get(owner) ?? new Map<string, T>();
  all.set(owner, own);
  const text = JSON.stringify(key);
  const found = own.get(text) ?? make();
  own.set(text, found);
  return found;
}

/** @param left the generators that stay; all of them, if null */
function follow(
  project: ProjectInput,
  apis: readonly ApiDescription[],
  left: readonly string[] | null,
): Followed {
  const session = openSession(project);
  const ids = assignIds(session);
  const facts = packageFacts(project, session.files);
  const plain = followValues(session, apis);
  const coroutines = findCoroutines({
    session,
    values: plain,
    facts,
    isLeft: (node) => left === null || left.includes(coroutineId(ids.of(node))),
  });
  for (const node of coroutines.all.keys()) readAsAsync(node);
  const values = coroutines.runners.size === 0 ? plain : followValues(session, apis, coroutines.runners);
  return { session, values, coroutines, ids, facts };
}

/** @param kept functions that go on calling back, and whose callers wait for a promise form of them */
function readBase(known: Followed, kept: ReadonlySet<FunctionId>): Base {
  const { session, values, coroutines, ids } = known;
  const candidates = findCandidates(session, values, (node) => kept.has(ids.of(node)));
  const chains = findChains(session, values, candidates, coroutines);
  // What answers with a chain gives a promise for each element, which a loop would wait for one by one.
  const loopable = new Map(
    [...findArrayLoops(session, values, candidates)].filter(
      ([, loop]) => chains.answersOf(loop.callback).length === 0,
    ),
  );
  const gathered = findGatheredMaps(values, candidates, loopable);
  const loops = new Map([...loopable].filter(([, loop]) => !gathered.has(loop.call)));
  const handed = handingOn(values, candidates);
  return {
    ...known,
    candidates,
    chains,
    replaced: replacedCalls(session, values, candidates),
    loops,
    gathered,
    handed,
    uses: collectUses({
      session,
      values,
      isWaitedFor: (call, given) => gathered.has(call) || handed.calls.get(call)?.argument === given,
      answersBack: (node) => candidates.ownCallbackOf(node) !== undefined,
    }),
    leftAlone: findLeftAlone(session),
  };
}
