import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../core/model/plan.js';
import type { CallFact, FunctionFact, Program } from '../../core/model/program.js';
import { planProgram } from '../../core/planner/index.js';
import { policy, summary } from './notation.js';

interface Node {
  readonly isEntry: boolean;
  readonly isAsync: boolean;
  readonly isBarrier: boolean;
  /** Functions of one number share a type; 0 is none. */
  readonly family: number;
  /** Functions that it calls, by number, and how. */
  readonly calls: readonly { readonly target: number; readonly form: 'plain' | 'awaited' | 'refused' }[];
  readonly seeds: readonly ('open' | 'refused' | 'cheap')[];
}

const call = fc.record({
  target: fc.nat(9),
  form: fc.oneof(
    { weight: 8, arbitrary: fc.constant('plain' as const) },
    { weight: 1, arbitrary: fc.constant('awaited' as const) },
    { weight: 1, arbitrary: fc.constant('refused' as const) },
  ),
});

const node: fc.Arbitrary<Node> = fc.record({
  isEntry: fc.boolean(),
  isAsync: fc.nat(5).map((n) => n === 0),
  isBarrier: fc.nat(7).map((n) => n === 0),
  family: fc.nat(8).map((n) => (n < 6 ? 0 : n)),
  calls: fc.array(call, { maxLength: 3 }),
  seeds: fc.array(fc.constantFrom('open' as const, 'open' as const, 'refused' as const, 'cheap' as const), {
    maxLength: 2,
  }),
});

const graph = fc.array(node, { minLength: 1, maxLength: 10 });

/** Functions are spread over three files, so that the order of files matters to a planner that is not careful. */
function programOf(nodes: readonly Node[]): Program {
  const idOf = (index: number): string => `${['b', 'a', 'c'][index % 3]}.toy#f${index}`;
  const place = (index: number): CallFact['at'] => ({
    file: `${['b', 'a', 'c'][index % 3]}.toy`,
    range: { start: index, end: index + 1 },
  });
  const hazard = { code: 'H-FLOATING', effect: 'blocks', message: 'it was drawn' } as const;
  const functions = nodes.map(
    (one, index): FunctionFact => ({
      id: idOf(index),
      at: place(index),
      name: `f${index}`,
      parent: null,
      color: one.isAsync ? 'async' : 'sync',
      entry: one.isEntry ? 'handler' : null,
      hazards: one.isBarrier ? [{ ...hazard, code: 'H-CTOR' }] : [],
      unseen: [],
      callersKnown: true,
      family: nodes.flatMap((other, n) =>
        one.family !== 0 && other.family === one.family && n !== index ? [idOf(n)] : [],
      ),
    }),
  );
  const calls = nodes.flatMap((one, index): CallFact[] => {
    const base = {
      at: place(index),
      within: idOf(index),
      evidence: 'flow',
      unit: null,
      client: null,
      supports: [],
    } as const;
    return [
      ...one.seeds.map(
        (seed, n): CallFact => ({
          ...base,
          id: `${idOf(index)}/s${n}`,
          callee: `s${n}`,
          targets: [],
          seed: true,
          style: 'sync',
          transform: 'block',
          wait: seed === 'cheap' ? 'cheap' : 'file',
          alreadyAsync: false,
          hazards: seed === 'refused' ? [hazard] : [],
        }),
      ),
      ...one.calls.map(
        ({ target, form }, n): CallFact => ({
          ...base,
          id: `${idOf(index)}/c${n}`,
          callee: `f${target % nodes.length}`,
          targets: [idOf(target % nodes.length)],
          seed: false,
          style: 'plain',
          transform: 'await-caller',
          wait: 'file',
          alreadyAsync: form === 'awaited',
          hazards: form === 'refused' ? [hazard] : [],
        }),
      ),
    ];
  });
  return { language: 'toy', functions, calls, units: [], clients: [], supports: [] };
}

/** What the rules say, drawn in the plainest way: a function waits when all that it would make wait can. */
function expectedAsync(program: Program): Set<string> {
  const byId = new Map(program.functions.map((one) => [one.id, one]));
  const inScope = reachable(program);
  const above = (start: string): { ids: Set<string>; isOpen: boolean } => {
    const ids = new Set([start]);
    let isOpen = true;
    for (const id of ids) {
      const one = byId.get(id);
      if (one === undefined || one.hazards.length > 0) isOpen = false;
      if (one?.color === 'async') continue;
      for (const member of one?.family ?? []) ids.add(member);
      for (const caller of program.calls.filter(({ targets }) => targets.includes(id))) {
        if (caller.hazards.length > 0) isOpen = false;
        if (!caller.alreadyAsync) ids.add(caller.within);
      }
    }
    return { ids, isOpen };
  };
  const wanted = program.calls.filter(
    (one) => one.seed && one.wait !== 'cheap' && one.hazards.length === 0 && inScope.has(one.within),
  );
  const found = new Set<string>();
  for (const { within } of wanted) {
    const { ids, isOpen } = above(within);
    if (isOpen) for (const id of ids) found.add(id);
  }
  return found;
}

function reachable(program: Program): Set<string> {
  const found = new Set(program.functions.filter(({ entry }) => entry === 'handler').map(({ id }) => id));
  for (const id of found) {
    for (const { within, targets } of program.calls)
      if (within === id) for (const target of targets) found.add(target);
  }
  return found;
}

function madeAsync(plan: Plan): Set<string> {
  return new Set(plan.decisions.flatMap((one) => (one.kind === 'make-async' ? [one.function] : [])));
}

function rewrittenCalls(plan: Plan): Set<string> {
  return new Set(
    plan.decisions.flatMap((one) =>
      one.kind === 'await-call' || one.kind === 'convert-call' ? [one.call] : [],
    ),
  );
}

/** The program as the next run reads it. */
function carriedOut(program: Program, plan: Plan): Program {
  const async = madeAsync(plan);
  const rewritten = rewrittenCalls(plan);
  return {
    ...program,
    functions: program.functions.map((one) => (async.has(one.id) ? { ...one, color: 'async' } : one)),
    calls: program.calls
      .filter((one) => !(one.seed && rewritten.has(one.id)))
      .map((one) => (rewritten.has(one.id) ? { ...one, alreadyAsync: true } : one)),
  };
}

/** Which of several barriers is named as the reason is not part of what is decided. */
function decided(plan: Plan): unknown {
  const found = summary(plan);
  return { ...found, outcomes: found.outcomes.map((outcome) => outcome.replace(/ H-[A-Z-]+$/, '')) };
}

function shuffled(program: Program, order: readonly number[]): Program {
  const by = <T>(list: readonly T[]): T[] =>
    list
      .map((one, index) => ({ one, key: order[index % order.length] ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ one }) => one);
  return { ...program, functions: by(program.functions), calls: by(program.calls) };
}

describe('a plan of any call graph', () => {
  it('makes exactly those functions async that can be, with all that call them', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const program = programOf(nodes);
        expect(madeAsync(planProgram(program, policy))).toEqual(expectedAsync(program));
      }),
      { numRuns: 2000 },
    );
  });

  it('is closed: every call of what became async is awaited, was, or stands where its callee was async', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const program = programOf(nodes);
        const plan = planProgram(program, policy);
        const async = madeAsync(plan);
        const rewritten = rewrittenCalls(plan);
        const colors = new Map(program.functions.map(({ id, color }) => [id, color]));
        const groupOf = new Map(
          plan.decisions.flatMap((one) => (one.kind === 'make-async' ? [[one.function, one.group]] : [])),
        );
        for (const one of program.calls) {
          const isNew = one.targets.some((id) => async.has(id) && colors.get(id) !== 'async');
          if (isNew && !one.alreadyAsync) {
            expect(rewritten.has(one.id)).toBe(true);
            expect(async.has(one.within)).toBe(true);
            expect(groupOf.get(one.within)).toBe(groupOf.get(one.targets[0] ?? ''));
          } else if (!one.seed) expect(rewritten.has(one.id)).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is a fixed point: carried out, it leaves nothing to do', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const program = programOf(nodes);
        const plan = planProgram(program, policy);
        expect(planProgram(carriedOut(program, plan), policy).decisions).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same for any order of files, functions and calls', () => {
    fc.assert(
      fc.property(graph, fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }), (nodes, order) => {
        const program = programOf(nodes);
        expect(decided(planProgram(shuffled(program, order), policy))).toEqual(
          decided(planProgram(program, policy)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('ends every seed in exactly one outcome, and says why a blocked one stays', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const program = programOf(nodes);
        const { outcomes } = planProgram(program, policy);
        const seeds = program.calls.filter(({ seed }) => seed).map(({ id }) => id);
        expect(outcomes.map(({ call: id }) => id)).toEqual(seeds);
        for (const one of outcomes) {
          expect(one.reason).not.toBe('');
          if (one.kind === 'blocked') expect(one.hazards.length).toBeGreaterThan(0);
          expect(one.group !== null).toBe(one.kind === 'converted');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
