import { ts } from 'ts-morph';
import { findLibrary, moduleDoubles } from '../../catalog/index.js';
import { relativeText, resolveFile } from './modules.js';
import type { Session } from './session.js';
import { isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** What a call of a test puts something else in the place of. */
export interface Replacement {
  readonly module: string;
  /** Null for all that the module has. */
  readonly member: { readonly owner: string | null; readonly name: string } | null;
}

export function replacedByCall(values: Values, call: ts.CallExpression): Replacement[] {
  return [...spiedMember(values, call), ...mockedModule(values, call), ...givenModules(values, call)];
}

/** `stub(fs, 'readFile')`: an object of a library, and the name of a member of it. */
function spiedMember(values: Values, call: ts.CallExpression): Replacement[] {
  const [object, key] = call.arguments;
  const name = key === undefined ? undefined : unwrap(key);
  if (object === undefined || name === undefined || !ts.isStringLiteralLike(name)) return [];
  return values
    .of(object)
    .flatMap((owner) => values.member(owner, name.text))
    .flatMap((value) =>
      value.kind === 'member'
        ? [{ module: value.library.module, member: { owner: value.owner, name: value.name } }]
        : [],
    );
}

/** `mock('fs', () => ({ … }))` */
function mockedModule(values: Values, call: ts.CallExpression): Replacement[] {
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!ts.isIdentifier(name) || !moduleDoubles.has(name.text)) return [];
  const [specifier, standIn] = call.arguments;
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return [];
  return membersOf(values, specifier.text, standIn === undefined ? undefined : unwrap(standIn));
}

/** `load('../store', { fs: { … } })`: a file of the project, and what it gets in the place of modules. */
function givenModules(values: Values, call: ts.CallExpression): Replacement[] {
  const [file, given] = call.arguments;
  const modules = given === undefined ? undefined : unwrap(given);
  if (file === undefined || modules === undefined || !ts.isObjectLiteralExpression(modules)) return [];
  if (fileNamed(values.session, file) === undefined) return [];
  return modules.properties.flatMap((property) => {
    const name = property.name;
    if (name === undefined || !(ts.isIdentifier(name) || ts.isStringLiteralLike(name))) return [];
    const standIn = ts.isPropertyAssignment(property) ? unwrap(property.initializer) : undefined;
    // What it leaves out is taken from the module.
    if (standIn !== undefined && ts.isObjectLiteralExpression(standIn))
      return namedIn(values, name.text, standIn);
    return membersOf(values, name.text, undefined);
  });
}

/** A stand-in for a whole module, or for what it names beside the rest of the module. */
function membersOf(values: Values, specifier: string, standIn: ts.Expression | undefined): Replacement[] {
  const module = moduleOf(values, specifier);
  if (module === undefined) return [];
  const object = standIn === undefined ? undefined : objectOf(standIn);
  const named = object === undefined ? [] : namedIn(values, specifier, object);
  const isPartial = object?.properties.some(ts.isSpreadAssignment) === true;
  return isPartial ? named : [{ module, member: null }, ...named];
}

function namedIn(values: Values, specifier: string, object: ts.ObjectLiteralExpression): Replacement[] {
  const module = moduleOf(values, specifier);
  if (module === undefined) return [];
  return object.properties.flatMap(({ name }) =>
    name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name))
      ? [{ module, member: { owner: null, name: name.text } }]
      : [],
  );
}

/** An object, or the one that a function answers with. */
function objectOf(standIn: ts.Expression): ts.ObjectLiteralExpression | undefined {
  if (ts.isObjectLiteralExpression(standIn)) return standIn;
  if (!isFunctionNode(standIn) || standIn.body === undefined) return undefined;
  const { body } = standIn;
  const answer = ts.isBlock(body)
    ? body.statements.flatMap((s) => (ts.isReturnStatement(s) && s.expression ? [s.expression] : [])).pop()
    : body;
  const object = answer === undefined ? undefined : unwrap(answer);
  return object !== undefined && ts.isObjectLiteralExpression(object) ? object : undefined;
}

function moduleOf(values: Values, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined;
  return (values.described.get(specifier) ?? findLibrary(specifier))?.module ?? specifier;
}

/** Files of the project that a file names when it calls something. */
export function filesNamedIn(session: Session, path: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    const [first] = ts.isCallExpression(node) ? node.arguments : [];
    const file = first === undefined ? undefined : fileNamed(session, first);
    if (file !== undefined) found.add(file);
    ts.forEachChild(node, visit);
  };
  const file = session.files.get(path);
  if (file !== undefined) visit(file);
  return found;
}

function fileNamed(session: Session, argument: ts.Expression): string | undefined {
  const specifier = relativeText(session, argument);
  return specifier === undefined ? undefined : resolveFile(session, session.pathOf(argument), specifier);
}
