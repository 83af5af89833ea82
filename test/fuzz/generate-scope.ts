import type { Pick } from './generate-tree.js';

/** What a name holds, as far as the printer has to know to use it in a sensible expression. */
export type ValueKind = 'rows' | 'row' | 'packet' | 'text' | 'number' | 'error' | 'any' | 'closure';

export interface Variable {
  readonly name: string;
  readonly kind: ValueKind;
  readonly isConstant: boolean;
}

/** Names and duties at one place of the printed program. */
export interface Scope {
  readonly where: 'handler' | 'model';
  /** Visible names, innermost last. */
  readonly variables: Variable[];
  /** Names declared in the function around this place. */
  readonly declared: Set<string>;
  /** Names that code of the function around this place refers to, one set for each function outward. */
  readonly used: readonly Set<string>[];
  /** `pool`, or the connection in whose block this is. */
  readonly client: string;
  /** The model's own callback. */
  readonly callback: {
    readonly name: string;
    readonly result: 'row' | 'rows' | 'several' | 'nothing';
    readonly isTested: boolean;
    /** `resolve` and `reject` answer instead. */
    readonly isPromise: boolean;
  } | null;
  /** Set where a path has to give the connection back at its end. */
  readonly release: {
    readonly name: string;
    readonly place: 'before' | 'after';
    readonly onError: boolean;
  } | null;
  readonly file: FileScope;
}

/** What a file needs and can call. */
export interface FileScope {
  readonly path: string;
  /** Text of the require by variable name. */
  readonly requires: Map<string, string>;
  /** Functions with a callback of their own that code of this file can call. */
  readonly callables: readonly Callable[];
  /** Counts SQL texts in the whole program, so that each call has its own. */
  readonly counter: { sql: number; file: number };
  readonly usesHelpers: Set<'config' | 'audit'>;
}

export interface Callable {
  readonly name: string;
  readonly module: string;
  readonly kind: ValueKind;
  readonly isSeveral: boolean;
  readonly isOptional: boolean;
  /** It takes no callback and returns a promise. */
  readonly isPromise: boolean;
}

/** The scope of a function's body. */
export function enterFunction(scope: Scope, parameters: readonly Variable[]): Scope {
  const names = new Set(parameters.map(({ name }) => name));
  return {
    ...scope,
    variables: [...scope.variables.filter(({ name }) => !names.has(name)), ...parameters],
    declared: names,
    used: [new Set(), ...scope.used],
  };
}

/** The scope of a block: names declared in it end with it. */
export function enterBlock(scope: Scope): Scope {
  return { ...scope, variables: [...scope.variables] };
}

/** Declares a name that is free in the function around it; `var` may hide an outer name that was used before. */
export function declare(
  scope: Scope,
  wanted: readonly string[],
  pick: Pick,
  variable: { kind: ValueKind; keyword: 'var' | 'let' | 'const' },
): string {
  const isFree = (name: string) =>
    !scope.declared.has(name) &&
    name !== scope.client &&
    (variable.keyword === 'var' || scope.used[0]?.has(name) !== true);
  const free = wanted.filter(isFree);
  const name = free[pick % Math.max(1, free.length)] ?? `value${scope.declared.size}`;
  scope.declared.add(name);
  const hidden = scope.variables.findIndex((known) => known.name === name);
  if (hidden !== -1) scope.variables.splice(hidden, 1);
  scope.variables.push({ name, kind: variable.kind, isConstant: variable.keyword === 'const' });
  return name;
}

/** A visible name of one of the kinds, or null. */
export function findVariable(scope: Scope, kinds: readonly ValueKind[], pick: Pick): Variable | null {
  const found = scope.variables.filter(({ kind }) => kinds.includes(kind));
  // Nearer names are likelier.
  const chosen = pick % 3 === 0 ? found[pick % Math.max(1, found.length)] : found.at(-1);
  if (chosen === undefined) return null;
  for (const used of scope.used) used.add(chosen.name);
  return chosen;
}

/** Any expression over visible names. */
export function expression(scope: Scope, pick: Pick): string {
  const variable = findVariable(
    scope,
    ['rows', 'row', 'packet', 'text', 'number', 'error', 'any', 'closure'],
    pick,
  );
  const input =
    scope.where === 'handler'
      ? ['req.params.id', 'req.body.name', 'req.query.page', "'fixed'"]
      : ["'fixed'", '7'];
  if (variable === null || pick % 5 === 4) return input[pick % input.length] ?? '0';
  const forms = formsOf(variable);
  return forms[Math.floor(pick / 7) % forms.length] ?? variable.name;
}

function formsOf({ name, kind }: Variable): readonly string[] {
  switch (kind) {
    case 'rows':
      return [
        name,
        `${name}.length`,
        `${name}[0]`,
        `${name}.map(function (row) { return row.name; })`,
        `${name}[0].name`,
        `${name} && ${name}[0]`,
      ];
    case 'row':
      return [name, `${name} && ${name}.name`, `${name}.id`];
    case 'packet':
      return [name, `${name}.insertId`, `${name} && ${name}.affectedRows`];
    case 'text':
      return [name, `${name}.length`, `String(${name}).trim()`];
    case 'number':
      return [name, `${name} + 1`];
    case 'error':
      return [name, `String(${name})`, `${name} && ${name}.message`];
    case 'closure':
      return [`${name}()`];
    case 'any':
      return [name, `String(${name})`];
  }
}

/** A condition over visible names. */
export function condition(scope: Scope, pick: Pick): string {
  const rows = findVariable(scope, ['rows'], pick);
  const row = findVariable(scope, ['row', 'any', 'number'], pick);
  const forms = [
    ...(rows === null
      ? []
      : [`!${rows.name}.length`, `${rows.name}.length > 1`, `${rows.name} && ${rows.name}.length`]),
    ...(row === null ? [] : [`!${row.name}`, row.name]),
    ...(scope.where === 'handler' ? ['!req.params.id', "req.query.page === '2'"] : []),
  ];
  return forms[pick % Math.max(1, forms.length)] ?? 'true';
}
