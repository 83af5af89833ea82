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
  [545, 'not analyzed: functions that worked side by side wait for each other, under review'],
  [552, 'the second run does not see whose error a function that answers both ways calls back with'],
  [612, second],
  [752, 'tasks that ask for a review would be safe as a whole call, which only the second run sees'],
  [786, chain],
  [843, second],
  [931, second],
  [982, 'a rollback that nobody waited for is waited for, so that less runs side by side'],
  [1021, chain],
  [1037, 'an error is called back in a later turn, and what the callback throws is caught by nobody'],
  [1122, 'not analyzed: the order of effects under review'],
  [1167, second],
  [1200, second],
  [1216, 'a function that becomes async may read its file without blocking, which only the second run sees'],
  [1287, chain],
  [1338, 'not analyzed: a second run awaits a library whose task waits for a timer'],
  [1451, second],
  [1478, 'not analyzed: a second run converts a handler whose callbacks are given by name'],
  [1576, 'not analyzed: the order of effects under review'],
  [1611, second],
  [1823, 'not analyzed: a second run converts a callback in a task of the library'],
  [1893, 'a driver call that throws at once is taken for one that failed'],
]);
