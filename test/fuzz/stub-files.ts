import { describeValue } from './trace.js';
import type { DeliveredOutcome, World } from './world.js';

type Callback = (...results: unknown[]) => void;

/** Operations whose result depends on the path and the outcome; the rest answer nothing. */
const operations = [
  'readFile',
  'writeFile',
  'appendFile',
  'stat',
  'access',
  'unlink',
  'readdir',
  'mkdir',
] as const;
type Operation = (typeof operations)[number];

/** `fs` and `fs/promises` over a file system whose files all exist and say which file they are. */
export function fileModules(world: World): { readonly fs: object; readonly promises: object } {
  const promises = Object.fromEntries(operations.map((name) => [name, promiseForm(world, name)]));
  const callbacks = operations.map((name) => [name, callbackForm(world, name)]);
  const blocking = operations.map((name) => [`${name}Sync`, blockingForm(world, name)]);
  const fs = {
    ...Object.fromEntries([...callbacks, ...blocking]),
    promises,
    existsSync: (path: unknown) => world.blockingCall(fileCall('exists', [path])).kind === 'value',
    constants: {},
  };
  return { fs, promises };
}

function callbackForm(world: World, name: Operation): Callback {
  return (...input) => {
    const callback = input.at(-1);
    if (typeof callback !== 'function') throw new TypeError('The "cb" argument must be of type function');
    const settings = input.slice(0, -1);
    world.startCall(fileCall(name, settings), (outcome) => {
      if (outcome.kind === 'failure') callback(outcome.error);
      else callback(null, ...resultsOf(name, settings, outcome));
    });
  };
}

function promiseForm(world: World, name: Operation): (...input: unknown[]) => Promise<unknown> {
  return (...input) =>
    new Promise((resolve, reject) => {
      if (input.some((part) => typeof part === 'function'))
        world.record('misuse', `fs.promises.${name} got a callback`);
      world.startCall(fileCall(name, input), (outcome) => {
        if (outcome.kind === 'failure') reject(outcome.error);
        else resolve(resultsOf(name, input, outcome)[0]);
      });
    });
}

function blockingForm(world: World, name: Operation): (...input: unknown[]) => unknown {
  return (...input) => {
    const outcome = world.blockingCall(fileCall(name, input));
    if (outcome.kind === 'failure') throw outcome.error;
    return resultsOf(name, input, outcome)[0];
  };
}

function fileCall(name: string, input: readonly unknown[]) {
  const text = `${name} ${input.map((part) => describeValue(part)).join(', ')}`;
  return { kind: 'file', text, key: text } as const;
}

function resultsOf(
  name: Operation,
  input: readonly unknown[],
  outcome: Extract<DeliveredOutcome, { kind: 'value' }>,
): readonly unknown[] {
  switch (name) {
    case 'readFile': {
      const text = JSON.stringify({ path: input[0], limit: outcome.number });
      return [input[1] === undefined ? Buffer.from(text) : text];
    }
    case 'stat':
      return [{ size: outcome.number, isFile: () => true }];
    case 'readdir':
      return [['a.txt', 'b.txt'].slice(0, outcome.size)];
    default:
      return [];
  }
}
