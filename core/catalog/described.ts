import type { ApiDescription, ApiResult } from '../model/plan.js';
import { callback, listener, promisified, same } from './javascript/rows.js';
import type { Awaited, Library, Member } from './schema.js';

/** The type of the objects that a described package hands out. */
export const described = 'Described';

/** The rows as catalog entries, one a package, each over what the catalog has; what is switched stays as the catalog has it. */
export function describedLibraries(
  rows: readonly ApiDescription[],
  known: (module: string) => Library | undefined,
): ReadonlyMap<string, Library> {
  const modules = [...new Set(rows.map((row) => row.module))].filter(
    (module) => known(module)?.replacement === undefined,
  );
  return new Map(modules.map((module) => [module, libraryOf(module, rows, known(module))]));
}

/** A row says nothing of what the function does with the object that it is called on. */
export function isDescribed({ types }: Library, member: string): boolean {
  return types[described]?.[member] !== undefined;
}

function libraryOf(module: string, rows: readonly ApiDescription[], base: Library | undefined): Library {
  const own = rows.filter((row) => row.module === module);
  const members = Object.fromEntries(
    own.filter(({ member }) => member !== '').map((row) => [row.member, memberOf(row)]),
  );
  const self = own.find(({ member }) => member === '');
  return {
    ...(base ?? { module }),
    exports: { ...base?.exports, ...members },
    types: { ...base?.types, [described]: members },
    byName: [...(base?.byName ?? []), described],
    ...(self === undefined ? {} : { self: memberOf(self) }),
  };
}

function memberOf({ style, result = 'value' }: ApiDescription): Member {
  if (style === 'listener') return listener('the config file says that its function may run many times');
  const names = result === 'nothing' ? [] : result === 'value' ? ['result'] : namesOf(result);
  return callback('network', style === 'promise' ? same : promisified, names, {
    awaited: awaitedOf(result),
    ...(style === 'promise' ? { promiseWithoutCallback: true } : {}),
  });
}

function namesOf(result: Exclude<ApiResult, string>): readonly string[] {
  return 'array' in result ? result.array : result.object;
}

function awaitedOf(result: ApiResult): Awaited {
  if (result === 'nothing' || result === 'value') return { kind: result };
  return 'array' in result ? { kind: 'array' } : { kind: 'object', keys: result.object };
}
