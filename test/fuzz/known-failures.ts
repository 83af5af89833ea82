const chain =
  'a chain of promises in a continuation converts only when it has become code of the function around';
const second = 'not analyzed: a second run finds more';

/**
 * Programs that are known to go wrong, by seed, and what it is. Each must go on failing until it is mended, and leaves the
 * list then. A change of the generator makes other programs of the seeds.
 */
export const knownFailures: ReadonlyMap<number, string> = new Map([
  [147, second],
  [210, chain],
  [552, 'the second run does not see whose error a function that answers both ways calls back with'],
  [612, second],
  [752, 'tasks that ask for a review would be safe as a whole call, which only the second run sees'],
  [786, chain],
  [843, second],
  [931, second],
  [1021, chain],
  [1167, second],
  [1200, second],
  [1216, 'a function that becomes async may read its file without blocking, which only the second run sees'],
  [1287, chain],
  [1338, 'not analyzed: a second run awaits a library whose task waits for a timer'],
  [1451, second],
  [1478, 'not analyzed: a second run converts a handler whose callbacks are given by name'],
  [1611, second],
  [1823, 'not analyzed: a second run converts a callback in a task of the library'],
]);
