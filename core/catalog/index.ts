import { asyncLibraries } from './javascript/async.js';
import { awsSdk } from './javascript/aws-sdk.js';
import { betterSqlite3 } from './javascript/better-sqlite3.js';
import { callbackPackages } from './javascript/callback-packages.js';
import * as contexts from './javascript/contexts.js';
import { decoratorFrameworks, decorators } from './javascript/decorators.js';
import { express, expressFramework } from './javascript/express.js';
import { fsExtra, glob, gracefulFs, mkdirp, rimraf } from './javascript/file-packages.js';
import { jsonwebtoken } from './javascript/jsonwebtoken.js';
import { knex } from './javascript/knex.js';
import { mariadbCallback } from './javascript/mariadb.js';
import { mongodb } from './javascript/mongodb.js';
import { mongoose, mongooseFramework } from './javascript/mongoose.js';
import { mssql } from './javascript/mssql.js';
import { mysql, mysql2 } from './javascript/mysql.js';
import { nodeChildProcess } from './javascript/node-child-process.js';
import * as nodeCore from './javascript/node-core.js';
import { nodeCrypto } from './javascript/node-crypto.js';
import { nodeDns } from './javascript/node-dns.js';
import { nodeFs } from './javascript/node-fs.js';
import { nodeHttp, nodeHttps, nodeNet, nodeServers } from './javascript/node-http.js';
import { nodeZlib } from './javascript/node-zlib.js';
import { nodemailer } from './javascript/nodemailer.js';
import { oracledb } from './javascript/oracledb.js';
import { passport, passportStrategies } from './javascript/passport.js';
import { bcrypt, bcryptjs } from './javascript/passwords.js';
import { pg } from './javascript/pg.js';
import { pgNative } from './javascript/pg-native.js';
import { ioredis, redis } from './javascript/redis.js';
import { request } from './javascript/request.js';
import { emitter } from './javascript/rows.js';
import { smallPackages } from './javascript/small-packages.js';
import { sqlite3 } from './javascript/sqlite3.js';
import { superagent } from './javascript/superagent.js';
import { supertest } from './javascript/supertest.js';
import * as runners from './javascript/test-runners.js';
import { chai, nodeAssert, sinon } from './javascript/test-tools.js';
import * as web from './javascript/web-frameworks.js';
import { elasticsearch, needle, stripe } from './javascript/web-services.js';
import type { Contract, Framework, Library, Member, Members } from './schema.js';

export const frameworks: readonly Framework[] = [
  web.awsLambdaFramework,
  expressFramework,
  ...nodeServers,
  web.connectFramework,
  web.restifyFramework,
  ...web.koaFrameworks,
  web.fastifyFramework,
  web.socketIoFramework,
  web.nodeCronFramework,
  mongooseFramework,
  ...decoratorFrameworks,
  ...runners.testFrameworks,
];

const rows: readonly Library[] = [
  betterSqlite3,
  elasticsearch,
  express,
  fsExtra,
  gracefulFs,
  jsonwebtoken,
  knex,
  mariadbCallback,
  mssql,
  mysql,
  mysql2,
  nodeChildProcess,
  nodeCore.deasync,
  nodeCore.nodeEvents,
  nodeCore.nodeProcess,
  nodeCore.nodeReadline,
  nodeCore.nodeStream,
  nodeCore.nodeTimers,
  nodeCore.nodeUtil,
  nodeCore.syncRequest,
  contexts.nodeAsyncHooks,
  contexts.openTelemetry,
  contexts.sentry,
  nodeCrypto,
  nodeDns,
  nodeFs,
  nodeHttp,
  nodeHttps,
  nodeNet,
  nodeZlib,
  nodemailer,
  oracledb,
  bcrypt,
  bcryptjs,
  passport,
  passportStrategies,
  pg,
  pgNative,
  ioredis,
  needle,
  redis,
  request,
  sqlite3,
  stripe,
  superagent,
  supertest,
  ...runners.testRunners,
  chai,
  nodeAssert,
  sinon,
  web.connect,
  web.fastify,
  web.koa,
  web.koaRouter,
  web.nodeCron,
  web.restify,
  web.socketIo,
  ...asyncLibraries,
  ...awsSdk,
  ...decorators,
  ...callbackPackages,
  ...glob,
  ...mkdirp,
  ...mongodb,
  ...mongoose,
  ...rimraf,
  ...smallPackages,
];

/** Everything known about JavaScript libraries. */
export const libraries: readonly Library[] = rows.map(withheld);

/** The entries of frameworks as they are where their version sees the rejections of all that they run. */
const heard: ReadonlyMap<Library, Library> = new Map(
  libraries.map((library, index) => [library, rows[index] ?? library]),
);

const byName = new Map<string, Library[]>();
for (const library of libraries) {
  for (const name of [library.module, ...(library.aliases ?? [])]) {
    const entries = byName.get(name);
    if (entries === undefined) byName.set(name, [library]);
    else entries.push(library);
  }
}

/**
 * The library behind a module specifier, if the catalog has it: the entry for the declared major version, else, when no
 * version is declared, the newest one that takes callbacks.
 *
 * @param version the major, or `major.minor` where the minor is declared too
 */
export function findLibrary(specifier: string, version?: string | number): Library | undefined {
  const entries = byName.get(specifier) ?? [];
  const [number = Number.NaN, minor] = version === undefined ? [] : String(version).split('.').map(Number);
  if (Number.isNaN(number)) return entries.length > 1 ? undeclared.get(specifier) : entries[0];
  const found = entries.find(({ versions }) => versions === undefined || versions.includes(number));
  const entry = found !== undefined && hearsAll(found, number) ? heard.get(found) : found;
  return entry !== undefined && isBefore(number, minor, entry.promisesSince) ? older.get(entry) : entry;
}

/** A version whose minor is left open is the newest of its major. */
function isBefore(major: number, minor = Number.POSITIVE_INFINITY, first: Library['promisesSince']): boolean {
  if (first === undefined) return false;
  const [firstMajor, firstMinor = 0] = first;
  return major < firstMajor || (major === firstMajor && minor < firstMinor);
}

/** The framework waits for whatever it runs, and does nothing with what that answers. */
function hearsAll({ module }: Library, major: number): boolean {
  const contracts = Object.values(findFramework(module)?.contracts ?? {});
  return (
    contracts.length > 0 &&
    contracts.every(
      (contract) =>
        contract.returned === 'ignored' &&
        contract.adapter === undefined &&
        contract.deliversRejections[String(major)] === true,
    )
  );
}

/** The libraries as they were when no call of theirs answered with a promise. */
const older: ReadonlyMap<Library, Library> = new Map(
  libraries
    .filter((library) => library.promisesSince !== undefined)
    .map((library) => [library, mapMembers(library, withoutPromise)]),
);

function withoutPromise(member: Member): Member {
  if (member.kind === 'sync' && member.promise.kind === 'method')
    return { ...member, promise: { kind: 'promisify', member: member.promise.member } };
  if (member.kind === 'control') return { ...member, promise: { kind: 'promisify' } };
  if (member.kind !== 'callback') return member;
  if (!['same', 'thenable', 'answer'].includes(member.promise.kind)) return member;
  const { promiseWithoutCallback: _, ...rest } = member;
  return { ...rest, promise: { kind: 'promisify' } };
}

const undeclared = new Map([...byName].map(([name, entries]) => [name, entryOfUnknown(entries)]));

/**
 * A callback tells the version that it is written for; a blocking call has another async form in each; and what runs
 * functions is taken as the oldest does, which the newer ones understand.
 */
function entryOfUnknown(entries: readonly Library[]): Library | undefined {
  const versionOf = (entry: Library): number => Math.max(...(entry.versions ?? [0]));
  const newest = [...entries].sort((a, b) => versionOf(b) - versionOf(a));
  const oldest = newest[newest.length - 1];
  if (oldest !== undefined && runsFunctions(oldest)) return oldest;
  const entry = newest.find(takesCallbacks) ?? newest[0];
  if (entry === undefined) return undefined;
  const never = `its async form differs between the versions of ${entry.module}, and none is declared`;
  return mapMembers(entry, (member) => (member.kind === 'sync' ? { never, ...member } : member));
}

function takesCallbacks(library: Library): boolean {
  const all = [library.exports, ...Object.values(library.types)].flatMap((members) => Object.values(members));
  return library.self?.kind === 'callback' || all.some((member) => member.kind === 'callback');
}

function runsFunctions(library: Library): boolean {
  return Object.values(library.exports).some((member) => member.kind === 'control');
}

/** The framework that a library is, if it is one. */
export function findFramework(module: string): Framework | undefined {
  return frameworks.find((framework) => framework.module === module);
}

/** The names of the packages that a framework is published as. */
export function namesOfFramework(module: string): readonly string[] {
  return [module, ...(libraries.find((library) => library.module === module)?.aliases ?? [])];
}

/** Who sees the rejection of a function that a framework calls under a contract. */
export type Delivery =
  /** The framework itself. */
  | 'framework'
  /** The framework, once the function is wrapped. */
  | 'adapter'
  /** Nobody: a function that can reject must not be handed over. */
  | 'nobody';

/** @param parameters how many the function declares */
export function deliveryOf(contract: Contract, major: string | undefined, parameters: number): Delivery {
  const isSeen = major !== undefined && contract.deliversRejections[major] === true;
  if (isSeen && parameters <= (contract.asyncArity ?? parameters)) return 'framework';
  return contract.adapter === undefined ? 'nobody' : 'adapter';
}

/** Ambient declarations by package, for the check of projects whose dependencies are not installed. */
export const fallbackDeclarations: ReadonlyMap<string, string> = new Map(
  libraries.flatMap((library) =>
    library.declarations === undefined ? [] : [[library.module, library.declarations] as const],
  ),
);

export { absenceAssertions } from './assertions.js';
export { type Double, doubles, moduleDoubles } from './doubles.js';
export { nodeDeclarations } from './javascript/node-fs.js';
export { type GlobalRunner, globalRunners, otherRunners } from './javascript/test-runners.js';
export { type ThrowAssertion, throwAssertions } from './throw-assertions.js';

/** What every object that emits events has. */
export const emitterMembers: Members = emitter;

/** The names that need no import: timers and `process`. */
export const globals = nodeCore.globals;

/**
 * A framework that sees no rejections, and for which there is no adapter, gets no async functions: the registration of
 * one reads as that of a listener.
 */
function withheld(library: Library): Library {
  const framework = findFramework(library.module);
  if (framework === undefined || isAdapted(framework) || saysItself(framework)) return library;
  return mapMembers(library, (member) => hidden(framework, member));
}

/** A library whose functions say by themselves that they are done; it serves no requests. */
export function saysItself(framework: Framework): boolean {
  return Object.values(framework.contracts).every(
    (contract) =>
      contract.takesPromise === true ||
      contract.parameters.some((parameter) => parameter.role === 'completion'),
  );
}

/** A rejection of any of its functions is handed to it, or it takes what they return for the answer. */
function isAdapted({ contracts }: Framework): boolean {
  return Object.values(contracts).every(
    ({ adapter, returned }) => adapter !== undefined || returned === 'payload',
  );
}

function mapMembers(library: Library, change: (member: Member) => Member): Library {
  const all = (members: Members): Members =>
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, change(member)]));
  return {
    ...library,
    exports: all(library.exports),
    types: Object.fromEntries(Object.entries(library.types).map(([type, members]) => [type, all(members)])),
    ...(library.others === undefined ? {} : { others: all(library.others) }),
  };
}

function hidden(framework: Framework, member: Member): Member {
  if (member.kind !== 'register') return member;
  const reason = 'nobody sees the rejection of this function yet';
  return {
    kind: 'multi-shot',
    reason,
    looksAtResult: !isListener(framework.contracts[member.contract]),
    serves: serves(framework.contracts[member.contract]),
    ...(member.returns === undefined ? {} : { returns: member.returns }),
  };
}

/** A function of the contract runs for each request, message or job. */
export function serves(contract: Contract | undefined): boolean {
  return contract !== undefined && ['handler', 'event', 'job'].includes(contract.entry);
}

/** Nobody looks at what the function returns, now or once it is wrapped. */
function isListener(contract: Contract | undefined): boolean {
  return (
    contract?.returned === 'ignored' &&
    contract.adapter === undefined &&
    Object.keys(contract.deliversRejections).length === 0
  );
}
