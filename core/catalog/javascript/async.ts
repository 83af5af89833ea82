import type { ControlMember, Library, Members } from '../schema.js';
import { each, heeded, promisified, same } from './rows.js';

type Form = Pick<ControlMember, 'runs' | 'order' | 'results' | 'argumentsBefore' | 'inputs'>;

function control(form: Form): ControlMember {
  return { kind: 'control', transform: 'async-library', wait: 'database', promise: same, ...form };
}

function whole(form: Form, never: string): ControlMember {
  return { ...control(form), never };
}

const limited = 'only some of its functions run at once, for which the language has no words';
const tested = 'it decides by the answers which functions run';
const repeated = 'its functions may run many times';
const items: Form = { runs: 'items', order: 'parallel', results: 'dropped', argumentsBefore: 2, inputs: 1 };
const tasks: Form = { runs: 'tasks', order: 'parallel', results: 'collected', argumentsBefore: 1, inputs: 0 };
const itemsInTurn: Form = { ...items, order: 'serial' };
const turns: Form = { ...itemsInTurn, inputs: 0 };
const collected: Form = { ...items, results: 'collected' };
const collectedInTurn: Form = { ...collected, order: 'serial' };

/** The same with a number in front of the function: how many may run at once, or what a reduction begins with. */
function withOneMore(form: Form): Form {
  return { ...form, argumentsBefore: form.argumentsBefore + 1 };
}

/** What asks its functions for a truth value; before version 2 their callbacks had no error. */
const tests: Members = {
  ...each(
    ['filter', 'select', 'reject', 'detect', 'find', 'some', 'any', 'every', 'all'],
    whole(collected, tested),
  ),
  ...each(
    [
      'filterSeries',
      'selectSeries',
      'rejectSeries',
      'detectSeries',
      'findSeries',
      'someSeries',
      'everySeries',
    ],
    whole(collectedInTurn, tested),
  ),
  ...each(
    ['filterLimit', 'selectLimit', 'rejectLimit', 'detectLimit', 'findLimit', 'someLimit', 'everyLimit'],
    whole(withOneMore(collected), limited),
  ),
};

/** An answer without a value adds nothing, and a promise always has a value: the functions keep their callbacks. */
const lists: Members = {
  concat: { ...whole(collected, tested), promise: promisified },
  concatSeries: { ...whole(collectedInTurn, tested), promise: promisified },
  concatLimit: { ...whole(withOneMore(collected), limited), promise: promisified },
};

const members: Members = {
  ...lists,
  apply: { kind: 'partial' },
  waterfall: control({ ...tasks, order: 'serial', results: 'handed-on', inputs: null }),
  series: control({ ...tasks, order: 'serial' }),
  parallel: control(tasks),
  ...each(['each', 'forEach'], control(items)),
  ...each(['eachSeries', 'forEachSeries'], control(itemsInTurn)),
  map: control(collected),
  mapSeries: control(collectedInTurn),
  ...each(['race', 'tryEach'], whole(tasks, limited)),
  ...each(['auto', 'autoInject'], whole({ ...tasks, inputs: null }, limited)),
  parallelLimit: whole(withOneMore(tasks), limited),
  ...each(['eachLimit', 'forEachLimit'], whole(withOneMore(items), limited)),
  ...each(['eachOfLimit', 'forEachOfLimit'], whole({ ...withOneMore(items), inputs: 2 }, limited)),
  mapValuesLimit: whole({ ...withOneMore(collected), inputs: 2 }, limited),
  ...each(['mapLimit', 'timesLimit', 'groupByLimit'], whole(withOneMore(collected), limited)),
  ...each(['eachOf', 'forEachOf'], whole({ ...items, inputs: 2 }, tested)),
  ...each(['eachOfSeries', 'forEachOfSeries'], whole({ ...itemsInTurn, inputs: 2 }, tested)),
  mapValues: whole({ ...collected, inputs: 2 }, tested),
  mapValuesSeries: whole({ ...collectedInTurn, inputs: 2 }, tested),
  ...each(['times', 'groupBy', 'sortBy'], whole(collected, tested)),
  ...each(['timesSeries', 'groupBySeries'], whole(collectedInTurn, tested)),
  ...each(
    ['reduce', 'inject', 'foldl', 'reduceRight', 'foldr'],
    whole({ ...withOneMore(collectedInTurn), inputs: 2 }, tested),
  ),
  whilst: { ...control(turns), repeats: 'while' },
  until: { ...control(turns), repeats: 'until' },
  ...each(['doWhilst', 'doUntil'], whole(turns, repeated)),
  forever: whole({ ...tasks, order: 'serial', results: 'dropped' }, repeated),
  retry: whole({ ...tasks, order: 'serial', argumentsBefore: 2 }, repeated),
  ...each(['during', 'doDuring', 'transform'], heeded(repeated)),
  ...each(
    ['queue', 'priorityQueue', 'cargo', 'cargoQueue'],
    heeded('a queue runs its function for each entry'),
  ),
};

/** Source: the API pages of async 2.6 and 3.2. */
const async: Library = {
  module: 'async',
  versions: [2, 3, 4],
  promisesSince: [3],
  exports: { ...members, ...tests },
  types: {},
};

/** Source: the API pages of async 0.9 and 1.5. */
const firstAsync: Library = {
  module: 'async',
  versions: [0, 1],
  exports: Object.fromEntries(
    [
      ...Object.entries(members),
      ...Object.entries(tests).map(([name, member]) => [name, { ...member, noError: true }] as const),
    ].map(([name, member]) => [
      name,
      member.kind === 'control' ? { ...member, promise: promisified } : member,
    ]),
  ),
  types: {},
};

export const asyncLibraries: readonly Library[] = [async, firstAsync];
