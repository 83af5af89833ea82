import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep } from '../read/flow.js';
import type { Region } from '../read/resource.js';
import { isBareReturn } from '../read/statement-shape.js';
import { afterAwait } from './await-statement.js';
import { rollbackPieces } from './catch-clause.js';
import { type Seen, typedCatch } from './caught-error.js';
import { type Enclosure, type Fold, foldFlow } from './fold.js';
import { movedItems, text } from './pieces.js';

/** `try { … } catch (err) { rollback } finally { release }` behind an acquire. */
export function regionBlock(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  region: Region,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const isHandledOutside =
    region.catches?.kind === 'handled' && enclosure.covered === region.catches.text && !region.rollsBack;
  const catches = isHandledOutside ? undefined : region.catches;
  const own: Enclosure = {
    covered: isHandledOutside ? enclosure.covered : null,
    region: { ...region, catches },
  };
  const rest = afterAwait(fold, { ...step, isolated: false }, own, inner, isEnd);
  const [opening, ...more] = rest;
  const body = opening?.kind === 'text' ? more : rest;
  const lines: Piece[] = [text(`${style.newline}${indent}try {${style.newline}${inner}`), ...body];
  if (catches !== undefined) lines.push(...catchBlock(fold, region, indent));
  lines.push(
    text(
      `${style.newline}${indent}} finally {${style.newline}${inner}${region.release}${style.semicolon}${style.newline}${indent}}`,
    ),
  );
  return lines;
}

function catchBlock(fold: Fold, region: Region, indent: string): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const { catches } = region;
  if (catches === undefined) return [];
  const seen: Seen =
    catches.kind === 'propagates'
      ? { parameter: catches.errorName }
      : typedCatch(
          fold,
          region.acquire,
          catches.errorName,
          catches.steps.map(({ item }) => item),
        );
  const pieces: Piece[] = [text(`${style.newline}${indent}} catch (${seen.parameter}) {`)];
  if (seen.declaration !== undefined) pieces.push(text(style.newline + inner + seen.declaration));
  if (region.rollsBack) pieces.push(...rollbackPieces(fold, region, inner));
  if (catches.kind === 'propagates') {
    pieces.push(text(`${style.newline}${inner}throw ${catches.errorName}${style.semicolon}`));
    return pieces;
  }
  const steps = catches.steps.filter(({ item }) => !isBareReturn(item));
  const items = steps.map(({ item }) => item);
  for (const item of items) fold.moved.add(item);
  foldFlow(fold, { steps }, { covered: null, region: null }, false);
  return [
    ...pieces,
    text(style.newline + inner),
    ...movedItems(items, inner, style, (item) => (ts.isExpression(item as ts.Node) ? style.semicolon : '')),
  ];
}
