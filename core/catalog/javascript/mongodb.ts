import type { CallbackMember, Library, Member, Members } from '../schema.js';
import { callback, chained, each, emitter, heeded, listener, plain, same } from './rows.js';

/** Without a callback the same method answers with a promise. */
function query(...results: readonly string[]): CallbackMember {
  return callback('database', same, results, { promiseWithoutCallback: true });
}

/** What is written stands in front of the callback. */
const writing: CallbackMember = { ...query('result'), argumentsBefore: 1 };

const cursor: Members = {
  toArray: query('documents'),
  next: query('document'),
  hasNext: query('hasNext'),
  count: query('count'),
  close: query(),
  explain: query('plan'),
  ...each(['each', 'forEach'], heeded('its function runs once for every document')),
  ...each(['stream', 'on', 'once'], listener('a cursor is read as a stream')),
  ...each(
    (
      'addCursorFlag addQueryModifier allowDiskUse batchSize clone collation comment filter hint limit map match max ' +
      'maxAwaitTimeMS maxTimeMS min project group lookup out redact returnKey rewind setReadPreference showRecordId ' +
      'skip snapshot sort unwind'
    ).split(' '),
    chained,
  ),
};

const find: Member = { kind: 'plain', returns: 'Cursor' };

const shared: Members = {
  find,
  aggregate: find,
  listIndexes: find,
  watch: listener('a change stream'),
  insertOne: writing,
  insertMany: writing,
  updateOne: query('result'),
  updateMany: query('result'),
  replaceOne: query('result'),
  deleteOne: query('result'),
  deleteMany: query('result'),
  bulkWrite: query('result'),
  findOne: query('document'),
  findOneAndUpdate: query('result'),
  findOneAndDelete: query('result'),
  findOneAndReplace: query('result'),
  count: query('count'),
  countDocuments: query('count'),
  estimatedDocumentCount: query('count'),
  distinct: query('values'),
  createIndex: query('name'),
  createIndexes: query('result'),
  dropIndex: query('result'),
  dropIndexes: query('result'),
  indexes: query('indexes'),
  indexExists: query('exists'),
  indexInformation: query('information'),
  drop: query('isDropped'),
  isCapped: query('isCapped'),
  options: query('options'),
  stats: query('stats'),
  insert: writing,
  update: query('result'),
  remove: query('result'),
};

/** What 4 no longer has. */
const older: Members = {
  save: writing,
  findAndModify: query('result'),
  findAndRemove: query('result'),
  ensureIndex: query('name'),
  reIndex: query('result'),
};

const db: Members = {
  collection: { kind: 'plain', returns: 'Collection' },
  createCollection: callback('database', same, [], {
    results: [{ name: 'collection', type: 'Collection' }],
    awaited: { kind: 'value' },
    promiseWithoutCallback: true,
  }),
  listCollections: find,
  collections: query('collections'),
  command: query('result'),
  dropCollection: query('isDropped'),
  dropDatabase: query('isDropped'),
  renameCollection: query('collection'),
  stats: query('stats'),
  admin: { kind: 'plain', returns: 'Admin' },
  aggregate: find,
  watch: listener('a change stream'),
};

const admin: Members = {
  buildInfo: query('info'),
  serverInfo: query('info'),
  serverStatus: query('status'),
  ping: query('result'),
  listDatabases: query('databases'),
  validateCollection: query('result'),
  replSetGetStatus: query('status'),
  command: query('result'),
};

function connecting(name: string, type: string): CallbackMember {
  return { ...query(name), results: [{ name, type }] };
}

function driver(versions: readonly number[], connected: 'Client' | 'Db', isOld: boolean): Library {
  const connect = connecting(connected === 'Client' ? 'client' : 'db', connected);
  return {
    module: 'mongodb',
    versions,
    exports: {
      MongoClient: { kind: 'value', type: 'ClientClass' },
      connect,
      ObjectId: plain,
      ObjectID: plain,
    },
    types: {
      ClientClass: { connect },
      Client: {
        ...emitter,
        connect,
        close: query(),
        db: { kind: 'plain', returns: 'Db' },
        startSession: plain,
        withSession: plain,
        watch: listener('a change stream'),
      },
      Db: isOld ? { ...emitter, ...db, eval: query('result'), close: query() } : db,
      Collection: isOld ? { ...shared, ...older } : shared,
      Cursor: cursor,
      Admin: admin,
    },
    byName: ['Collection', 'Cursor', 'Db'],
    makes: { ClientClass: { constructed: 'Client' } },
  };
}

/** Source: the API pages of mongodb 1.4, 2.2, 3.7 and 4.17. Before 2 nothing answers with a promise, from 5 on no method takes a callback. */
export const mongodb: readonly Library[] = [
  { ...driver([1, 2], 'Db', true), promisesSince: [2] },
  driver([3], 'Client', true),
  driver([4], 'Client', false),
];
