import type { ControlMember, Library, Members } from '../schema.js';
import { each, listener } from './rows.js';

type Form = Pick<ControlMember, 'runs' | 'order' | 'results'>;

function control(form: Form): ControlMember {
  return { kind: 'control', transform: 'async-library', wait: 'database', ...form };
}

function stays(form: Form, never: string): ControlMember {
  return { ...control(form), never };
}

const limited = 'only some of its functions run at once, for which the language has no words';
const tested = 'it decides by the answers which functions run';
const items: Form = { runs: 'items', order: 'parallel', results: 'dropped' };
const tasks: Form = { runs: 'tasks', order: 'parallel', results: 'collected' };

const members: Members = {
  apply: { kind: 'partial' },
  waterfall: control({ runs: 'tasks', order: 'serial', results: 'handed-on' }),
  series: control({ ...tasks, order: 'serial' }),
  parallel: control(tasks),
  ...each(['each', 'forEach'], control(items)),
  ...each(['eachSeries', 'forEachSeries'], control({ ...items, order: 'serial' })),
  map: control({ ...items, results: 'collected' }),
  mapSeries: control({ ...items, order: 'serial', results: 'collected' }),
  ...each(['parallelLimit', 'auto', 'autoInject', 'race', 'tryEach'], stays(tasks, limited)),
  ...each(['eachLimit', 'forEachLimit', 'mapLimit'], stays(items, limited)),
  ...each(
    [
      ...['eachOf', 'eachOfSeries', 'eachOfLimit', 'forEachOf', 'forEachOfSeries', 'forEachOfLimit'],
      ...['mapValues', 'mapValuesSeries', 'mapValuesLimit', 'transform', 'groupBy', 'times', 'timesSeries'],
      ...['concat', 'concatSeries', 'reduce', 'inject', 'foldl', 'reduceRight', 'foldr', 'sortBy'],
      ...['filter', 'filterSeries', 'select', 'reject', 'rejectSeries', 'detect', 'detectSeries'],
      ...['some', 'any', 'every', 'all', 'someSeries', 'everySeries', 'filterLimit', 'timesLimit'],
    ],
    stays(items, tested),
  ),
  ...each(
    ['whilst', 'doWhilst', 'until', 'doUntil', 'during', 'doDuring', 'forever', 'retry'],
    listener('its functions may run many times'),
  ),
  ...each(
    ['queue', 'priorityQueue', 'cargo', 'cargoQueue'],
    listener('a queue runs its function for each entry'),
  ),
};

/** Source: the API pages of async 0.9, 1.5, 2.6 and 3.2. */
export const async: Library = { module: 'async', exports: members, types: {} };
