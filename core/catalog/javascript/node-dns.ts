import type { CallbackMember, Library, Member } from '../schema.js';
import { callback, plain, promisified } from './rows.js';

const records: Readonly<Record<string, string>> = {
  resolve: 'records',
  resolve4: 'addresses',
  resolve6: 'addresses',
  resolveAny: 'records',
  resolveCaa: 'records',
  resolveCname: 'names',
  resolveMx: 'records',
  resolveNaptr: 'records',
  resolveNs: 'names',
  resolvePtr: 'names',
  resolveSoa: 'record',
  resolveSrv: 'records',
  resolveTxt: 'records',
  reverse: 'names',
};

/** The same function of `dns.promises`. */
function query(member: string, results: readonly string[]): CallbackMember {
  return callback(
    'network',
    {
      kind: 'module',
      module: 'dns/promises',
      member,
      through: 'promises',
      since: { module: 15, through: 10 },
    },
    results,
  );
}

const exports: Record<string, Member> = {
  lookup: {
    ...query('lookup', ['address', 'family']),
    refuseWhen: [
      {
        kind: 'options',
        index: 1,
        names: ['all'],
        reason:
          'with `all` the result is a list of addresses, and options that are not written here cannot be checked',
      },
    ],
  },
  lookupService: query('lookupService', ['hostname', 'service']),
  setServers: plain,
  getServers: plain,
  Resolver: { kind: 'plain', returns: 'Resolver' },
  promises: { kind: 'value', type: 'Promises' },
};
const resolver: Record<string, Member> = { setServers: plain, getServers: plain, cancel: plain };
for (const [member, result] of Object.entries(records)) {
  exports[member] = query(member, [result]);
  resolver[member] = callback('network', promisified, [result]);
}

/** Source: the documentation of Node 20, `dns`. */
export const nodeDns: Library = {
  module: 'dns',
  aliases: ['node:dns'],
  errors: 'NodeJS.ErrnoException',
  exports,
  types: { Resolver: resolver, Promises: {} },
  promiseTypes: ['Promises'],
};
