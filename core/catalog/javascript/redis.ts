import type { CallbackMember, Library, Member, Members, PromiseForm } from '../schema.js';
import { callback, chained, each, emitter, listener, plain, promisified, same } from './rows.js';

/** Commands that answer once. */
const commands = (
  'append auth bgrewriteaof bgsave bitcount bitfield bitop bitpos brpoplpush blpop brpop config dbsize decr decrby del dump ' +
  'echo eval evalsha exists expire expireat flushall flushdb geoadd geodist geohash geopos georadius ' +
  'georadiusbymember get getbit getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset ' +
  'hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat info keys lastsave lindex linsert llen lpop lpush lpushx ' +
  'lrange lrem lset ltrim mget migrate move mset msetnx object persist pexpire pexpireat pfadd pfcount pfmerge ping ' +
  'psetex pttl publish pubsub quit randomkey rename renamenx restore rpop rpoplpush rpush rpushx sadd scan scard script ' +
  'sdiff sdiffstore select set setbit setex setnx setrange sinter sinterstore sismember smembers smove sort spop ' +
  'srandmember srem sscan strlen sunion sunionstore time touch ttl type unlink unwatch wait watch zadd zcard zcount ' +
  'zincrby zinterstore zlexcount zrange zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank ' +
  'zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunionstore'
).split(' ');

const pushed = listener('messages arrive as events');

function client(form: PromiseForm, extra: Partial<CallbackMember>): Members {
  const command = callback('network', form, ['reply'], extra);
  const names = form.kind === 'same' ? commands : commands.flatMap((name) => [name, name.toUpperCase()]);
  const multi: Member = { kind: 'plain', returns: 'Multi' };
  return {
    ...each(names, command),
    ...emitter,
    ...each(['subscribe', 'psubscribe', 'unsubscribe', 'punsubscribe', 'monitor'], pushed),
    multi,
    ...(form.kind === 'same' ? { pipeline: multi, disconnect: plain } : { batch: multi }),
    duplicate: { kind: 'plain', returns: 'Client' },
    end: plain,
  };
}

/** Commands only queue; `exec` sends them. */
function queue(form: PromiseForm, extra: Partial<CallbackMember>): Members {
  const exec = callback('network', form, ['replies'], extra);
  return {
    ...each(commands, chained),
    exec,
    ...(form.kind === 'same' ? {} : { EXEC: exec, exec_atomic: exec }),
  };
}

/** Source: the readme of redis 0.12 to 3. From 4 on all commands answer with promises and take no callback. */
export const redis: Library = {
  module: 'redis',
  versions: [0, 1, 2, 3],
  exports: {
    createClient: { kind: 'plain', returns: 'Client' },
    RedisClient: { kind: 'plain', returns: 'Client' },
    print: plain,
  },
  types: { Client: client(promisified, {}), Multi: queue(promisified, {}) },
};

const answers = { promiseWithoutCallback: true };

/** Source: the readme of ioredis 4 and 5. */
export const ioredis: Library = {
  module: 'ioredis',
  self: { kind: 'plain', returns: 'Client' },
  exports: {
    default: { kind: 'plain', returns: 'Client' },
    Redis: { kind: 'plain', returns: 'Client' },
    Cluster: { kind: 'plain', returns: 'Client' },
  },
  types: {
    Client: { ...client(same, answers), connect: callback('network', same, [], answers) },
    Multi: queue(same, answers),
  },
};
