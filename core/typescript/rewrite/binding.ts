import { ts } from 'ts-morph';
import type { Awaited } from '../../catalog/schema.js';
import type { AwaitStep } from '../read/flow.js';
import { isErrorless } from '../read/flow.js';
import type { OwnResults } from '../read/own-results.js';
import type { Session } from '../read/session.js';
import { isWritten } from '../read/writes.js';
import { carriedResults } from './carried-results.js';
import { contextName } from './contexts.js';
import { droppedNames } from './dropped-names.js';
import type { Fold } from './fold.js';
import { renamesOf } from './renames.js';
import { isOfOtherDriver, type ResultTypes, resultTypesOf } from './result-types.js';
import type { Rewriter } from './rewriter.js';

/** What an await's value is bound to. */
export interface Binding {
  /** `rows`, `[rows]`, `{ stdout, stderr }`; null when no result is used. */
  readonly pattern: string | null;
  /** The same as the left side of an assignment: without a type. One that begins with `{` needs parentheses around the assignment. */
  readonly target: string | null;
  readonly keyword: 'const' | 'let';
  /** The names that the pattern binds. */
  readonly names: readonly string[];
  /** The member of the awaited value that is the result. */
  readonly member: string | null;
  /** What is known of the types of several results. */
  readonly types: ResultTypes;
  /** For a callback given by name: what is returned, and how it is taken out of the awaited value. */
  readonly returned: { readonly pattern: string | null; readonly name: string } | undefined;
}

/** The parameters that results are given to, in place of those of the callback. */
export interface Takers {
  readonly parameters: readonly ts.ParameterDeclaration[];
  readonly renames: ReadonlyMap<ts.Symbol, string>;
}

/** The binding of a step where it is folded: what only an answer that nobody reads was made of is unused, too. */
export function bindingIn(fold: Fold, step: AwaitStep, answer?: OwnResults): Binding {
  const { unit, home } = fold;
  const unread = unit === home ? new Set(droppedNames(unit)) : undefined;
  return bindingOf(fold.rewriter, step, answer, undefined, unread);
}

/**
 * The binding for the results that a continuation uses; unused ones are dropped.
 *
 * @param unread names that go away
 */
export function bindingOf(
  rewriter: Rewriter,
  step: AwaitStep,
  answer: OwnResults = { kind: 'value' },
  takers?: Takers,
  unread: ReadonlySet<ts.Node> = new Set(),
): Binding {
  const { site } = step;
  const { session } = rewriter.notes;
  const nothing: Binding = {
    pattern: null,
    target: null,
    keyword: 'const',
    names: [],
    member: null,
    types: resultTypesOf(step, []),
    returned: undefined,
  };
  if (site.callback.kind === 'next') return nothing;
  const context = contextName(step);
  if (context !== undefined) return { ...nothing, pattern: context, target: context, names: [context] };
  if (site.callback.kind === 'own' && takers === undefined)
    return { ...nothing, returned: returnedOf(step, answer) };
  const { parameters: all, renames } = takers ?? takersOf(rewriter, step);
  const isSingle = site.awaited.kind === 'value' || site.awaited.kind === 'member';
  const parameters = isSingle ? all.slice(0, 1) : all;
  const carried = carriedResults(session, step);
  let isReassigned = false;
  const names: string[] = [];
  const patterns = parameters.map((parameter) => {
    if (!ts.isIdentifier(parameter.name)) {
      for (const name of boundNames(parameter.name)) {
        const symbol = session.symbolOf(name);
        if (symbol !== undefined && session.referencesOf(symbol).some((use) => isWritten(use)))
          isReassigned = true;
        names.push((symbol === undefined ? undefined : renames.get(symbol)) ?? name.text);
      }
      return renamedPattern(session, parameter.name, renames);
    }
    const symbol = session.symbolOf(parameter.name);
    if (symbol === undefined) return null;
    const uses = session
      .referencesOf(symbol)
      .filter((name) => name !== parameter.name && !unread.has(name) && !carried.has(name));
    if (uses.length === 0) return null;
    if (uses.some((name) => isWritten(name))) isReassigned = true;
    const name = renames.get(symbol) ?? parameter.name.text;
    names.push(name);
    return name;
  });
  while (patterns.length > 0 && patterns[patterns.length - 1] === null) patterns.pop();
  if (patterns.length === 0 || site.awaited.kind === 'nothing') return nothing;
  return {
    pattern: patternFor(step, patterns, isOfOtherDriver(step) ? '' : annotationOf(parameters[0])),
    target: patternFor(step, patterns, ''),
    keyword: isReassigned ? 'let' : 'const',
    names,
    member: site.awaited.kind === 'member' ? site.awaited.member : null,
    types: resultTypesOf(step, parameters),
    returned: undefined,
  };
}

/** The results of a callback that is written at the call, with their names. */
export function takersOf(rewriter: Rewriter, { site }: AwaitStep): Takers {
  if (site.callback.kind !== 'inline') return { parameters: [], renames: new Map() };
  const { node } = site.callback;
  return {
    parameters: node.parameters.slice(isErrorless(site.callee) ? 0 : 1),
    renames: renamesOf(rewriter, node),
  };
}

function patternFor(step: AwaitStep, patterns: readonly (string | null)[], annotation: string): string {
  switch (step.site.awaited.kind) {
    case 'array':
      return `[${patterns.map((p) => p ?? '').join(', ')}]`;
    case 'object': {
      const { keys } = step.site.awaited;
      const entries = patterns.flatMap((p, index) => {
        const key = keys[index];
        return p === null || key === undefined ? [] : [p === key ? p : `${key}: ${p}`];
      });
      return `{ ${entries.join(', ')} }`;
    }
    default:
      return `${patterns[0] ?? ''}${annotation}`;
  }
}

export function annotationOf(parameter: ts.ParameterDeclaration | undefined): string {
  const type = parameter?.type;
  return type === undefined || type.kind === ts.SyntaxKind.AnyKeyword ? '' : `: ${type.getText()}`;
}

/** @param answer what the function answers with that hands its callback on */
function returnedOf(step: AwaitStep, answer: OwnResults): Binding['returned'] {
  const { site } = step;
  if (site.callee.kind !== 'api') return { pattern: null, name: '' };
  if (answer.kind === 'object') return returnedObject(site.awaited, answer.keys);
  const name = site.callee.member.results[0]?.name ?? 'result';
  switch (site.awaited.kind) {
    case 'array':
      return { pattern: `[${name}]`, name };
    case 'value':
      return { pattern: null, name };
    case 'nothing':
      return undefined;
    case 'object':
      return { pattern: `{ ${site.awaited.keys[0] ?? name} }`, name: site.awaited.keys[0] ?? name };
    case 'member':
      return { pattern: `{ ${site.awaited.member} }`, name: site.awaited.member };
  }
}

/** The results of an API under the names that the function's callers read. */
function returnedObject(awaited: Awaited, names: readonly string[]): Binding['returned'] {
  const whole = (count: number): string => `{ ${names.slice(0, count).join(', ')} }`;
  switch (awaited.kind) {
    case 'nothing':
      return { pattern: null, name: '' };
    case 'value':
      return { pattern: names[0] ?? 'result', name: whole(1) };
    case 'member':
      return { pattern: `{ ${entry(awaited.member, names[0])} }`, name: whole(1) };
    case 'array':
      return { pattern: `[${names.join(', ')}]`, name: whole(names.length) };
    case 'object': {
      const keys = awaited.keys.slice(0, names.length);
      const entries = keys.map((key, index) => entry(key, names[index]));
      return { pattern: `{ ${entries.join(', ')} }`, name: whole(keys.length) };
    }
  }
}

function entry(key: string, name = key): string {
  return key === name ? key : `${key}: ${name}`;
}

/** A destructuring pattern with the new names of what it binds. */
export function renamedPattern(
  session: Session,
  pattern: ts.BindingName,
  renames: ReadonlyMap<ts.Symbol, string>,
): string {
  let source = pattern.getText();
  for (const name of boundNames(pattern).reverse()) {
    const symbol = session.symbolOf(name);
    const renamed = symbol === undefined ? undefined : renames.get(symbol);
    if (renamed === undefined) continue;
    const isShorthand =
      ts.isBindingElement(name.parent) &&
      name.parent.propertyName === undefined &&
      ts.isObjectBindingPattern(name.parent.parent);
    const start = name.getStart() - pattern.getStart();
    source = `${source.slice(0, start)}${isShorthand ? `${name.text}: ` : ''}${renamed}${source.slice(start + name.text.length)}`;
  }
  return source;
}

export function boundNames(pattern: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(pattern)) return [pattern];
  return pattern.elements.flatMap((element) =>
    ts.isBindingElement(element) ? boundNames(element.name) : [],
  );
}
