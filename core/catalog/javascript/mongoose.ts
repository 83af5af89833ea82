import type { CallbackMember, Contract, Framework, Library, Member, Members, RefuseWhen } from '../schema.js';
import { callback, chained, each, emitter, heeded, listener, plain, promisified, same } from './rows.js';

/** With a callback it runs at once; without one it is a query to await. */
function query(result: string, type?: string): CallbackMember {
  return callback('database', same, [], {
    results: [type === undefined ? { name: result } : { name: result, type }],
    awaited: { kind: 'value' },
    returns: type === undefined ? 'Query' : 'OneQuery',
    promiseWithoutCallback: true,
    beginsWith: 'exec',
  });
}

/** Answers with a promise unless it gets a callback. */
function command(results: readonly string[], extra: Partial<CallbackMember> = {}): CallbackMember {
  return callback('database', same, results, { promiseWithoutCallback: true, ...extra });
}

const one = query('document', 'Document');

const queries: Members = {
  find: query('documents'),
  findOne: one,
  findOneAndUpdate: one,
  findOneAndRemove: one,
  findOneAndDelete: one,
  findOneAndReplace: one,
  count: query('count'),
  countDocuments: query('count'),
  estimatedDocumentCount: query('count'),
  distinct: query('values'),
  update: query('result'),
  updateOne: query('result'),
  updateMany: query('result'),
  replaceOne: query('result'),
  remove: query('result'),
  deleteOne: query('result'),
  deleteMany: query('result'),
};

const severalDocuments: RefuseWhen = {
  kind: 'more-arguments',
  than: 1,
  reason: 'its callback gets one parameter for each document, its promise an array',
};

const model: Members = {
  ...queries,
  findById: one,
  findByIdAndUpdate: one,
  findByIdAndRemove: one,
  findByIdAndDelete: one,
  where: { kind: 'plain', returns: 'Query' },
  create: command(['document'], {
    results: [{ name: 'document', type: 'Document' }],
    refuseWhen: [severalDocuments],
  }),
  insertMany: command(['documents']),
  bulkWrite: command(['result']),
  aggregate: command(['result'], { returns: 'Aggregate' }),
  populate: command(['documents']),
  ensureIndexes: command([]),
  exists: query('exists'),
  watch: listener('a change stream'),
  ...each(['on', 'once'], listener('an event listener may run many times', 'self')),
  hydrate: { kind: 'plain', returns: 'Document' },
  discriminator: { kind: 'plain', returns: 'Model' },
};

const document: Members = {
  save: command(['document'], { results: [{ name: 'document', type: 'Document' }] }),
  remove: command(['document']),
  validate: command([]),
  set: chained,
  ...each(
    ['toObject', 'toJSON', 'get', 'markModified', 'isModified', 'equals', 'populated', 'depopulate'],
    plain,
  ),
};

/** What a query has whatever it answers with. */
const builder: Members = {
  ...queries,
  cursor: listener('a cursor is read as a stream'),
  stream: listener('a cursor is read as a stream'),
  ...each(
    (
      'all and batchSize box circle collation comment elemMatch equals gt gte hint in intersects lean limit lt lte ' +
      'maxDistance maxTimeMS merge mod ne near nearSphere nin nor or orFail polygon populate projection read regex ' +
      'select session set setOptions size skip slice sort tailable where within'
    ).split(' '),
    chained,
  ),
  ...each(['then', 'catch'], heeded('a promise')),
};

const exec = (type?: string): CallbackMember =>
  command(['result'], {
    ...(type === undefined ? {} : { results: [{ name: 'document', type }] }),
    refuseWhen: [
      {
        kind: 'more-arguments',
        than: 0,
        reason: 'the name of the operation comes first in this form of `exec`',
      },
    ],
  });

const aggregate: Members = {
  exec: command(['result']),
  cursor: listener('a cursor is read as a stream'),
  ...each(
    (
      'addFields allowDiskUse append collation count facet graphLookup group hint limit lookup match model near option ' +
      'project read redact replaceRoot sample search session skip sort sortByCount unwind'
    ).split(' '),
    chained,
  ),
};

// The hooks of `init` are synchronous.
const hook = (contract: string): Member => ({ kind: 'register', contract, firstIsNot: ['init'] });

const schema: Members = {
  pre: hook('pre'),
  post: hook('post'),
  statics: { kind: 'value', type: 'Statics' },
  methods: { kind: 'value', type: 'Methods' },
  virtual: { kind: 'plain', returns: 'Virtual' },
  ...each(['add', 'index', 'set', 'plugin'], chained),
  method: { kind: 'plain', returns: 'self', lends: 'Methods' },
  static: { kind: 'plain', returns: 'self', lends: 'Statics' },
};

const virtual: Members = each(['get', 'set'], heeded('an accessor cannot wait', 'self'));

const connecting = command([], { returns: 'Connection' });
const makeModel: Member = { kind: 'plain', returns: 'Model' };

function mongooseOf(versions: readonly number[], documents: Members): Library {
  const module: Members = {
    connect: connecting,
    disconnect: command([]),
    createConnection: { kind: 'plain', returns: 'Connection' },
    connection: { kind: 'value', type: 'Connection' },
    model: makeModel,
    models: { kind: 'value', type: 'Models' },
    Schema: { kind: 'value', type: 'SchemaClass' },
    Types: { kind: 'value', type: 'Types' },
    set: plain,
    plugin: plain,
    modelNames: plain,
  };
  return {
    module: 'mongoose',
    versions,
    exports: module,
    isObject: true,
    types: {
      Connection: {
        ...emitter,
        model: makeModel,
        models: { kind: 'value', type: 'Models' },
        close: command([]),
        collection: plain,
        db: { kind: 'value', type: 'Database' },
      },
      Database: {},
      Models: {},
      Statics: {},
      Methods: {},
      Model: model,
      Document: { ...document, ...documents },
      Query: { ...builder, exec: exec() },
      OneQuery: { ...builder, exec: exec('Document') },
      Aggregate: aggregate,
      SchemaClass: { Types: { kind: 'value', type: 'Types' } },
      Schema: schema,
      Virtual: virtual,
      Types: { ObjectId: { kind: 'value', type: 'ObjectIds' } },
      ObjectIds: { isValid: { kind: 'plain', neverThrows: true } },
    },
    elements: { Models: 'Model' },
    lends: { Statics: 'Model', Methods: 'Document' },
    byName: ['Model', 'Document', 'Query', 'Aggregate'],
    makes: {
      Model: { constructed: 'Document', called: 'Document' },
      SchemaClass: { constructed: 'Schema', called: 'Schema' },
    },
  };
}

/** The promises of 3, and the queries of the first minors of 4, have no `catch`. */
function beforeCatch(library: Library): Library {
  const older = (members: Members): Members =>
    Object.fromEntries(
      Object.entries(members).map(([name, member]): [string, Member] => {
        const isOwn = member.kind === 'callback' && member.promise.kind !== 'promisify';
        return [name, isOwn ? { ...member, thenOnly: true } : member];
      }),
    );
  const types = Object.fromEntries(Object.entries(library.types).map(([type, its]) => [type, older(its)]));
  return { ...library, exports: older(library.exports), types };
}

/** Before 4 a query answers with a promise only when it is executed, and everything else only through a callback. */
function beforePromises(library: Library): Library {
  const older = (members: Members): Members =>
    Object.fromEntries(
      Object.entries(members).map(([name, member]): [string, Member] => {
        if (member.kind !== 'callback' || name === 'exec') return [name, member];
        const { promiseWithoutCallback: _, ...rest } = member;
        const isQuery = member.returns === 'Query' || member.returns === 'OneQuery';
        return [name, { ...rest, promise: isQuery ? { kind: 'answer', member: 'exec' } : promisified }];
      }),
    );
  const types = Object.fromEntries(Object.entries(library.types).map(([type, its]) => [type, older(its)]));
  return { ...library, exports: older(library.exports), types };
}

/** `document.populate(path)` gives the document, not a promise, before 6. */
const executed = callback('database', { kind: 'answer', member: 'execPopulate' }, ['document'], {
  returns: 'self',
});

/** Source: the API pages of mongoose 3.8, 4.13, 5.13 and 6.13. From 7 on no method takes a callback. */
export const mongoose: readonly Library[] = [
  beforeCatch(beforePromises(mongooseOf([3], { populate: command(['document'], { returns: 'self' }) }))),
  beforeCatch(mongooseOf([4], { populate: executed })),
  mongooseOf([5], { populate: executed }),
  mongooseOf([6], { populate: command(['document']), deleteOne: command(['document']) }),
  {
    module: 'mongoose',
    versions: [7, 8],
    exports: {
      Schema: { kind: 'value', type: 'SchemaClass' },
      ...each(['connect', 'disconnect', 'createConnection', 'model', 'set', 'plugin', 'modelNames'], plain),
    },
    types: { SchemaClass: {}, Schema: schema, Virtual: virtual, Statics: {}, Methods: {} },
    makes: { SchemaClass: { constructed: 'Schema', called: 'Schema' } },
  },
];

/** A hook that declares `next` is waited for until it calls it, any other by the promise that it returns. */
const hooks: Pick<Contract, 'deliversRejections' | 'returned' | 'entry'> = {
  deliversRejections: {},
  returned: 'ignored',
  entry: 'event',
};

/** Source: the pages about middleware of mongoose 5 to 8. */
export const mongooseFramework: Framework = {
  module: 'mongoose',
  contracts: {
    pre: { ...hooks, parameters: [{ role: 'completion', value: 'ignored' }], acceptsPromise: [5, 6, 7, 8] },
    post: {
      ...hooks,
      parameters: [{ role: 'value' }, { role: 'completion', value: 'ignored' }],
      acceptsPromise: [7, 8],
    },
  },
};
