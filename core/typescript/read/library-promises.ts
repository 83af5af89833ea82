import { ts } from 'ts-morph';
import { type PromiseLibrary, promiseLibrary } from '../../catalog/promise-libraries.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { moduleMember } from './module-members.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** The library whose promise an expression is; undefined for any other. */
export function libraryPromise(values: Values, expression: ts.Expression): PromiseLibrary | undefined {
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) return libraryConstructor(values, node.expression);
  if (!ts.isCallExpression(node)) return undefined;
  const found = memberOfLibrary(values, node.expression);
  if (found !== undefined && found.member !== null && found.library.gives.includes(found.member))
    return found.library;
  return promisified(values, node.expression);
}

/** The library whose constructor of promises an expression is. */
export function libraryConstructor(values: Values, expression: ts.Expression): PromiseLibrary | undefined {
  const found = memberOfLibrary(values, expression);
  return found?.library.constructors.includes(found.member) === true ? found.library : undefined;
}

/** `Q.reject`, `Promise.reject` of a library. */
export function isLibraryMember(values: Values, callee: ts.Expression, name: string): boolean {
  const found = memberOfLibrary(values, callee);
  return found?.member === name && found.library.gives.includes(name);
}

/** `Q.defer`: what it gives is a promise and what settles it. */
export function isDeferMaker(values: Values, callee: ts.Expression): boolean {
  const found = memberOfLibrary(values, callee);
  return found?.member != null && found.library.defers?.includes(found.member) === true;
}

/** The library that a function is of, whatever it does. */
export function libraryOf(values: Values, callee: ts.Expression): PromiseLibrary | undefined {
  return memberOfLibrary(values, callee)?.library;
}

/** The library that gave a function which answers with promises of one that calls back. */
function promisified(values: Values, callee: ts.Expression): PromiseLibrary | undefined {
  const node = unwrap(callee);
  const made = ts.isPropertyAccessExpression(node)
    ? constantOf(values, node.expression)
    : constantOf(values, node);
  if (made === undefined || !ts.isCallExpression(made)) return undefined;
  const found = memberOfLibrary(values, made.expression);
  if (found?.member == null) return undefined;
  const { library, member } = found;
  if (!ts.isPropertyAccessExpression(node))
    return library.promisifies?.includes(member) === true ? library : undefined;
  const all = library.promisifiesAll;
  return all?.member === member && node.name.text.endsWith(all.suffix) ? library : undefined;
}

interface Found {
  readonly library: PromiseLibrary;
  readonly member: string | null;
}

function memberOfLibrary(values: Values, expression: ts.Expression): Found | undefined {
  const found = moduleMember(values, expression);
  const library = found === undefined ? undefined : promiseLibrary(found.module);
  if (found === undefined || library === undefined) return undefined;
  return { library, member: found.member };
}

/** What a constant was made with. */
function constantOf(values: Values, expression: ts.Expression): ts.Expression | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return node;
  const symbol = values.session.symbolOf(node);
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (!ts.isVariableDeclaration(declaration) || values.assignments.variables.has(symbol)) return undefined;
  return declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
}

/**
 * Who gets the promise of a library may use more of it than every promise has.
 *
 * @param made what made the promise
 */
export function foreignAnswer(values: Values, made: ts.CallExpression | ts.NewExpression): Hazard[] {
  const library = libraryOf(values, made.expression) ?? libraryPromise(values, made);
  if (library === undefined || library.isBare === true) return [];
  const message = `the answer was a promise of ${library.module}, and is one of the language`;
  const unblock = 'check that no caller uses a method that only the library has';
  return [hazard('H-TWIN-SHAPE', 'review', message, made, unblock)];
}
