import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { unwrap, visitAll } from './syntax.js';
import type { Value, Values } from './values.js';

/** A class, or a constructor function with its prototype. */
export type Owner = ts.ClassLikeDeclaration | FunctionNode;

/** What a class or a constructor function inherits from, in one of the ways that the language and Node have for it. */
export interface Base {
  readonly expression: ts.Expression;
  /** Classes and constructor functions of the project; empty for what comes from elsewhere. */
  readonly owners: readonly Owner[];
}

export type Bases = ReadonlyMap<Owner, readonly Base[]>;

const known = new WeakMap<Values, Bases>();

/** All that is seen to inherit in the project; collected once. */
export function basesIn(values: Values): Bases {
  const before = known.get(values);
  if (before !== undefined) return before;
  const bases = collectBases(values);
  known.set(values, bases);
  return bases;
}

/** What an owner inherits from, directly or not. */
export function basesAbove(bases: Bases, owner: Owner): readonly Base[] {
  const seen = new Set<Owner>([owner]);
  const found: Base[] = [];
  const visit = (current: Owner): void => {
    for (const base of bases.get(current) ?? []) {
      found.push(base);
      for (const above of base.owners) {
        if (seen.has(above)) continue;
        seen.add(above);
        visit(above);
      }
    }
  };
  visit(owner);
  return found;
}

/** Whose method a function is: a member of a class, or `F.prototype.m = function () {}`. */
export function ownersOf(values: Values, node: FunctionNode): readonly Owner[] {
  const { parent } = node;
  if (ts.isClassLike(parent)) return [parent];
  if (ts.isPropertyDeclaration(parent) && ts.isClassLike(parent.parent)) return [parent.parent];
  if (!ts.isBinaryExpression(parent) || !ts.isPropertyAccessExpression(parent.left)) return [];
  return ownersAmong(values.of(parent.left.expression).filter(({ kind }) => kind === 'prototype'));
}

function collectBases(values: Values): Bases {
  const bases = new Map<Owner, Base[]>();
  const add = (heirs: readonly Value[], expression: ts.Expression): void => {
    const above = ownersAmong(values.of(expression));
    for (const heir of ownersAmong(heirs)) {
      const owners = above.filter((base) => base !== heir);
      if (above.length > 0 && owners.length === 0) continue;
      bases.set(heir, [...(bases.get(heir) ?? []), { expression, owners }]);
    }
  };
  for (const file of values.session.files.values()) {
    visitAll(file, (node) => {
      if (ts.isClassLike(node)) {
        const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
          ?.types[0];
        if (base !== undefined) add([{ kind: 'class', node }], base.expression);
      } else if (ts.isCallExpression(node)) {
        // `util.inherits(Child, Base)`, `Object.setPrototypeOf(Child.prototype, Base.prototype)`
        const [heir, base] = node.arguments;
        if (heir !== undefined && base !== undefined && inheriting.has(calledName(node)))
          add(values.of(heir), constructorOf(base));
      }
    });
  }
  const { members } = values.assignments;
  for (const { object, value } of members.get('prototype') ?? []) {
    const made = madeFrom(value);
    if (made !== undefined) add(values.of(object), made);
  }
  for (const { object, value } of members.get('__proto__') ?? [])
    add(values.of(object), constructorOf(value));
  return bases;
}

const inheriting: ReadonlySet<string> = new Set(['inherits', 'setPrototypeOf']);

function calledName({ expression }: ts.CallExpression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
}

/** `Object.create(Base.prototype)`, `new Base()`; an object literal inherits from nothing. */
function madeFrom(expression: ts.Expression): ts.Expression | undefined {
  const node = unwrap(expression);
  if (ts.isObjectLiteralExpression(node)) return undefined;
  if (ts.isNewExpression(node)) return node.expression;
  const isCreated = ts.isCallExpression(node) && node.expression.getText() === 'Object.create';
  const [base] = isCreated ? node.arguments : [];
  return constructorOf(base ?? node);
}

/** `Base` of `Base.prototype`. */
function constructorOf(expression: ts.Expression): ts.Expression {
  const node = unwrap(expression);
  return ts.isPropertyAccessExpression(node) && node.name.text === 'prototype' ? node.expression : node;
}

/** The classes and constructor functions among some values, or those that they are made with. */
export function ownersAmong(found: readonly Value[]): readonly Owner[] {
  return found.flatMap((value): readonly Owner[] =>
    value.kind === 'class' ||
    value.kind === 'function' ||
    value.kind === 'prototype' ||
    value.kind === 'instance'
      ? [value.node]
      : [],
  );
}
