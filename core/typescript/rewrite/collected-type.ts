import { ts } from 'ts-morph';
import type { ArrayLoop } from '../read/array-loops.js';
import { compilerSettings } from '../read/compiler-settings.js';
import { enclosingFunction, unwrap } from '../read/syntax.js';
import type { Rewriter } from './rewriter.js';

/**
 * The type that the result of a loop needs, since the compiler cannot tell it from what the loop puts in; undefined where
 * it can, and where nothing checks types.
 */
export function collectedType(rewriter: Rewriter, loop: ArrayLoop): string | undefined {
  if (loop.reduction !== undefined) {
    const isTyped = /\.[cm]?tsx?$/.test(rewriter.notes.session.pathOf(loop.call));
    return isTyped ? loop.reduction.type?.getText() : undefined;
  }
  const told = toldType(loop);
  if (told !== undefined) return told;
  const { session } = rewriter.notes;
  const path = session.pathOf(loop.call);
  if (!/\.[cm]?tsx?$/.test(path)) return undefined;
  const { checksNull, infersFromUse } = compilerSettings(session.project, path);
  const isUntold = infersFromUse ? isReadElsewhere(rewriter, loop) : checksNull && loop.method !== 'find';
  if (!isUntold) return undefined;
  switch (loop.method) {
    case 'forEach':
    case 'some':
    case 'every':
    case 'reduce':
      return undefined;
    case 'find':
      // What is known of a constant in a function is not known of a variable.
      return 'any';
    case 'filter': {
      const list = unwrap(loop.list);
      if (ts.isIdentifier(list)) return `typeof ${list.getText()}`;
      return isOfNames(rewriter, list) ? 'string[]' : 'any[]';
    }
    case 'flatMap':
      return 'any[]';
    case 'map':
      return `${elementType(rewriter, loop)}[]`;
  }
}

/** `fs.readdirSync(folder)`, which gives the names of files where nothing else is asked for. */
function isOfNames({ notes }: Rewriter, list: ts.Expression): boolean {
  const candidate = ts.isCallExpression(list) ? notes.candidates.calls.get(list) : undefined;
  return (
    ts.isCallExpression(list) &&
    list.arguments.length === 1 &&
    candidate?.kind === 'sync' &&
    candidate.member.list === true
  );
}

/** `Film[]` of `names.map(f) as Film[]`, and of `names.map<Film>(f)`. */
function toldType({ call, method }: ArrayLoop): string | undefined {
  if (method !== 'map' && method !== 'flatMap' && method !== 'filter') return undefined;
  let cast: ts.TypeNode | undefined;
  for (let node: ts.Node = call.parent; ; node = node.parent) {
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) cast = node.type;
    else if (!ts.isParenthesizedExpression(node) && !ts.isNonNullExpression(node)) break;
  }
  if (cast !== undefined) return ts.isConstTypeReference(cast) ? undefined : cast.getText();
  const [element] = call.typeArguments ?? [];
  if (element === undefined || method === 'filter') return undefined;
  const isName = ts.isTypeReferenceNode(element) || ts.isToken(element);
  return isName ? `${element.getText()}[]` : `Array<${element.getText()}>`;
}

/** A function inside of the loop's own reads the result. */
function isReadElsewhere(rewriter: Rewriter, { place, home }: ArrayLoop): boolean {
  if (place.kind !== 'declared' || !ts.isIdentifier(place.declaration.name)) return false;
  const { session } = rewriter.notes;
  const symbol = session.symbolOf(place.declaration.name);
  if (symbol === undefined) return false;
  return session.referencesOf(symbol).some((name) => enclosingFunction(name) !== home);
}

/** The type of what a function in an array method answers with, as far as its form tells. */
function elementType(rewriter: Rewriter, { callback }: ArrayLoop): string {
  if (ts.isBlock(callback.body)) return 'any';
  const value = unwrap(callback.body);
  if (ts.isStringLiteralLike(value) || ts.isTemplateExpression(value)) return 'string';
  return ts.isCallExpression(value) ? (resultType(rewriter, value) ?? 'any') : 'any';
}

/** `ReturnType<typeof Film.parse>` of a function of the project that says what it answers with, and goes on to. */
function resultType({ notes, plan }: Rewriter, call: ts.CallExpression): string | undefined {
  const [target, ...others] = notes.values.of(call.expression);
  if (target?.kind !== 'function' || others.length > 0) return undefined;
  const { node } = target;
  if (node.type === undefined || ts.isTypePredicateNode(node.type)) return undefined;
  if ((node.typeParameters?.length ?? 0) > 0) return undefined;
  const id = notes.ids.of(call);
  if (plan.decisions.some((decision) => decision.kind === 'await-call' && decision.call === id))
    return undefined;
  return isPath(unwrap(call.expression)) ? `ReturnType<typeof ${call.expression.getText()}>` : undefined;
}

function isPath(node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return isPath(node.expression);
  return ts.isIdentifier(node);
}
