import type { Library } from '../../../catalog/schema.js';
import type { Value } from '../values.js';

/** What the catalog knows of a member. */
export function ofApi(library: Library, owner: string | null, name: string): readonly Value[] {
  const members = owner === null ? library.exports : library.types[owner];
  const found = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
  if (found === undefined) return [];
  if (found.kind === 'value') return [{ kind: 'object-of', library, type: found.type }];
  return [{ kind: 'member', library, owner, name, member: found }];
}

/** `it.only`, `it.each`. */
export function memberOfRegister(object: Extract<Value, { kind: 'member' }>, name: string): readonly Value[] {
  const { member } = object;
  if (member.kind !== 'register') return [];
  if (member.variants?.includes(name) === true) return [object];
  const table =
    member.tables !== undefined && Object.hasOwn(member.tables, name) ? member.tables[name] : undefined;
  return table === undefined ? [] : [{ ...object, member: table }];
}

/** `it.each` with its table is what registers. */
export function registersOf(value: Value): readonly Value[] {
  return value.kind === 'member' && value.member.kind === 'table'
    ? [{ ...value, member: value.member.registers }]
    : [];
}

/** `list[i]`, `connection.models[name]`. */
export function elementOf(value: Value): readonly Value[] {
  if (value.kind === 'array') return value.of;
  const type = value.kind === 'object-of' ? value.library.elements?.[value.type] : undefined;
  return value.kind !== 'object-of' || type === undefined
    ? []
    : [{ kind: 'object-of', library: value.library, type }];
}

/** The object that `new` (or a factory call) of a library's member makes. */
export function constructed(value: Value): Value | undefined {
  if (value.kind === 'library') {
    const self = value.library.self;
    return self?.kind === 'plain' && self.returns !== undefined
      ? { kind: 'object-of', library: value.library, type: self.returns }
      : undefined;
  }
  if (value.kind === 'object-of') {
    const type = value.library.makes?.[value.type]?.constructed;
    return type === undefined ? undefined : { kind: 'object-of', library: value.library, type };
  }
  if (value.kind !== 'member') return undefined;
  const returns = 'returns' in value.member ? value.member.returns : undefined;
  if (returns === undefined || returns === 'self') return undefined;
  return { kind: 'object-of', library: value.library, type: returns };
}

/** `knex('table')`. */
export function called(callee: Extract<Value, { kind: 'object-of' }>): Value | undefined {
  const type = callee.library.makes?.[callee.type]?.called;
  return type === undefined ? undefined : { kind: 'object-of', library: callee.library, type };
}

/** `mkdirp(dir, cb)`: the module object that is itself the function. */
export function calledModule(value: Value): Value {
  if (value.kind !== 'library') return value;
  const { library } = value;
  const { self } = library;
  return self === undefined || self.kind === 'plain' || self.kind === 'value'
    ? value
    : { kind: 'member', library, owner: null, name: library.module, member: self };
}
