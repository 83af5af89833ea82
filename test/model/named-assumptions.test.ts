import { expect, it } from 'vitest';
import type { Hazard } from '../../core/model/hazard.js';
import { nameAssumptions } from '../../core/model/named-assumptions.js';
import type { Group } from '../../core/model/plan.js';
import type { Change } from '../../core/model/report.js';

function at(start: number): Change['at'] {
  return { file: 'app.ts', range: { start, end: start + 5 } };
}

function change(group: string, start: number, hazards: readonly Hazard[] = []): Change {
  return {
    id: `${group}-${start}`,
    group,
    transform: 'sync-call',
    at: at(start),
    line: 1,
    title: 'await',
    reason: 'it blocks',
    risk: 'review',
    evidence: 'declared',
    hazards,
  };
}

function group(id: string, hazards: readonly Hazard[]): Group {
  return {
    id,
    kind: 'change',
    title: id,
    risk: 'review',
    evidence: 'declared',
    hazards,
    requires: [],
    chain: [],
  };
}

const race: Hazard = { code: 'H-RACE', effect: 'review', message: '`count` is read before', at: at(42) };
const note: Hazard = { code: 'H-CRASH', effect: 'note', message: 'it rejects', at: at(42) };

it('names what raises the risk of a group at the change in front of it', () => {
  const changes = nameAssumptions(
    [change('g0', 10), change('g0', 40), change('g1', 41)],
    [group('g0', [race, note]), group('g1', [])],
  );
  expect(changes.map(({ hazards }) => hazards)).toEqual([[], [race], []]);
});

it('names nothing twice, and what has no place at the first change', () => {
  const { at: _, ...placeless } = race;
  expect(
    nameAssumptions([change('g0', 10, [race]), change('g0', 40)], [group('g0', [race])]).map(
      ({ hazards }) => hazards,
    ),
  ).toEqual([[race], []]);
  expect(
    nameAssumptions([change('g0', 10), change('g0', 40)], [group('g0', [placeless])]).map(
      ({ hazards }) => hazards,
    ),
  ).toEqual([[placeless], []]);
});
