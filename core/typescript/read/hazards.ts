import type { ts } from 'ts-morph';
import type { Hazard, HazardCode, HazardEffect } from '../../model/hazard.js';

/**
 * A hazard at a node; `file` of the location is filled by the reader, which knows the project's root. What refuses a
 * change says what would unblock it.
 */
export function hazard(
  code: HazardCode,
  effect: HazardEffect,
  message: string,
  node: ts.Node,
  unblock: string,
): Hazard;
export function hazard(
  code: HazardCode,
  effect: Exclude<HazardEffect, 'blocks'>,
  message: string,
  node: ts.Node,
): Hazard;
export function hazard(
  code: HazardCode,
  effect: HazardEffect,
  message: string,
  node: ts.Node,
  unblock?: string,
): Hazard {
  const file = node.getSourceFile().fileName.replace(/^\/project\//, '');
  const at = { file, range: { start: node.getStart(), end: node.getEnd() } };
  return { code, effect, message, at, ...(unblock === undefined ? {} : { unblock }) };
}
