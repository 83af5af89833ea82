import type { Hazard, HazardCode, HazardEffect } from '../../core/model/hazard.js';
import type { Plan, Policy } from '../../core/model/plan.js';
import type {
  CallFact,
  ClientFact,
  Color,
  EntryKind,
  FunctionFact,
  Program,
  UnitFact,
  WaitClass,
} from '../../core/model/program.js';

/**
 * Programs of a toy language, one function a line:
 *
 * ```
 * handler show: load, !read        a handler that calls `load` and blocks in `read`
 * load: !query #pg                 a plain function; its seed belongs to the client pg
 * callback find: ?query            answers through a callback of its own; its seed takes one
 * handler list: ?find              hands a continuation to `find`
 * starter log: ?write              starts work that nobody waits for
 * async job: await load            was async before, and awaits
 * startup main: load               runs when the program starts
 * Page {H-CTOR}: !read             a barrier
 * shim callback find {H-EXPORTED}: ?query   may answer both ways, and somebody unseen may call it
 * twin load: !read                 can get an async form beside it
 * keepable callback find: ?query   calls of it could wait for a promise form of it
 * inner in show: !read             a function inside another one
 * asked load: now                  a person asks for it to become async
 * family Files Memory              functions that share one type
 * client pg: indivisible
 * ```
 *
 * Calls: `name` plain, `a|b` one of several, `await name` and `using name`, `drop name` without its callback, `alias name` under a name that no other function is reached by, `!seed` blocking, `?seed` or `?function` with
 * a continuation, `^name` a call that a person says answers with a promise. Behind a call: `~cheap` (or another wait), `@name` (evidence), `#client`, `{H-CODE}` blocks,
 * `{H-CODE note}` and the other effects.
 */
export function program(text: string): Program {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const clients = lines.filter((line) => line.startsWith('client '));
  const families = lines.filter((line) => line.startsWith('family ')).map((line) => line.split(' ').slice(1));
  const declared = lines.filter((line) => !/^(?:client|family) /.test(line)).map(readFunction);
  const names = new Set(declared.map(({ name }) => name));
  const functions: FunctionFact[] = [];
  const calls: CallFact[] = [];
  const units: UnitFact[] = [];
  for (const one of declared) {
    const own = one.calls.map((call, index) => readCall(call, one.name, index, names));
    calls.push(...own);
    if (one.isAsked) calls.push(wish(one.name));
    functions.push(functionFact(one, families));
    const folded = own.filter((call) => call.unit !== null);
    if (folded.length > 0) units.push(unitFact(one, folded));
  }
  return {
    language: 'toy',
    functions,
    calls,
    units,
    clients: clients.map((line) => readClient(line, calls)),
    supports: [],
  };
}

export const policy: Policy = {
  maxRisk: 'safe',
  scope: 'handlers',
  exported: 'convert',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  seeds: ['block', 'callback', 'resource'],
};

/** A plan in words that a test can compare. */
export interface Summary {
  /** Functions that become async. */
  readonly async: readonly string[];
  /** Functions that answer with a promise and through their callback. */
  readonly shims: readonly string[];
  /** Functions that get an async form beside them. */
  readonly twins: readonly string[];
  /** Calls that are rewritten, by who makes them: `show.load`. */
  readonly calls: readonly string[];
  /** `load show · safe`, and `switch:pg promise` for clients. */
  readonly groups: readonly string[];
  /** Functions that go on calling back, and are called through a promise form from now on. */
  readonly lasting: readonly string[];
  /** `show.read converted`, `Page.read blocked H-CTOR`. */
  readonly outcomes: readonly string[];
}

export function summary(plan: Plan): Summary {
  const async = new Set<string>();
  const shims = new Set<string>();
  const twins = new Set<string>();
  const calls = new Set<string>();
  const members = new Map<string, Set<string>>();
  const switched: string[] = [];
  for (const decision of plan.decisions) {
    if (decision.kind === 'make-async') {
      async.add(short(decision.function));
      members.set(decision.group, (members.get(decision.group) ?? new Set()).add(short(decision.function)));
    } else if (decision.kind === 'shim') {
      shims.add(short(decision.function));
      members.set(decision.group, (members.get(decision.group) ?? new Set()).add(short(decision.function)));
    } else if (decision.kind === 'twin') {
      twins.add(short(decision.function));
      members.set(decision.group, (members.get(decision.group) ?? new Set()).add(short(decision.function)));
    } else if (decision.kind === 'convert-unit') for (const id of decision.calls) calls.add(callName(id));
    else if (decision.kind === 'switch-client') switched.push(`${decision.client} ${decision.form}`);
    else calls.add(callName(decision.call));
  }
  const groups = plan.groups
    .filter(({ kind }) => kind === 'change')
    .map(({ id, risk }) => `${[...(members.get(id) ?? [])].sort().join(' ')} · ${risk}`);
  return {
    async: [...async].sort(),
    shims: [...shims].sort(),
    twins: [...twins].sort(),
    calls: [...calls].sort(),
    groups: [...groups, ...switched].sort(),
    lasting: plan.lasting.map(short).sort(),
    outcomes: plan.outcomes
      .map(({ call, kind, hazards }) =>
        [callName(call), kind, ...(kind === 'blocked' ? [hazards[0]?.code ?? '?'] : [])].join(' '),
      )
      .sort(),
  };
}

interface Declared {
  readonly name: string;
  readonly entry: EntryKind | null;
  readonly color: Color;
  readonly startsOnly: boolean;
  readonly parent: string | null;
  readonly hazards: readonly Hazard[];
  readonly calls: readonly string[];
  readonly canShim: boolean;
  readonly canTwin: boolean;
  readonly isAsked: boolean;
  readonly isKeepable: boolean;
}

const entries: readonly string[] = ['handler', 'event', 'job', 'test', 'startup', 'export', 'unseen'];
const colors: readonly string[] = ['async', 'callback', 'generator'];

function readFunction(line: string): Declared {
  const [head = '', body = ''] = split(line, ':');
  const parent = / in (\S+)/.exec(head)?.[1] ?? null;
  const words = withoutHazards(head)
    .replace(/ in \S+/, '')
    .trim()
    .split(/\s+/);
  const name = words[words.length - 1] ?? '';
  const before = words.slice(0, -1);
  return {
    name,
    entry: (before.find((word) => entries.includes(word)) as EntryKind | undefined) ?? null,
    color: (before.find((word) => colors.includes(word)) as Color | undefined) ?? 'sync',
    startsOnly: before.includes('starter'),
    parent: parent === null ? null : functionId(parent),
    hazards: readHazards(head),
    canShim: before.includes('shim'),
    canTwin: before.includes('twin'),
    isAsked: before.includes('asked'),
    isKeepable: before.includes('keepable'),
    calls: body
      .split(',')
      .map((call) => call.trim())
      .filter((call) => call !== ''),
  };
}

function functionFact(one: Declared, families: readonly (readonly string[])[]): FunctionFact {
  return {
    id: functionId(one.name),
    at: place(one.name),
    name: one.name,
    parent: one.parent,
    color: one.color,
    entry: one.entry,
    hazards: one.hazards.filter(({ code }) => !isOfUnit(code) && (one.canTwin || !isOfCallers(code))),
    unseen: one.canTwin ? [] : one.hazards.filter(({ code }) => isOfCallers(code)),
    callersKnown: true,
    ...(one.canTwin ? { twin: [] } : {}),
    ...(one.isKeepable ? { isKeepable: true } : {}),
    family: families
      .filter((names) => names.includes(one.name))
      .flatMap((names) => names.filter((name) => name !== one.name).map(functionId)),
  };
}

/** Hazards of callers that are not seen. */
function isOfCallers(code: HazardCode): boolean {
  return code === 'H-EXPORTED';
}

/** Hazards of the continuations together: they belong to the unit, not to the function. */
function isOfUnit(code: HazardCode): boolean {
  return code === 'H-MULTI-CALL' || code === 'H-CB-THEN-WORK' || code === 'H-RELEASE';
}

function unitFact(one: Declared, calls: readonly CallFact[]): UnitFact {
  return {
    function: functionId(one.name),
    calls: calls.map(({ id }) => id),
    hazards: one.hazards.filter(({ code }) => isOfUnit(code)),
    supports: [],
    replacesCallback: one.color === 'callback',
    startsOnly: one.startsOnly,
    shim: one.canShim ? [] : null,
  };
}

const waits: readonly string[] = ['database', 'process', 'network', 'derivation', 'file', 'cheap'];

function readCall(text: string, within: string, index: number, names: ReadonlySet<string>): CallFact {
  const words = withoutHazards(text)
    .replace(/[~@#]\w+/g, '')
    .trim();
  const sign = /^[!?^]/.exec(words)?.[0];
  const keyword = /^(await|using|drop|alias) /.exec(words)?.[1];
  const callee = words
    .replace(/^[!?^]/, '')
    .replace(/^(await|using|drop|alias) /, '')
    .trim();
  const targets = callee.split('|').filter((name) => names.has(name));
  const isSeed = targets.length === 0;
  const style =
    sign === '?'
      ? 'callback'
      : sign === '!'
        ? 'sync'
        : sign === '^'
          ? 'user'
          : keyword === 'using'
            ? 'resource'
            : keyword === 'drop'
              ? 'detached'
              : 'plain';
  const wait = /~(\w+)/.exec(text)?.[1] ?? 'file';
  const client = /#(\w+)/.exec(text)?.[1];
  if (!waits.includes(wait)) throw new Error(`${wait} is no wait`);
  if (isSeed && sign === undefined) throw new Error(`${callee} is neither a function nor a seed`);
  return {
    id: `${functionId(within)}/${callee}${index === 0 ? '' : `'${index}`}`,
    at: place(`${within}.${callee}`),
    within: functionId(within),
    callee,
    targets: targets.map(functionId),
    seed: isSeed,
    style,
    transform: !isSeed || sign === '^' ? 'await-caller' : sign === '?' ? 'callback' : 'block',
    evidence: text.includes('@name') ? 'name' : text.includes('@declared') ? 'declared' : 'flow',
    wait: wait as WaitClass,
    alreadyAsync: keyword === 'await',
    hazards: readHazards(text),
    namesTwin: keyword !== 'alias' && targets.length === 1,
    unit: sign === '?' ? functionId(within) : null,
    client: client ?? null,
    supports: [],
  };
}

/** The wish that a function becomes async is a seed in it. */
function wish(name: string): CallFact {
  return {
    id: `${functionId(name)}/asked`,
    at: place(name),
    within: functionId(name),
    callee: name,
    targets: [],
    seed: true,
    style: 'asked',
    transform: 'async-signature',
    evidence: 'flow',
    wait: 'database',
    alreadyAsync: false,
    hazards: [],
    unit: null,
    client: null,
    supports: [],
  };
}

function readClient(line: string, calls: readonly CallFact[]): ClientFact {
  const [head = '', body = ''] = split(line, ':');
  const id = head.replace('client ', '').trim();
  return {
    id,
    at: place(id),
    module: id,
    uses: calls.filter((call) => call.client === id).map((call) => call.id),
    keepsCallbackForm: body.includes('keeps'),
    isIndivisible: body.includes('indivisible'),
    hazards: readHazards(body),
  };
}

function readHazards(text: string): Hazard[] {
  return [...text.matchAll(/\{(H-[A-Z-]+)(?: (\w+))?\}/g)].map((match) => ({
    code: match[1] as HazardCode,
    effect: (match[2] ?? 'blocks') as HazardEffect,
    message: `${match[1]} was seen`,
  }));
}

function withoutHazards(text: string): string {
  return text.replace(/\{[^}]*\}/g, '');
}

function split(line: string, at: string): [string, string] {
  const index = line.indexOf(at);
  return index === -1 ? [line, ''] : [line.slice(0, index), line.slice(index + 1)];
}

function place(name: string): { file: string; range: { start: number; end: number } } {
  return { file: 'main.toy', range: { start: name.length, end: name.length + 1 } };
}

export function functionId(name: string): string {
  return `main.toy#${name}`;
}

function short(id: string): string {
  return id.replace('main.toy#', '');
}

function callName(id: string): string {
  return short(id).replace('/', '.').replace(/'\d+$/, '');
}
