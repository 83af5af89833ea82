import { EventEmitter } from 'node:events';
import nodePath from 'node:path';
import util from 'node:util';
import vm from 'node:vm';
import { type Schedule, schedulesFor, schedulesWithOneFailure } from './schedule.js';
import { asyncModule } from './stub-async.js';
import { type Application, expressModule, type SimulatedRequest } from './stub-express.js';
import { fileModules } from './stub-files.js';
import { mysqlModule, mysqlPromiseModule } from './stub-mysql.js';
import { describeValue, type RunTrace } from './trace.js';
import { createWorld, type World } from './world.js';

/** CommonJS files by path; `entry` creates the application. */
export interface ProgramFiles {
  readonly files: ReadonlyMap<string, string>;
  readonly entry: string;
}

export interface RunOptions {
  readonly express?: 4 | 5;
}

/** Everything the program is run under: the fixed schedules, and those that let one of its calls fail. */
export async function findSchedules(program: ProgramFiles, seed: number): Promise<readonly Schedule[]> {
  const fixed = schedulesFor(seed);
  const [first] = fixed;
  if (first === undefined) return fixed;
  const { calls } = await runProgram(program, first);
  return [...fixed, ...schedulesWithOneFailure(seed, calls)];
}

/** Runs a program under one schedule: its start, then one request for every route. */
export async function runProgram(
  program: ProgramFiles,
  schedule: Schedule,
  options: RunOptions = {},
): Promise<RunTrace> {
  const world = createWorld(schedule);
  try {
    const express = expressModule(world, options.express ?? 4);
    const load = createLoader(program, world, express.module);
    await world.enter(world.current(), () => void load(program.entry));
    await world.settle();
    for (const application of express.applications) await sendRequests(application, world);
    await world.settle();
    return {
      schedule: schedule.name,
      requests: world.traces(),
      calls: world.calls(),
    };
  } finally {
    world.close();
  }
}

async function sendRequests(application: Application, world: World): Promise<void> {
  for (const [index, { method, path }] of application.routes().entries()) {
    const record = world.openRequest(`${method} ${path}`);
    const request = simulate(method, path, world.schedule.seed + index);
    await world.enter(record, () => application.dispatch(request, record));
    if (!world.schedule.parallel) await world.settle();
  }
}

/** One request in four lacks the inputs that programs validate. */
function simulate(method: string, path: string, seed: number): SimulatedRequest {
  const isBare = seed % 4 === 3;
  return {
    method,
    path,
    params: isBare ? {} : { id: String((seed % 9) + 1) },
    query: isBare ? {} : { name: `n${seed % 5}`, page: '2' },
    body: isBare ? {} : { name: `body${seed % 5}`, total: seed % 7, ids: [1, 2] },
  };
}

type Load = (path: string) => unknown;

const parameters = [
  'exports',
  'require',
  'module',
  '__filename',
  '__dirname',
  'console',
  'process',
  'setTimeout',
  'setImmediate',
  'clearTimeout',
];

function createLoader(program: ProgramFiles, world: World, express: object): Load {
  const loaded = new Map<string, { exports: unknown }>();
  const packages = packageTable(world, express);
  const globals = [tracedConsole(world), tracedProcess(world), ...timers(world)];

  const load: Load = (path) => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const text = program.files.get(path);
    if (text === undefined) throw new Error(`no file ${path}`);
    const module: { exports: unknown } = { exports: {} };
    loaded.set(path, module);
    if (path.endsWith('.json')) {
      module.exports = JSON.parse(text);
      return module.exports;
    }
    const directory = nodePath.posix.dirname(path);
    const require = (request: string) =>
      request.startsWith('.') ? load(resolveFile(program, directory, request)) : packageOf(packages, request);
    const run = compile(text, path);
    Reflect.apply(run, module.exports, [
      module.exports,
      require,
      module,
      `/app/${path}`,
      `/app/${directory}`,
      ...globals,
    ]);
    return module.exports;
  };
  return load;
}

const compiled = new Map<string, ReturnType<typeof vm.compileFunction>>();

function compile(text: string, path: string) {
  const key = `${path}\n${text}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size > 500) compiled.clear();
  const made = vm.compileFunction(text.replace(/^#!/, '//'), parameters, { filename: path });
  compiled.set(key, made);
  return made;
}

function resolveFile(program: ProgramFiles, directory: string, request: string): string {
  const base = nodePath.posix.join(directory, request);
  const candidates = [base, `${base}.js`, `${base}.json`, `${base}/index.js`];
  const found = candidates.find((candidate) => program.files.has(candidate));
  if (found === undefined) throw new Error(`Cannot find module '${request}' from ${directory}`);
  return found;
}

function packageTable(world: World, express: object): ReadonlyMap<string, unknown> {
  const { fs, promises } = fileModules(world);
  return new Map<string, unknown>([
    ['express', express],
    ['mysql', mysqlModule(world, 'mysql')],
    ['mysql2', mysqlModule(world, 'mysql2')],
    ['mysql2/promise', mysqlPromiseModule(world)],
    ['async', asyncModule()],
    ['fs', fs],
    ['fs/promises', promises],
    ['path', nodePath.posix],
    ['util', util],
    ['events', EventEmitter],
  ]);
}

function packageOf(packages: ReadonlyMap<string, unknown>, request: string): unknown {
  const name = request.replace(/^node:/, '');
  if (!packages.has(name)) throw new Error(`Cannot find module '${request}'`);
  return packages.get(name);
}

function tracedConsole(world: World): object {
  const write = (method: string) => [
    method,
    (...input: unknown[]) =>
      world.record('console', `${method}(${input.map((part) => describeValue(part)).join(', ')})`),
  ];
  return Object.fromEntries(['log', 'error', 'warn', 'info', 'debug'].map(write));
}

function tracedProcess(world: World): object {
  return {
    env: {},
    argv: ['node', 'app.js'],
    cwd: () => '/app',
    on: () => undefined,
    exit: (code: unknown) => world.record('event', `exit ${describeValue(code)}`),
    nextTick: (work: (...input: unknown[]) => void, ...input: unknown[]) =>
      world.nextTick(() => work(...input)),
  };
}

function timers(world: World): readonly unknown[] {
  return [
    (work: (...input: unknown[]) => void, delay = 1, ...input: unknown[]) =>
      world.later(Math.max(1, delay), () => work(...input)),
    (work: (...input: unknown[]) => void, ...input: unknown[]) => world.later(0, () => work(...input)),
    (timer: { cancelled: boolean } | undefined) => {
      if (timer !== undefined) timer.cancelled = true;
    },
  ];
}
