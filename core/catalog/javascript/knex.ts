import type { CallbackMember, Library, Member, Members } from '../schema.js';
import { callback, chained, each, heeded, listener } from './rows.js';

/** A query is a thenable: without the call that hands it a callback, it is awaited itself. */
const handedOver: CallbackMember = callback('database', { kind: 'thenable' }, ['result'], {
  transform: 'pooled-query',
});

const builder: Members = {
  asCallback: handedOver,
  ...each(['then', 'catch', 'finally'], heeded('a promise')),
  ...each(['stream', 'pipe', 'on', 'once'], listener('the rows are read as a stream')),
  ...each(
    (
      'select columns column from into table distinct distinctOn join innerJoin leftJoin leftOuterJoin rightJoin ' +
      'rightOuterJoin fullOuterJoin crossJoin joinRaw where andWhere orWhere whereNot orWhereNot whereIn orWhereIn ' +
      'whereNotIn orWhereNotIn whereNull orWhereNull whereNotNull orWhereNotNull whereExists whereNotExists whereBetween ' +
      'orWhereBetween whereNotBetween whereRaw orWhereRaw whereLike whereILike groupBy groupByRaw orderBy orderByRaw ' +
      'having havingRaw offset limit union unionAll count countDistinct min max sum avg increment decrement insert update ' +
      'del delete truncate returning first pluck clone forUpdate forShare transacting onConflict merge ignore with as ' +
      'modify timeout debug connection'
    ).split(' '),
    chained,
  ),
};

const start: Member = { kind: 'plain', returns: 'Builder' };

const instance: Members = {
  ...each(['select', 'from', 'into', 'table', 'insert', 'raw', 'with', 'column', 'where'], start),
  queryBuilder: start,
  transaction: heeded('the end of the function, or of its promise, ends the transaction'),
  schema: { kind: 'value', type: 'Schema' },
};

/** Source: the documentation of knex 0.95 to 3, whose callback form is `asCallback`. */
export const knex: Library = {
  module: 'knex',
  self: { kind: 'plain', returns: 'Knex' },
  exports: { knex: { kind: 'plain', returns: 'Knex' }, default: { kind: 'plain', returns: 'Knex' } },
  types: {
    Knex: instance,
    Builder: builder,
    Schema: {
      asCallback: handedOver,
      ...each(
        [
          'createTable',
          'dropTable',
          'dropTableIfExists',
          'table',
          'alterTable',
          'renameTable',
          'hasTable',
          'raw',
        ],
        chained,
      ),
    },
  },
  makes: { Knex: { called: 'Builder' } },
};
