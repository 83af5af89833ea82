import { describe, expect, it } from 'vitest';
import type { Policy } from '../../core/model/plan.js';
import type { Program } from '../../core/model/program.js';
import { planProgram } from '../../core/planner/index.js';
import { policy, program, type Summary, summary } from './notation.js';

interface Case {
  readonly rule: string;
  readonly text: string;
  readonly policy?: Partial<Policy>;
  readonly gives: Partial<Summary>;
}

const nothing: Partial<Summary> = { async: [], calls: [], groups: [] };

const lasting: readonly Case[] = [
  {
    rule: 'a function that cannot but go on calling back is to be called through a promise form',
    text: `
      handler show: ?find
      keepable callback find {H-MULTI-CALL}: ?query`,
    gives: { ...nothing, lasting: ['find'] },
  },
  {
    rule: 'what stands against the callers of such a function may be nothing else',
    text: `
      handler show: ?count
      keepable callback count {H-MULTI-CALL}: ?find
      keepable callback find {H-MULTI-CALL}: ?query`,
    gives: { ...nothing, lasting: ['find'] },
  },
  {
    rule: 'such functions that call each other are all called so',
    text: `
      handler show: ?even
      keepable callback even {H-MULTI-CALL}: ?odd
      keepable callback odd {H-MULTI-CALL}: ?even`,
    gives: { ...nothing, lasting: ['even', 'odd'] },
  },
  {
    rule: 'a function that waits inside only goes on calling back',
    text: `
      handler show: log
      starter keepable callback log: ?write`,
    gives: { async: ['log'], lasting: ['log'] },
  },
  {
    rule: 'a function that answers with its result needs no other form',
    text: `
      handler show: ?find
      keepable callback find: ?query`,
    gives: { async: ['find', 'show'], lasting: [] },
  },
  {
    rule: 'a function whose callbacks no promise stands for is left alone',
    text: `
      handler show: ?find
      callback find {H-MULTI-CALL}: ?query`,
    gives: { ...nothing, lasting: [] },
  },
];

const spreading: readonly Case[] = [
  {
    rule: 'a function that only starts work becomes async, and its callers do not',
    text: `
      handler show: log
      starter log: ?write`,
    gives: {
      async: ['log'],
      calls: ['log.write', 'show.log'],
      groups: ['log · safe'],
      outcomes: ['log.write converted'],
    },
  },
  {
    rule: 'a caller of started work converts for itself, in a group of its own',
    text: `
      handler show: log, !read
      starter log: ?write`,
    gives: { async: ['log', 'show'], groups: ['log · safe', 'show · safe'] },
  },
  {
    rule: 'work that is blocked starts as before',
    text: `
      handler show: log
      starter log {H-CTOR}: ?write`,
    gives: { ...nothing, outcomes: ['log.write blocked H-CTOR'] },
  },
  {
    rule: 'a call without the callback that may be left out is changed with its callee, and waits for nothing',
    text: `
      handler show: ?find
      handler list: drop find
      callback find: ?query`,
    gives: {
      async: ['find', 'show'],
      calls: ['find.query', 'list.find', 'show.find'],
      groups: ['find show · safe'],
      outcomes: ['find.query converted'],
    },
  },
  {
    rule: 'a call without a callback whose result is used keeps the callback',
    text: `
      handler show: ?find
      handler list: drop find {H-FLOATING}
      callback find: ?query`,
    gives: { ...nothing, outcomes: ['find.query blocked H-FLOATING'] },
  },
  {
    rule: 'a blocking call makes the function async that makes it',
    text: 'handler show: !read',
    gives: {
      async: ['show'],
      calls: ['show.read'],
      groups: ['show · safe'],
      outcomes: ['show.read converted'],
    },
  },
  {
    rule: 'a function that becomes async takes its callers along, and theirs',
    text: `
      handler show: page
      page: load
      load: !read`,
    gives: {
      async: ['load', 'page', 'show'],
      calls: ['load.read', 'page.load', 'show.page'],
      groups: ['load page show · safe'],
    },
  },
  {
    rule: 'a function that calls nothing that waits stays',
    text: `
      handler show: load, format
      load: !read
      format: trim
      trim:`,
    gives: { async: ['load', 'show'], calls: ['load.read', 'show.load'] },
  },
  {
    rule: 'functions that are not joined by a call are groups of their own',
    text: `
      handler show: !read
      handler list: !read`,
    gives: { groups: ['list · safe', 'show · safe'] },
  },
  {
    rule: 'a callee that two callers share joins them in one group',
    text: `
      handler show: load
      handler list: load
      load: !read`,
    gives: { groups: ['list load show · safe'] },
  },
  {
    rule: 'functions that call each other convert together',
    text: `
      handler show: even
      even: odd
      odd: even, !read`,
    gives: { async: ['even', 'odd', 'show'], groups: ['even odd show · safe'] },
  },
  {
    rule: 'a call that is awaited already is not awaited again',
    text: `
      async handler show: await load
      load: !read`,
    gives: { async: ['load'], calls: ['load.read'] },
  },
  {
    rule: 'an async function takes in a wait without asking its callers',
    text: `
      Page {H-CTOR}: show
      async handler show: !read`,
    gives: { calls: ['show.read'], outcomes: ['show.read converted'] },
  },
  {
    rule: 'a block that ends with a disposal waits for it',
    text: `
      handler show: using dispose
      dispose: !unlink`,
    gives: { async: ['dispose', 'show'], calls: ['dispose.unlink', 'show.dispose'] },
  },
  {
    rule: 'a call that may run one of two functions is awaited when either waits',
    text: `
      handler show: fast|slow
      fast:
      slow: !read`,
    gives: { async: ['show', 'slow'], calls: ['show.fast|slow', 'slow.read'] },
  },
];

const barriers: readonly Case[] = [
  {
    rule: 'a barrier keeps its own seed',
    text: 'handler Page {H-CTOR}: !read',
    gives: { ...nothing, outcomes: ['Page.read blocked H-CTOR'] },
  },
  {
    rule: 'a barrier blocks everything that would have to be awaited in it',
    text: `
      handler show: Page
      Page {H-CTOR}: load
      load: !read`,
    gives: { ...nothing, outcomes: ['load.read blocked H-CTOR'] },
  },
  {
    rule: 'a barrier takes back the other callers of what it needs',
    text: `
      handler show: load
      handler count {H-ACCESSOR}: load
      load: !read`,
    gives: { ...nothing, outcomes: ['load.read blocked H-ACCESSOR'] },
  },
  {
    rule: 'a barrier in a cycle blocks the cycle',
    text: `
      handler show: even
      even: odd
      odd {H-PREDICATE}: even, !read`,
    gives: { ...nothing, outcomes: ['odd.read blocked H-PREDICATE'] },
  },
  {
    rule: 'a barrier leaves alone what it does not call',
    text: `
      handler show: !read
      handler count {H-ACCESSOR}: !read`,
    gives: {
      async: ['show'],
      groups: ['show · safe'],
      outcomes: ['count.read blocked H-ACCESSOR', 'show.read converted'],
    },
  },
  {
    rule: 'a seed of a function that is taken back goes on in another one',
    text: `
      handler show: load, !stat
      handler count {H-ACCESSOR}: load
      load: !read`,
    gives: {
      async: ['show'],
      calls: ['show.stat'],
      outcomes: ['load.read blocked H-ACCESSOR', 'show.stat converted'],
    },
  },
  {
    rule: 'a place that cannot wait keeps its call and what the call needs',
    text: `
      handler show: load {H-FLOATING}
      load: !read`,
    gives: { ...nothing, outcomes: ['load.read blocked H-FLOATING'] },
  },
  {
    rule: 'a seed with a barrier of its own stays, and its neighbor converts',
    text: 'handler show: !open {H-TWIN-SHAPE}, !read',
    gives: {
      async: ['show'],
      calls: ['show.read'],
      outcomes: ['show.open blocked H-TWIN-SHAPE', 'show.read converted'],
    },
  },
  {
    rule: 'a program that runs at start-up is a barrier for what it shares with a handler',
    text: `
      startup main {H-TOP-LEVEL}: load
      handler show: load
      load: !read`,
    gives: { ...nothing, outcomes: ['load.read blocked H-TOP-LEVEL'] },
  },
];

const continuations: readonly Case[] = [
  {
    rule: 'calls with continuations of one function convert as one unit',
    text: 'handler show: ?query, ?insert',
    gives: { async: ['show'], calls: ['show.insert', 'show.query'], groups: ['show · safe'] },
  },
  {
    rule: 'a hazard of a unit blocks all of its calls',
    text: 'handler show {H-RELEASE}: ?acquire, ?query',
    gives: {
      ...nothing,
      outcomes: ['show.acquire blocked H-RELEASE', 'show.query blocked H-RELEASE'],
    },
  },
  {
    rule: 'a function gives up its callback when every caller hands it one',
    text: `
      handler show: ?find
      handler list: ?find
      callback find: ?query`,
    gives: {
      async: ['find', 'list', 'show'],
      calls: ['find.query', 'list.find', 'show.find'],
      groups: ['find list show · safe'],
    },
  },
  {
    rule: 'a caller that hands no callback keeps the callback for all',
    text: `
      handler show: ?find
      handler list: find
      callback find: ?query`,
    gives: { ...nothing, outcomes: ['find.query blocked H-FLOATING'] },
  },
  {
    rule: 'a caller that stays keeps the callback for all',
    text: `
      handler show: ?find
      handler list {H-MULTI-CALL}: ?find
      callback find: ?query`,
    gives: { ...nothing, outcomes: ['find.query blocked H-MULTI-CALL'] },
  },
  {
    rule: 'a chain of callbacks converts from the driver to the handler',
    text: `
      handler show: ?page
      callback page: ?find
      callback find: ?query`,
    gives: { async: ['find', 'page', 'show'], calls: ['find.query', 'page.find', 'show.page'] },
  },
  {
    rule: 'a function that answers through a callback that cannot go does not wait',
    text: `
      handler show: load
      callback load: !read`,
    gives: { ...nothing, outcomes: ['load.read blocked H-SYNC-CB'] },
  },
];

const wishes: readonly Case[] = [
  {
    rule: 'a blocking call at start-up is skipped',
    text: 'startup main: !read',
    gives: { ...nothing, outcomes: ['main.read skipped'] },
  },
  {
    rule: 'a blocking call that only start-up reaches is skipped',
    text: `
      startup main: load
      load: !read`,
    gives: { ...nothing, outcomes: ['load.read skipped'] },
  },
  {
    rule: 'the scope of everything takes start-up in',
    text: `
      startup main: load
      load: !read`,
    policy: { scope: 'all' },
    gives: { async: ['load', 'main'], outcomes: ['load.read converted'] },
  },
  {
    rule: 'a function inside a handler runs with it',
    text: `
      handler show: inner
      inner in show: !read`,
    gives: { async: ['inner', 'show'] },
  },
  {
    rule: 'a function inside a handler counts as reached even when its calls are not seen',
    text: `
      handler show:
      inner in show: !read`,
    gives: { async: ['inner'] },
  },
  {
    rule: 'events, jobs and exports are reached like handlers',
    text: `
      event closed: !read
      job nightly: !read
      export load: !read`,
    gives: { async: ['closed', 'load', 'nightly'] },
  },
  {
    rule: 'a cheap call is skipped',
    text: 'handler show: !exists ~cheap',
    gives: { ...nothing, outcomes: ['show.exists skipped'] },
  },
  {
    rule: 'a transform that was not asked for skips its seeds',
    text: `
      handler show: ?query
      handler list: !read`,
    policy: { seeds: ['callback'] },
    gives: { calls: ['show.query'], outcomes: ['list.read skipped', 'show.query converted'] },
  },
];

const clients: readonly Case[] = [
  {
    rule: 'a client whose uses all convert takes its promise form',
    text: `
      handler show: ?query #mysql
      client mysql:`,
    gives: { groups: ['mysql promise', 'show · safe'] },
  },
  {
    rule: 'a client with a use that stays takes the mixed form',
    text: `
      handler show: ?query #mysql
      handler raw: ?query #mysql {H-THIS}
      client mysql:`,
    gives: { async: ['show'], groups: ['mysql mixed', 'show · safe'] },
  },
  {
    rule: 'a client that something needs in its callback form takes the mixed form',
    text: `
      handler show: ?query #mysql
      client mysql: keeps`,
    gives: { groups: ['mysql mixed', 'show · safe'] },
  },
  {
    rule: 'a client with a use in a group that will not be applied takes the mixed form',
    text: `
      handler show: ?query #mysql
      handler list: ?query #mysql {H-RACE review}
      client mysql:`,
    gives: { groups: ['list · review', 'mysql mixed', 'show · safe'] },
  },
  {
    rule: 'a client that nothing converts is not switched',
    text: `
      handler raw: ?query #mysql {H-THIS}
      client mysql:`,
    gives: { ...nothing, outcomes: ['raw.query blocked H-THIS'] },
  },
  {
    rule: 'a client without a mixed form stays when one of its uses stays',
    text: `
      handler show: !query #pg
      handler Page {H-CTOR}: !query #pg
      client pg: indivisible`,
    gives: {
      ...nothing,
      outcomes: ['Page.query blocked H-CTOR', 'show.query blocked H-CB-CLIENT'],
    },
  },
  {
    rule: 'a client without a mixed form joins its users in one group',
    text: `
      handler show: !query #pg
      handler list: !query #pg
      client pg: indivisible`,
    gives: { groups: ['list show · safe', 'pg promise'] },
  },
  {
    rule: 'a client without a mixed form takes start-up along',
    text: `
      startup main: !query #pg
      handler show: !query #pg
      client pg: indivisible`,
    gives: { async: ['main', 'show'], groups: ['main show · safe', 'pg promise'] },
  },
];

const shims: readonly Case[] = [
  {
    rule: 'a function that somebody unseen calls answers both ways, and those who wait for it need it',
    text: `
      handler show: ?find
      shim callback find {H-EXPORTED}: ?query`,
    gives: {
      async: ['show'],
      shims: ['find'],
      calls: ['find.query', 'show.find'],
      groups: ['find · safe', 'show · safe'],
    },
  },
  {
    rule: 'a caller that cannot wait keeps its callback, after a review',
    text: `
      handler show: ?find
      Page {H-CTOR}: ?find
      shim callback find: ?query`,
    gives: { async: ['show'], shims: ['find'], groups: ['find · review', 'show · safe'] },
  },
  {
    rule: 'a function whose callers all wait has no second form',
    text: `
      handler show: ?find
      shim callback find: ?query`,
    gives: { async: ['find', 'show'], shims: [], groups: ['find show · safe'] },
  },
  {
    rule: 'a function that cannot answer both ways stays',
    text: `
      handler show: ?find
      callback find {H-EXPORTED}: ?query`,
    gives: { ...nothing, shims: [], outcomes: ['find.query blocked H-EXPORTED'] },
  },
  {
    rule: 'a call that nobody waited for stays so',
    text: `
      handler show: ?find
      handler log: find
      shim callback find {H-EXPORTED}: ?query`,
    gives: { async: ['show'], shims: ['find'], calls: ['find.query', 'show.find'] },
  },
  {
    rule: 'what is exported stays where it is asked for',
    text: `
      handler show: ?find
      shim callback find {H-EXPORTED}: ?query`,
    policy: { exported: 'refuse' },
    gives: { ...nothing, shims: [], outcomes: ['find.query blocked H-EXPORTED'] },
  },
];

const twinned = { policy: { twins: true } } as const;

const twins: readonly Case[] = [
  {
    rule: 'a function that start-up needs at once keeps its form, and handlers wait for the async form beside it',
    text: `
      handler show: load
      startup main {H-TOP-LEVEL}: load
      twin load: !read`,
    ...twinned,
    gives: {
      async: ['show'],
      twins: ['load'],
      calls: ['load.read', 'show.load'],
      groups: ['load · safe', 'show · safe'],
      outcomes: ['load.read converted'],
    },
  },
  {
    rule: 'nothing gets an async form beside it that nobody asked for',
    text: `
      handler show: load
      startup main {H-TOP-LEVEL}: load
      twin load: !read`,
    gives: { ...nothing, twins: [], outcomes: ['load.read blocked H-TOP-LEVEL'] },
  },
  {
    rule: 'a function whose callers can all wait has one form only',
    text: `
      handler show: load
      twin load: !read`,
    ...twinned,
    gives: { async: ['load', 'show'], twins: [], groups: ['load show · safe'] },
  },
  {
    rule: 'a form that nobody would wait for is not added',
    text: `
      handler show {H-ACCESSOR}: load
      twin load: !read`,
    ...twinned,
    gives: { ...nothing, twins: [], outcomes: ['load.read blocked H-ACCESSOR'] },
  },
  {
    rule: 'what a function calls that keeps its form needs both forms, too',
    text: `
      handler show: load
      startup main {H-TOP-LEVEL}: load
      twin load: parse
      twin parse: !read`,
    ...twinned,
    gives: {
      async: ['show'],
      twins: ['load', 'parse'],
      calls: ['load.parse', 'parse.read', 'show.load'],
      groups: ['load · safe', 'parse · safe', 'show · safe'],
    },
  },
  {
    rule: 'a callee without an async form blocks in both forms of its caller',
    text: `
      handler show: load
      startup main {H-TOP-LEVEL}: load
      twin load: !read, parse
      parse: !stat`,
    ...twinned,
    gives: {
      async: ['show'],
      twins: ['load'],
      calls: ['load.read', 'show.load'],
      outcomes: ['load.read converted', 'parse.stat blocked H-TOP-LEVEL'],
    },
  },
  {
    rule: 'a constructor goes on with the form that it can call',
    text: `
      handler show: load
      Page {H-CTOR}: load
      twin load: !read`,
    ...twinned,
    gives: { async: ['show'], twins: ['load'], calls: ['load.read', 'show.load'] },
  },
  {
    rule: 'an async function that waited for a blocking one waits for its async form',
    text: `
      handler async show: await load
      Page {H-CTOR}: load
      twin load: !read`,
    ...twinned,
    gives: { async: ['show'], twins: ['load'], calls: ['load.read', 'show.load'] },
  },
  {
    rule: 'a call that cannot name the async form stays, and its function as well',
    text: `
      handler show: load
      handler list: alias load
      Page {H-CTOR}: load
      twin load: !read`,
    ...twinned,
    gives: { async: ['show'], twins: ['load'], calls: ['load.read', 'show.load'] },
  },
  {
    rule: 'a test goes on with the form that it tests',
    text: `
      handler show: load
      test check: load
      Page {H-CTOR}: load
      twin load: !read`,
    ...twinned,
    gives: { async: ['show'], twins: ['load'], calls: ['load.read', 'show.load'] },
  },
  {
    rule: 'a function that calls itself does so in both forms',
    text: `
      handler show: walk
      Page {H-CTOR}: walk
      twin walk: !read, walk`,
    ...twinned,
    gives: { async: ['show'], twins: ['walk'], calls: ['show.walk', 'walk.read', 'walk.walk'] },
  },
  {
    rule: 'a function in a function that keeps its form waits in the other form',
    text: `
      handler show: load
      Page {H-CTOR}: load
      twin load: each
      each in load: !read`,
    ...twinned,
    gives: { async: ['each', 'show'], twins: ['load'], groups: ['each load · safe', 'show · safe'] },
  },
  {
    rule: 'a function that registers others has no second form',
    text: `
      handler show: start
      Page {H-CTOR}: start
      twin start: !read
      handler list in start: !read`,
    ...twinned,
    gives: {
      async: ['list'],
      twins: [],
      calls: ['list.read'],
      outcomes: ['list.read converted', 'start.read blocked H-CTOR'],
    },
  },
  {
    rule: 'what other packages call stays, and gets an async form that they can wait for',
    text: `
      export twin load {H-EXPORTED}: !read`,
    ...twinned,
    gives: { twins: ['load'], calls: ['load.read'], groups: ['load · review'] },
  },
  {
    rule: 'an async form is added at the level at which somebody waits for it',
    text: `
      handler show {H-RACE review}: load
      Page {H-CTOR}: load
      twin load: !read`,
    ...twinned,
    gives: { async: ['show'], twins: ['load'], groups: ['load · review', 'show · review'] },
  },
];

const risks: readonly Case[] = [
  {
    rule: 'a name is no evidence for a safe change',
    text: 'handler show: !read @name',
    gives: { groups: ['show · review'] },
  },
  {
    rule: 'a note never raises a risk',
    text: 'handler show {H-CRASH note}: !read {H-SYNC-THROW note}',
    gives: { groups: ['show · safe'] },
  },
  {
    rule: 'a group has the highest risk of its members',
    text: `
      handler show: load
      handler list {H-RACE unsafe}: load
      load: !read {H-SYNC-CB review}`,
    gives: { groups: ['list load show · unsafe'] },
  },
  {
    rule: 'the risk of one group is not the risk of another',
    text: `
      handler show: !read {H-RACE review}
      handler list: !read`,
    gives: { groups: ['list · safe', 'show · review'] },
  },
];

const families: readonly Case[] = [
  {
    rule: 'functions that share a type convert together, also those that wait for nothing',
    text: `
      handler show: Files
      Files: !read
      Memory:
      family Files Memory`,
    gives: { async: ['Files', 'Memory', 'show'], groups: ['Files Memory show · safe'] },
  },
  {
    rule: 'the callers of every function that shares a type wait',
    text: `
      handler show: Files
      handler list: Memory
      Files: !read
      Memory:
      family Files Memory`,
    gives: {
      async: ['Files', 'Memory', 'list', 'show'],
      calls: ['Files.read', 'list.Memory', 'show.Files'],
      groups: ['Files Memory list show · safe'],
    },
  },
  {
    rule: 'a barrier in one function keeps all that share its type',
    text: `
      handler show: Files
      Files: !read
      Memory {H-ACCESSOR}:
      family Files Memory`,
    gives: { ...nothing, outcomes: ['Files.read blocked H-FAMILY'] },
  },
  {
    rule: 'a caller that cannot wait keeps all that share the type of what it calls',
    text: `
      handler show: Files
      Page {H-CTOR}: Memory
      Files: !read
      Memory:
      family Files Memory`,
    gives: { ...nothing, outcomes: ['Files.read blocked H-FAMILY'] },
  },
  {
    rule: 'an async function that begins to wait leaves those that share its type as they are',
    text: `
      handler show: await Files
      async Files: !read
      Memory:
      family Files Memory`,
    gives: { async: ['Files'], calls: ['Files.read'] },
  },
  {
    rule: 'a chain of types joins everything in one group',
    text: `
      handler show: A
      A: !read
      B: C
      C:
      D:
      family A B
      family C D`,
    gives: { async: ['A', 'B', 'show'], groups: ['A B show · safe'] },
  },
  {
    rule: 'what a function of the family calls stays when it waits for nothing',
    text: `
      handler show: Files
      Files: !read
      Memory: size
      size:
      family Files Memory`,
    gives: { async: ['Files', 'Memory', 'show'], calls: ['Files.read', 'show.Files'] },
  },
  {
    rule: 'who only starts work needs nothing of what shares its type',
    text: `
      starter log: ?write
      Memory {H-ACCESSOR}:
      family log Memory`,
    gives: { async: ['log'], outcomes: ['log.write converted'] },
  },
  {
    rule: 'functions with callbacks that share a type answer with promises together',
    text: `
      handler show: ?Files
      callback Files: ?read
      callback Memory: ?query
      family Files Memory`,
    gives: { async: ['Files', 'Memory', 'show'], groups: ['Files Memory show · safe'] },
  },
  {
    rule: 'a function that keeps its callback keeps those of its type',
    text: `
      handler show: ?Files
      callback Files: ?read
      callback Memory {H-ACCESSOR}: ?query
      family Files Memory`,
    gives: { ...nothing, outcomes: ['Files.read blocked H-FAMILY', 'Memory.query blocked H-ACCESSOR'] },
  },
  {
    rule: 'a function that answers both ways has those of its type answer both ways',
    text: `
      shim callback Files {H-EXPORTED}: ?read
      shim callback Memory: ?query
      family Files Memory`,
    gives: { async: [], shims: ['Files', 'Memory'] },
  },
];

const asked: readonly Case[] = [
  {
    rule: 'a function that is asked for becomes async, with its callers',
    text: `
      handler show: load
      asked load: now
      now:`,
    gives: {
      async: ['load', 'show'],
      calls: ['show.load'],
      groups: ['load show · safe'],
      outcomes: ['load.asked converted'],
    },
  },
  {
    rule: 'a function that is asked for needs nobody who calls it',
    text: 'asked load:',
    gives: { async: ['load'], calls: [], outcomes: ['load.asked converted'] },
  },
  {
    rule: 'a function that is asked for stays with a caller that cannot wait',
    text: `
      Page {H-CTOR}: load
      asked load:`,
    gives: { ...nothing, outcomes: ['load.asked blocked H-CTOR'] },
  },
  {
    rule: 'what is asked for is not looked for in handlers only',
    text: `
      main: load
      asked load:`,
    gives: { async: ['load', 'main'], calls: ['main.load'] },
  },
  {
    rule: 'a start-up script keeps what is asked for as a barrier does',
    text: `
      startup main {H-TOP-LEVEL}: load
      asked load:`,
    gives: { ...nothing, outcomes: ['load.asked blocked H-TOP-LEVEL'] },
  },
  {
    rule: 'a call that is said to answer with a promise is awaited',
    text: `
      handler show: list
      list: ^fetch`,
    gives: {
      async: ['list', 'show'],
      calls: ['list.fetch', 'show.list'],
      outcomes: ['list.fetch converted'],
    },
  },
  {
    rule: 'calls of one function that is async already are decided one by one',
    text: `
      handler show: ^fetch
      Page {H-CTOR}: ^fetch`,
    gives: {
      async: ['show'],
      calls: ['show.fetch'],
      outcomes: ['Page.fetch blocked H-CTOR', 'show.fetch converted'],
    },
  },
  {
    rule: 'what is asked for needs no transform to be chosen',
    text: `
      handler show: load, !read
      asked load:`,
    policy: { seeds: ['callback'] },
    gives: { async: ['load', 'show'], calls: ['show.load'] },
  },
  {
    rule: 'an asked function takes its family along',
    text: `
      handler show: Memory
      asked Files:
      Memory:
      family Files Memory`,
    gives: { async: ['Files', 'Memory', 'show'], calls: ['show.Memory'] },
  },
];

for (const [title, cases] of Object.entries({
  spreading,
  barriers,
  continuations,
  wishes,
  clients,
  shims,
  twins,
  risks,
  families,
  asked,
  lasting,
})) {
  describe(title, () => {
    it.each(cases)('$rule', (one) => {
      const found = summary(planProgram(program(one.text), { ...policy, ...one.policy }));
      expect(found).toEqual({ ...found, ...one.gives });
    });
  });
}

describe('a plan', () => {
  const all = [
    ...spreading,
    ...barriers,
    ...continuations,
    ...wishes,
    ...clients,
    ...shims,
    ...twins,
    ...risks,
    ...families,
    ...asked,
    ...lasting,
  ];

  it('names a rule once', () => {
    expect(new Set(all.map(({ rule }) => rule)).size).toBe(all.length);
  });

  it('has exactly one outcome for every seed, each with a reason', () => {
    for (const one of all) {
      const read = program(one.text);
      const { outcomes } = planProgram(read, { ...policy, ...one.policy });
      const seeds = read.calls.filter(({ seed }) => seed).map(({ id }) => id);
      expect(outcomes.map(({ call }) => call).sort()).toEqual(seeds.sort());
      expect(outcomes.filter(({ reason }) => reason.trim() === '')).toEqual([]);
      for (const { kind, hazards } of outcomes) if (kind === 'blocked') expect(hazards).not.toEqual([]);
    }
  });

  it('does not depend on the order of the facts', () => {
    for (const one of all) {
      const read = program(one.text);
      const policyOfCase = { ...policy, ...one.policy };
      expect(summary(planProgram(reversed(read), policyOfCase))).toEqual(
        summary(planProgram(read, policyOfCase)),
      );
    }
  });

  it('does not change when it is made twice', () => {
    const read = program('handler show: load\nload: !read, ?query');
    expect(planProgram(read, policy)).toEqual(planProgram(read, policy));
  });

  it('excludes the calls whose callee stays, for the next reading', () => {
    const read = program(`
      handler show: ?query, ?find
      callback find {H-MULTI-CALL}: ?query`);
    expect(planProgram(read, policy).excluded).toEqual(["main.toy#show/find'1"]);
  });

  it('tells where a change begins and what follows from it', () => {
    const [group] = planProgram(program('handler show: load\nload: !read'), policy).groups;
    expect(group?.chain).toHaveLength(2);
    expect(group?.evidence).toBe('flow');
  });

  it('requires the switch of the client that it uses', () => {
    const { groups } = planProgram(program('handler show: ?query #mysql\nclient mysql:'), policy);
    expect(groups.find(({ kind }) => kind === 'change')?.requires).toEqual(['switch:mysql']);
  });
});

function reversed(read: Program): Program {
  return {
    ...read,
    functions: [...read.functions].reverse(),
    calls: [...read.calls].reverse(),
    units: [...read.units].reverse(),
    clients: [...read.clients].reverse(),
  };
}
