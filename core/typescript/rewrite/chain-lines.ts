import type { Piece } from '../../model/edit.js';
import type { Chain, Link, Reaction } from '../read/chain.js';
import { takes } from '../read/chain-shape.js';
import { isPlainFunction } from '../read/plain-values.js';
import { alwaysExits } from '../read/syntax.js';
import { caughtAnnotation } from './caught-error.js';
import { bodyLines } from './chain-bodies.js';
import { reactionExits } from './chain-exits.js';
import { heldValue } from './chain-held.js';
import { innerScope, tryParts } from './chain-scopes.js';
import { appliedHead, bindingFor, headPieces, valueLines } from './chain-values.js';
import {
  commentLines,
  isHandledHere,
  join,
  kept,
  type Line,
  nameTarget,
  type Place,
  type Target,
  type Writing,
} from './chain-writing.js';
import { type Style, text } from './pieces.js';

/** The first links of a chain, and what is done with their value. */
export function linesOf(writing: Writing, chain: Chain, count: number, place: Place): Line[] {
  const link = chain.links[count - 1];
  const { indent } = place;
  if (link === undefined && chain.isRun === true) return [];
  if (link === undefined) return valueLines(writing, { pieces: headPieces(chain, indent) }, place);
  const comments = commentLines(link, indent);
  switch (link.kind) {
    case 'catch':
      if (!isHandledHere(writing, link)) return linesOf(writing, chain, count - 1, place);
      return caughtLines(writing, chain, count, link, place);
    case 'finally':
      return caughtLines(writing, chain, count, link, place);
    case 'tap':
      return tapLines(writing, chain, count, link, place);
    case 'then':
    case 'spread':
      if (link.rejected !== undefined && isHandledHere(writing, link))
        return pairLines(writing, chain, count, link, place);
      if (link.fulfilled?.kind === 'named') return namedLines(writing, chain, count, link.fulfilled, place);
      return [
        ...linesOf(writing, chain, count - 1, {
          ...place,
          target: bindingFor(writing, link.fulfilled, place.scope, link.kind),
        }),
        ...comments,
        ...bodyLines(writing, link.fulfilled, place),
      ];
  }
}

/** `p.then(f)`, where `f` is a name. */
function namedLines(
  writing: Writing,
  chain: Chain,
  count: number,
  reaction: Extract<Reaction, { kind: 'named' }>,
  place: Place,
): Line[] {
  const { indent } = place;
  const isPlain = isPlainFunction(writing.rewriter.notes.values, reaction.expression);
  if (reaction.takesNothing === true)
    return [
      ...linesOf(writing, chain, count - 1, { ...place, target: { kind: 'drop' } }),
      ...appliedLines(writing, reaction, '', place),
    ];
  if (count === 1)
    return valueLines(writing, { pieces: appliedHead(reaction, chain, indent), isPlain }, place);
  if (givesNothing(chain.links[count - 2]))
    return [
      ...linesOf(writing, chain, count - 1, { ...place, target: { kind: 'drop' } }),
      ...appliedLines(writing, reaction, 'undefined', place),
    ];
  const name = writing.names.claim('result', place.scope);
  return [
    ...linesOf(writing, chain, count - 1, { ...place, target: nameTarget(name, undefined) }),
    ...appliedLines(writing, reaction, name, place),
  ];
}

function givesNothing(link: Link | undefined): boolean {
  if (link?.kind !== 'then' || link.rejected !== undefined || link.fulfilled?.kind !== 'inline') return false;
  const { body } = link.fulfilled;
  return body.kind === 'block' && body.shape === 'open' && !body.block.statements.some(alwaysExits);
}

/** `f(name)`, where `f` is a name, too. */
function appliedLines(writing: Writing, reaction: Reaction | undefined, name: string, place: Place): Line[] {
  if (reaction?.kind !== 'named') return [];
  const isPlain = isPlainFunction(writing.rewriter.notes.values, reaction.expression);
  const given = reaction.takesNothing === true ? '' : name;
  const pieces = [kept(reaction.expression, place.indent), text(`(${given})`)];
  return valueLines(writing, { pieces, isPlain }, place);
}

/** `p.tap(f)`: the function sees the value, which goes on. */
function tapLines(writing: Writing, chain: Chain, count: number, link: Link, place: Place): Line[] {
  const { target, scope } = place;
  const isTaken = target.kind === 'bind' || target.kind === 'return';
  let binding: Target = bindingFor(writing, link.fulfilled, scope);
  if (isTaken && binding.kind !== 'bind')
    binding = nameTarget(writing.names.claim('result', scope), undefined);
  const named = binding.kind === 'bind' ? binding.names[0] : undefined;
  const seen: Line[] =
    link.fulfilled?.kind === 'named'
      ? valueLines(
          writing,
          { pieces: [kept(link.fulfilled.expression, place.indent), text(`(${named ?? ''})`)] },
          { ...place, target: { kind: 'drop' } },
        )
      : bodyLines(writing, link.fulfilled, { ...place, target: { kind: 'drop' } });
  const rest =
    isTaken && named !== undefined
      ? valueLines(writing, { pieces: [text(named)], isPlain: true }, place)
      : [];
  return [...linesOf(writing, chain, count - 1, { ...place, target: binding }), ...seen, ...rest];
}

/** `let x; try { x = await p; } catch (err) { …; return; }` and the rest, which the `catch` does not see. */
function pairLines(writing: Writing, chain: Chain, count: number, link: Link, place: Place): Line[] {
  const { style } = writing;
  const { indent, scope, target } = place;
  const own =
    link.fulfilled?.kind === 'named' && takes(link.fulfilled)
      ? writing.names.claim('result', scope)
      : undefined;
  const binding =
    own === undefined ? bindingFor(writing, link.fulfilled, scope, link.kind) : nameTarget(own, undefined);
  const held = heldValue(writing, binding, scope);
  const leave: Target = target.kind === 'bind' || target.kind === 'drop' ? { kind: 'end' } : target;
  const inner = indent + style.unit;
  const tried = linesOf(writing, chain, count - 1, {
    target: held.target,
    isCovered: true,
    indent: inner,
    scope: innerScope(writing, link, 'tried', scope),
  });
  const caught = catchPart(writing, link, link.rejected, { ...place, target: leave });
  if (!reactionExits(link.rejected, leave)) caught.lines.push([text(`return${style.semicolon}`)]);
  return [
    ...held.before,
    tryLine(style, indent, tried, caught, undefined),
    ...held.behind,
    ...(link.fulfilled?.kind === 'named'
      ? appliedLines(writing, link.fulfilled, own ?? '', place)
      : bodyLines(writing, link.fulfilled, place)),
  ];
}

/** `try { … } catch (err) { … } finally { … }` around all that comes before. */
function caughtLines(writing: Writing, chain: Chain, count: number, link: Link, place: Place): Line[] {
  const { style } = writing;
  const { indent, scope, target } = place;
  const inner = indent + style.unit;
  const { failed, before } = tryParts(chain, count);
  const behind = link.kind === 'finally' ? link : undefined;
  const held = heldValue(writing, target, scope);
  const shared = held.target;
  const tried = linesOf(writing, chain, before, {
    target: shared,
    isCovered: true,
    indent: inner,
    scope: innerScope(writing, link, 'tried', scope),
  });
  const caught =
    failed === undefined
      ? undefined
      : catchPart(writing, link, failed, {
          ...place,
          target: shared,
          isCovered: place.isCovered || behind !== undefined,
        });
  const last =
    behind === undefined
      ? undefined
      : reactionLines(writing, behind.fulfilled, {
          ...place,
          target: { kind: 'drop' },
          indent: inner,
          scope: innerScope(writing, link, 'last', scope),
        });
  return [...held.before, tryLine(style, indent, tried, caught, last), ...held.behind];
}

interface CatchPart {
  readonly name: readonly Piece[];
  readonly lines: Line[];
}

function catchPart(
  writing: Writing,
  link: Link,
  reaction: Reaction | undefined,
  { target, indent, isCovered, scope }: Place,
): CatchPart {
  const { style, names } = writing;
  const inner: Place = {
    target,
    isCovered,
    indent: indent + style.unit,
    scope: innerScope(writing, link, 'caught', scope),
  };
  if (reaction?.kind === 'named' && !takes(reaction))
    return { name: [], lines: appliedLines(writing, reaction, '', inner) };
  if (reaction?.kind === 'named') {
    const name = names.claim('err', inner.scope);
    const pieces = [kept(reaction.expression, inner.indent), text(`(${name})`)];
    const isPlain = isPlainFunction(writing.rewriter.notes.values, reaction.expression);
    const annotation = caughtAnnotation(writing.rewriter, link.call, reaction.expression);
    return { name: [text(name + annotation)], lines: [...valueLines(writing, { pieces, isPlain }, inner)] };
  }
  const binding = bindingFor(writing, reaction, inner.scope);
  const lines = [...bodyLines(writing, reaction, inner)];
  const handler = reaction?.kind === 'inline' ? reaction.node : undefined;
  const annotation = caughtAnnotation(writing.rewriter, link.call, handler);
  const name =
    binding.kind === 'bind' ? [...binding.pattern, ...(annotation === '' ? [] : [text(annotation)])] : [];
  return { name, lines };
}

function tryLine(
  style: Style,
  indent: string,
  tried: readonly Line[],
  caught: CatchPart | undefined,
  last: readonly Line[] | undefined,
): Line {
  const inner = indent + style.unit;
  const open = style.newline + inner;
  const close = style.newline + indent;
  const pieces: Piece[] = [text(`try {${open}`), ...join(tried, inner, style), text(`${close}}`)];
  if (caught !== undefined) {
    const lines = caught.lines.length === 0 ? [[text('// the error is ignored')]] : caught.lines;
    const head =
      caught.name.length === 0 ? [text(' catch {')] : [text(' catch ('), ...caught.name, text(') {')];
    pieces.push(...head, text(open), ...join(lines, inner, style), text(`${close}}`));
  }
  if (last !== undefined)
    pieces.push(text(` finally {${open}`), ...join(last, inner, style), text(`${close}}`));
  return pieces;
}

function reactionLines(writing: Writing, reaction: Reaction | undefined, place: Place): Line[] {
  if (reaction?.kind !== 'named') return bodyLines(writing, reaction, place);
  const pieces = [kept(reaction.expression, place.indent), text('()')];
  return valueLines(writing, { pieces }, place);
}
