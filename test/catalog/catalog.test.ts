import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { deliveryOf, findFramework, findLibrary, frameworks, libraries } from '../../core/catalog/index.js';
import type { CallbackMember, Library, Member, Members, SyncMember } from '../../core/catalog/schema.js';

const load = createRequire(import.meta.url);
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../core/catalog/javascript');

/** Modules of Node, with what they export when the tests run. */
const builtins = libraries
  .filter(({ aliases }) => aliases?.some((alias) => alias.startsWith('node:')))
  .map((library) => ({ library, name: library.module, module: load(`node:${library.module}`) as Exports }));

type Exports = Readonly<Record<string, unknown>>;

interface Row {
  readonly library: Library;
  readonly owner: string | null;
  readonly name: string;
  readonly member: Member;
}

function rowsOf(library: Library): Row[] {
  const rows = (owner: string | null, members: Members): Row[] =>
    Object.entries(members).map(([name, member]) => ({ library, owner, name, member }));
  return [
    ...rows(null, library.exports),
    ...Object.entries(library.types).flatMap(([owner, members]) => rows(owner, members)),
    ...(library.self === undefined ? [] : rows(null, { [library.module]: library.self })),
  ];
}

const all = libraries.flatMap(rowsOf);
const title = (row: Row): string =>
  [`${row.library.module}@${row.library.versions?.join() ?? '*'}`, row.owner, row.name]
    .filter(Boolean)
    .join(' ');
const isConverted = (member: Member): member is CallbackMember | SyncMember =>
  member.kind === 'callback' || (member.kind === 'sync' && member.never === undefined);

describe('every entry', () => {
  test('describes a version of a module that no other entry describes', () => {
    const seen = new Map<string, Library>();
    for (const library of libraries) {
      for (const name of [library.module, ...(library.aliases ?? [])]) {
        for (const version of library.versions ?? ['every version']) {
          expect(seen.get(`${name} ${version}`), `${name} ${version}`).toBeUndefined();
          seen.set(`${name} ${version}`, library);
        }
        const isUnversioned = seen.has(`${name} every version`);
        const others = libraries.filter((other) => other !== library && other.module === name);
        expect(isUnversioned && others.length > 0, name).toBe(false);
      }
    }
  });

  test('names only types that its library has', () => {
    const wrong = all.filter(({ library, member }) =>
      typesIn(member).some((type) => !(type in library.types)),
    );
    expect(wrong.map(title)).toEqual([]);
    for (const library of libraries) {
      for (const [type, makes] of Object.entries(library.makes ?? {})) {
        for (const name of [type, makes.called ?? type, makes.constructed ?? type])
          expect(library.types, `${library.module} ${type}`).toHaveProperty(name);
      }
    }
  });

  test('gives the awaited value a shape that holds the results', () => {
    const wrong = all.filter(({ member }) => {
      if (member.kind !== 'callback') return false;
      const count = member.results.length;
      switch (member.awaited.kind) {
        case 'nothing':
          return count !== 0;
        case 'object':
          return member.awaited.keys.length !== count;
        default:
          return count === 0;
      }
    });
    expect(wrong.map(title)).toEqual([]);
  });

  test('reaches a promise form by a name that the same object has', () => {
    const wrong = all.filter(({ library, owner, member }) => {
      if (!isConverted(member)) return false;
      // What a driver's replacement is called says its own library.
      if (library.replacement !== undefined) return false;
      const named =
        member.promise.kind === 'method' || member.promise.kind === 'promisify'
          ? member.promise.member
          : undefined;
      if (named === undefined || named === '') return false;
      const members = owner === null ? library.exports : library.types[owner];
      return members?.[named] === undefined && !['native', 'manual'].includes(named);
    });
    expect(wrong.map(title)).toEqual([]);
  });

  test('says why it is left alone, where it is', () => {
    const silent = all.filter(({ member }) => member.kind === 'multi-shot' && member.reason === '');
    expect(silent.map(title)).toEqual([]);
  });

  test.each(readdirSync(folder).filter((name) => name !== 'rows.ts'))('%s names its source', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const exported = text.match(/^export const \w+: (?:readonly )?Library\b/gm) ?? [];
    expect(exported.length).toBeGreaterThan(0);
    expect(text).toMatch(/Source: the /);
  });
});

function typesIn(member: Member): string[] {
  const named: (string | undefined)[] = [
    member.kind === 'value' ? member.type : 'returns' in member ? member.returns : undefined,
    ...(member.kind === 'callback' ? member.results.map(({ type }) => type) : []),
  ];
  return named.filter((type): type is string => type !== undefined && type !== 'self');
}

describe('the rows of Node', () => {
  test.each(builtins)('$name has the functions that convert', ({ library, module }) => {
    const missing = rowsOf(library).filter(
      ({ owner, name, member }) =>
        owner === null && isConverted(member) && typeof module[name] !== 'function',
    );
    expect(missing.map(title)).toEqual([]);
  });

  test.each(builtins)('$name has the promise forms', ({ library, module }) => {
    const missing = rowsOf(library).filter(({ owner, member }) => {
      if (owner !== null || !isConverted(member)) return false;
      const { promise } = member;
      if (promise.kind === 'promisify')
        return promise.member !== undefined && typeof module[promise.member] !== 'function';
      if (promise.kind !== 'module') return true;
      const other = load(`node:${promise.module}`) as Exports;
      const through = promise.through === undefined ? other : (module[promise.through] as Exports);
      return typeof other[promise.member] !== 'function' || other[promise.member] !== through[promise.member];
    });
    expect(missing.map(title)).toEqual([]);
  });

  test.each(builtins)(
    '$name resolves to an object where `util.promisify` makes one',
    ({ library, module }) => {
      const wrong = rowsOf(library).filter(({ owner, name, member }) => {
        if (owner !== null || member.kind !== 'callback') return false;
        const fn = module[name] as object;
        const keys = keysOf(fn);
        // `exec` and `pipeline` bring a promise form of their own.
        if (keys === undefined) return member.awaited.kind === 'object' && !(promisify.custom in fn);
        return member.awaited.kind !== 'object' || member.awaited.keys.join() !== keys.join();
      });
      expect(wrong.map(title)).toEqual([]);
    },
  );
});

/** The names that Node gives to several results of a callback. */
function keysOf(fn: object): readonly string[] | undefined {
  const symbol = Object.getOwnPropertySymbols(fn).find(
    ({ description }) => description === 'customPromisifyArgs',
  );
  return symbol === undefined ? undefined : (Reflect.get(fn, symbol) as readonly string[]);
}

describe('versions', () => {
  test('the declared major chooses the entry', () => {
    expect(findLibrary('mkdirp', '0')?.self?.kind).toBe('callback');
    expect(findLibrary('mkdirp', 1)?.self?.kind).toBe('plain');
    expect(findLibrary('glob', '11')?.exports['globSync']?.kind).toBe('sync');
  });

  test('without one it is the newest that takes callbacks', () => {
    expect(findLibrary('mkdirp')?.versions).toEqual([0]);
    expect(findLibrary('mongodb')?.versions).toEqual([4]);
    expect(findLibrary('mongoose')?.versions).toEqual([6]);
  });

  test('without one a blocking call stays where its async form differs between versions', () => {
    for (const name of ['mkdirp', 'rimraf', 'glob'])
      expect(findLibrary(name)?.exports['sync'], name).toHaveProperty('never');
    expect(findLibrary('fs')?.exports['readFileSync']).not.toHaveProperty('never');
  });

  test('a major without callbacks is not described', () => {
    expect(findLibrary('mongodb', '6')).toBeUndefined();
    expect(findLibrary('redis', 4)).toBeUndefined();
  });

  test('an entry without versions describes every version', () => {
    expect(findLibrary('express', '5')).toBe(findLibrary('express'));
  });
});

describe('frameworks', () => {
  test('every contract is that of a library, and its parameters have its types', () => {
    for (const { module, contracts } of frameworks) {
      const types = findLibrary(module)?.types ?? {};
      for (const { parameters } of Object.values(contracts)) {
        for (const parameter of parameters) {
          if (parameter.role === 'value' && parameter.type !== undefined)
            expect(types, module).toHaveProperty(parameter.type);
        }
      }
    }
  });

  test('every registration names a contract', () => {
    const wrong = all.filter(
      ({ library, member }) =>
        member.kind === 'register' && findFramework(library.module)?.contracts[member.contract] === undefined,
    );
    expect(wrong.map(title)).toEqual([]);
  });

  test.each([
    ['express', 'route', '4', 3, 'adapter'],
    ['express', 'route', '5', 3, 'framework'],
    ['connect', 'middleware', '3', 3, 'adapter'],
    ['restify', 'route', '8', 3, 'adapter'],
    ['restify', 'route', '9', 3, 'adapter'],
    ['restify', 'route', '9', 2, 'framework'],
    ['koa', 'middleware', '2', 2, 'framework'],
    ['koa', 'middleware', undefined, 2, 'nobody'],
    ['fastify', 'route', '4', 2, 'framework'],
    ['http', 'request', undefined, 2, 'nobody'],
    ['socket.io', 'message', '4', 1, 'nobody'],
    ['node-cron', 'job', '3', 0, 'nobody'],
  ] as const)(
    '%s: a %s of version %s with %i parameters is delivered by %s',
    (module, name, major, count, delivery) => {
      const contract = findFramework(module)?.contracts[name];
      expect(contract && deliveryOf(contract, major, count)).toBe(delivery);
    },
  );
});
