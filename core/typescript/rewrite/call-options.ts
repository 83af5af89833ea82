import { ts } from 'ts-morph';
import { needlessOption, optionsAt } from '../../catalog/refuse.js';
import type { NeedlessOption, SyncMember, TextOption } from '../../catalog/schema.js';
import { argumentShapes } from '../read/arguments.js';
import { outermost, rangeOf, unwrap } from '../read/syntax.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** The option of a call that its async form does without. */
export function needlessOf(
  { notes }: Rewriter,
  call: ts.CallExpression,
  member: SyncMember,
): NeedlessOption | undefined {
  return needlessOption(member, argumentShapes(notes.session, call));
}

/** Takes an option out of the object that it is written in, or the object with it; true when nothing is left of it. */
export function leaveOut(
  rewriter: Rewriter,
  change: string,
  call: ts.CallExpression,
  { name }: NeedlessOption,
  asks: TextOption | undefined,
): void {
  const literal = call.arguments.map(unwrap).find(ts.isObjectLiteralExpression);
  const property = literal?.properties.find((one) => one.name?.getText().replace(/['"]/g, '') === name);
  const argument = call.arguments.find((one) => unwrap(one) === literal);
  if (literal === undefined || property === undefined || argument === undefined) return;
  const { properties } = literal;
  const at = properties.indexOf(property);
  const before = call.arguments[call.arguments.indexOf(argument) - 1];
  if (properties.length > 1) {
    const next = properties[at + 1];
    const previous = properties[at - 1];
    const start = next === undefined && previous !== undefined ? previous.end : property.getStart();
    const end = next === undefined ? property.end : next.getStart();
    rewriter.edit(change, property, { start, end }, []);
  } else if (asks !== undefined && readAsText(call) === undefined) {
    const { quote } = rewriter.styleOf(call);
    rewriter.edit(change, property, rangeOf(property), [text(`${asks.name}: ${quote}${asks.bytes}${quote}`)]);
  } else if (before !== undefined)
    rewriter.edit(change, argument, { start: before.end, end: argument.end }, []);
}

/** Asks for bytes where the answer of the async form would be text, unless the code makes text of it. */
export function askForBytes(
  rewriter: Rewriter,
  change: string,
  call: ts.CallExpression,
  member: SyncMember,
  option: TextOption,
): void {
  const shapes = argumentShapes(rewriter.notes.session, call);
  const options = optionsAt(shapes, option.index);
  const reading = readAsText(call);
  if (reading !== undefined) {
    const isAsked = options?.kind === 'object' && options.options.has(option.name);
    const [encoding] = reading.arguments;
    // What is text already is not made text once more, nor read in an encoding.
    if (!isAsked) rewriter.edit(change, reading, { start: outermost(call).end, end: reading.end }, []);
    else if (encoding !== undefined)
      rewriter.edit(change, reading, { start: encoding.pos, end: encoding.end }, []);
    return;
  }
  const { quote } = rewriter.styleOf(call);
  const entry = `${option.name}: ${quote}${option.bytes}${quote}`;
  const last = call.arguments[call.arguments.length - 1];
  if (options?.kind !== 'object') {
    if (last !== undefined)
      rewriter.edit(change, call, { start: last.end, end: last.end }, [text(`, { ${entry} }`)]);
    return;
  }
  if (options.options.has(option.name)) return;
  const needless = needlessOption(member, shapes);
  // Its place is taken.
  if (needless !== undefined && options.options.size === 1) return;
  const literal = call.arguments[shapes.indexOf(options)];
  if (literal === undefined) return;
  const object = unwrap(literal);
  if (!ts.isObjectLiteralExpression(object)) {
    const { start, end } = rangeOf(literal);
    rewriter.edit(change, literal, { start, end: start }, [text('{ ...')]);
    rewriter.edit(change, literal, { start: end, end }, [text(`, ${entry} }`)]);
    return;
  }
  const start = object.getStart() + 1;
  const isEmpty = object.properties.length === 0;
  rewriter.edit(change, call, { start, end: start }, [text(isEmpty ? ` ${entry} ` : ` ${entry},`)]);
}

/** `….toString()`, also with the encoding that text has anyway. */
function readAsText(call: ts.CallExpression): ts.CallExpression | undefined {
  const access = outermost(call).parent;
  if (!ts.isPropertyAccessExpression(access) || access.name.text !== 'toString') return undefined;
  const reading = access.parent;
  if (!ts.isCallExpression(reading) || reading.expression !== access) return undefined;
  const [encoding] = reading.arguments;
  const isText =
    encoding === undefined || (ts.isStringLiteralLike(encoding) && /^utf-?8$/i.test(encoding.text));
  return isText ? reading : undefined;
}
