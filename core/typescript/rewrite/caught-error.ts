import { ts } from 'ts-morph';
import { absentErrorOf } from '../read/absent-error.js';
import { compilerSettings, mayAnnotateCaught, untold } from '../read/compiler-settings.js';
import { mayBeAbsentAt } from '../read/error-fields.js';
import { type ErrorType, errorTypeOf, looksInside } from '../read/error-types.js';
import { errorSymbol } from '../read/errors.js';
import type { AwaitStep } from '../read/flow.js';
import { isMemberName } from '../read/session.js';
import type { Item } from '../read/split.js';
import { isFunctionNode, visitAll } from '../read/syntax.js';
import { carriedResults } from './carried-results.js';
import type { Fold } from './fold.js';
import type { Rewriter } from './rewriter.js';

/** How a caught error comes into the code that handles it. */
export interface Seen {
  /** The parameter of the `catch`. */
  readonly parameter: string;
  /** The statement that gives the error the type which its callback had for it. */
  readonly declaration?: string;
}

/**
 * `catch (error) { const err = error as NodeJS.ErrnoException; …`, where the handler looks into an error that is
 * `unknown` to a `catch`, and `catch (err)` everywhere else.
 */
export function typedCatch(fold: Fold, step: AwaitStep, name: string, items: readonly Item[]): Seen {
  const plain: Seen = { parameter: name };
  const { notes } = fold.rewriter;
  const { catchesUnknown, annotatesCaught } = settingsAt(fold, step);
  if (!catchesUnknown) return plain;
  const words = items.flatMap((item) => identifiersOf(item));
  const names = words.filter((word) => word.text === name && !isMemberName(word));
  const isAsked = carriedResults(notes.session, step).size > 0;
  if (!isAsked && !names.some((one) => looksInside(notes, fold.unit, one))) return plain;
  // Not every declaration of an error tells what it carries.
  const type: ErrorType = isAsked ? { kind: 'any' } : errorTypeOf(notes, step, names);
  if (type.kind === 'any' && annotatesCaught) return { parameter: `${name}: any` };
  const taken = new Set(words.filter((word) => !isMemberName(word)).map(({ text }) => text));
  const caught = ['error', 'caught', 'reason'].find((word) => word !== name && !taken.has(word));
  if (caught === undefined) return plain;
  const text = type.kind === 'any' ? 'any' : type.text;
  return { parameter: caught, declaration: `const ${name} = ${caught} as ${text}${fold.style.semicolon}` };
}

/**
 * `: any`, which an error of a promise is to the function that handles it, and not to a `catch`; nothing where the function
 * asks for no more than `unknown`.
 */
export function caughtAnnotation(
  { notes: { session, values } }: Rewriter,
  at: ts.Node,
  handler: ts.Node | undefined,
): string {
  const path = session.pathOf(at);
  if (!/\.[cm]?tsx?$/.test(path) || !mayAnnotateCaught(session.project, path)) return '';
  const settings = compilerSettings(session.project, path);
  if (settings !== untold && !settings.catchesUnknown) return '';
  if (handler === undefined || isFunctionNode(handler)) {
    const type = handler?.parameters[0]?.type;
    return type?.kind === ts.SyntaxKind.UnknownKeyword ? '' : ': any';
  }
  const asksForMore = ts.isExpression(handler)
    ? values.of(handler).some((value) => value.kind === 'function' && isTyped(value.node.parameters[0]?.type))
    : false;
  return asksForMore ? ': any' : '';
}

function isTyped(type: ts.TypeNode | undefined): boolean {
  return (
    type !== undefined && type.kind !== ts.SyntaxKind.UnknownKeyword && type.kind !== ts.SyntaxKind.AnyKeyword
  );
}

/** How an error is declared that stays a variable, and how what is caught gets into it. */
export function heldError(
  fold: Fold,
  step: AwaitStep,
): { readonly annotation: string; readonly cast: string } {
  const { notes } = fold.rewriter;
  const absent = absentErrorOf(notes, step.site) === 'undefined' ? 'undefined' : 'null';
  const { catchesUnknown, checksNull } = settingsAt(fold, step);
  if (!checksNull) return { annotation: '', cast: '' };
  const symbol = errorSymbol(notes.session, step);
  const names = symbol === undefined ? [] : notes.session.referencesOf(symbol);
  if (!names.some((one) => looksInside(notes, fold.unit, one))) return { annotation: ': unknown', cast: '' };
  const type = errorTypeOf(notes, step, names);
  // Who reads it where there may be none was told by the callback's type that there is one.
  const isTrusted = names.some(
    (one) =>
      symbol !== undefined && looksInside(notes, fold.unit, one) && mayBeAbsentAt(notes.session, symbol, one),
  );
  if (type.kind === 'any' || isTrusted) return { annotation: ': any', cast: '' };
  return { annotation: `: ${type.text} | ${absent}`, cast: catchesUnknown ? ` as ${type.text}` : '' };
}

function settingsAt({ rewriter }: Fold, { site: { call } }: AwaitStep): ReturnType<typeof compilerSettings> {
  const { session } = rewriter.notes;
  const path = session.pathOf(call);
  if (!/\.[cm]?tsx?$/.test(path)) return untold;
  return compilerSettings(session.project, path);
}

function identifiersOf(item: Item): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  visitAll(item, (node) => {
    if (ts.isIdentifier(node)) found.push(node);
  });
  return found;
}
