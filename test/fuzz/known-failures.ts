/**
 * Programs that are known to go wrong, by seed, and what it is. Each must go on failing until it is mended, and leaves the
 * list then. A change of the generator makes other programs of the seeds.
 */
export const knownFailures: ReadonlyMap<number, string> = new Map([]);
