import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep, Site } from '../read/flow.js';
import { isErrorless } from '../read/flow.js';
import { someNode } from '../read/syntax.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** True where no promise form of the call holds all that its callback reads. */
export function needsWrittenPromise({ site }: AwaitStep): boolean {
  return site.contexts !== undefined || site.isWrapped === true;
}

/**
 * A promise around the callback form of a call: of what is `this` in the callback, or of all results that it reads.
 *
 * @param call the pieces of the call with a callback of the given text
 */
export function writtenPromise(
  rewriter: Rewriter,
  step: AwaitStep,
  indent: string,
  call: (callback: string) => readonly Piece[],
): Piece[] {
  const { unit, newline, semicolon } = rewriter.styleOf(step.item);
  const keys = step.site.awaited.kind === 'object' ? step.site.awaited.keys : [];
  const resolve = nameBeside(step.site, ['resolve', 'resolvePromise'], keys);
  const reject = nameBeside(step.site, ['reject', 'rejectPromise'], keys);
  const inner = indent + unit;
  const error = errorName(step);
  const callback =
    step.site.contexts === undefined
      ? `(${parameters(step, error)}) => (${error} ? ${reject}(${error}) : ${resolve}({ ${readResults(rewriter, step).join(', ')} }))`
      : [
          'function (err) {',
          `${inner}${unit}if (err) ${reject}(err)${semicolon}`,
          `${inner}${unit}else ${resolve}(this)${semicolon}`,
          `${inner}}`,
        ].join(newline);
  return [
    text(`new Promise((${resolve}, ${reject}) => {${newline}${inner}`),
    ...call(callback),
    text(`${semicolon}${newline}${indent}})`),
  ];
}

/** The first name that means nothing else in what the call is given, and is none of its results. */
export function nameBeside(
  { call, argument }: Site,
  names: readonly string[],
  results: readonly string[] = [],
): string {
  const parts = [call.expression, ...call.arguments.filter((given) => given !== argument)];
  const isFree = (name: string): boolean =>
    !results.includes(name) &&
    !parts.some((part) => someNode(part, (node) => ts.isIdentifier(node) && node.text === name));
  const last = names[names.length - 1] ?? 'value';
  let free = names.find(isFree);
  for (let n = 2; free === undefined; n++) if (isFree(`${last}${n}`)) free = `${last}${n}`;
  return free;
}

/** A name that no result has. */
function errorName({ site }: AwaitStep): string {
  const keys = site.awaited.kind === 'object' ? site.awaited.keys : [];
  return ['err', 'error', 'failure'].find((name) => !keys.includes(name)) ?? 'rejection';
}

/** The error, and the results up to the last one that is read. */
function parameters({ site }: AwaitStep, error: string): string {
  const keys = site.awaited.kind === 'object' ? site.awaited.keys : [];
  return [error, ...keys].join(', ');
}

function readResults({ notes }: Rewriter, { site }: AwaitStep): string[] {
  if (site.callback.kind !== 'inline') return site.awaited.kind === 'object' ? [...site.awaited.keys] : [];
  return site.callback.node.parameters.slice(isErrorless(site.callee) ? 0 : 1).flatMap(({ name }) => {
    const symbol = ts.isIdentifier(name) ? notes.session.symbolOf(name) : undefined;
    const isRead = symbol !== undefined && notes.session.referencesOf(symbol).length > 1;
    return isRead ? [symbol.name] : [];
  });
}
