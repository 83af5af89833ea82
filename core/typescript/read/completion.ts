import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { isComputed, isEffectFree, isMereValue } from './effects.js';
import type { Flow, Step } from './flow.js';
import { hazard } from './hazards.js';
import type { Item } from './split.js';
import { isFunctionNode } from './syntax.js';

/** What the function may do besides answering once on every path. */
export interface CompletionRules {
  /**
   * Whether a path may return without calling back: where the whole rest waits for the callback, nothing of it runs
   * either way.
   */
  readonly silence: 'refused' | 'allowed';
  /** `first`: only the first answer counts, answering again does nothing. */
  readonly answers: 'once' | 'first';
}

/**
 * Checks that every path through a callback-style function calls back exactly once, as its last act. A path that never
 * does would resolve where nothing was resolved before.
 */
export function completionHazards(flow: Flow, root: ts.Node, rules: Partial<CompletionRules> = {}): Hazard[] {
  const hazards: Hazard[] = [];
  const end = run(flow, new Paths(hazards, { silence: 'refused', answers: 'once', ...rules }));
  if (end.isOpen) {
    hazards.push(
      hazard(
        'H-MULTI-CALL',
        'blocks',
        'a path ends without calling back',
        end.at ?? root,
        'call back on every path',
      ),
    );
  }
  return hazards;
}

class Paths {
  constructor(
    private readonly found: Hazard[],
    readonly rules: CompletionRules,
  ) {}

  push(hazard: Hazard): void {
    this.found.push(hazard);
  }
}

interface End {
  /** Some path reaches the end without having called back. */
  readonly isOpen: boolean;
  /** Some path reaches the end after having called back: nothing may follow. */
  readonly isDone: boolean;
  readonly at?: ts.Node;
}

function run(flow: Flow, hazards: Paths): End {
  let isOpen = true;
  let isDone = false;
  let at: ts.Node | undefined;
  for (const step of flow.steps) {
    if (isDone && step.kind === 'release') {
      const message = 'the caller goes on when this has been given back, and not before';
      hazards.push(hazard('H-CB-THEN-WORK', 'note', message, step.call));
      if (step.isReturn) return { isOpen: false, isDone: false };
      continue;
    }
    if (isDone && !isTrivial(step) && !(hazards.rules.answers === 'first' && isOpen && isAnswerAlone(step))) {
      hazards.push(
        hazard(
          'H-CB-THEN-WORK',
          'blocks',
          'work follows a call of the callback',
          nodeOf(step),
          'call back last, with `return`',
        ),
      );
      return { isOpen: false, isDone: false };
    }
    if (isDone && step.kind === 'finish' && mayThrow(step)) {
      const message = 'what is computed behind the answer may have thrown; then nobody caught it';
      hazards.push(hazard('H-CRASH', 'note', message, nodeOf(step)));
    }
    if (isDone && step.kind === 'plain' && ts.isReturnStatement(step.item))
      return { isOpen: false, isDone: false };
    const end = runStep(step, hazards);
    if (end === 'leaves') return { isOpen: false, isDone };
    if (end === 'passes') continue;
    at = end.at ?? nodeOf(step);
    isOpen = isOpen && end.isOpen;
    isDone = isDone || end.isDone;
    if (!isOpen && !isDone) return { isOpen, isDone };
  }
  return { isOpen, isDone, ...(at === undefined ? {} : { at }) };
}

function runStep(step: Step, hazards: Paths): End | 'passes' | 'leaves' {
  switch (step.kind) {
    case 'release':
      return step.isReturn ? silent(step.item, hazards) : 'passes';
    case 'rollback':
    case 'needless':
    case 'erased':
    case 'join':
      return 'passes';
    // Its calls, or turns, have been followed where they were found to join.
    case 'gather':
      return run(step.after, hazards);
    case 'plain':
      return runPlain(step.item, hazards);
    case 'relay':
    case 'finish':
      return step.isReturn ? { isOpen: false, isDone: false } : { isOpen: false, isDone: true };
    case 'branch':
      return runBranch(step, hazards);
    case 'await': {
      // What follows an isolated call is another path.
      const isDone = !step.isolated;
      if (step.site.callback.kind !== 'inline') return { isOpen: false, isDone };
      const ends = [run(step.success, hazards)];
      if (step.error.kind === 'handled') ends.push(run(step.error.flow, hazards));
      if (step.error.kind === 'tolerated') answersAgain(step.error.flow, hazards);
      const open = ends.some((end) => end.isOpen);
      if (open) {
        const message = 'a path through the callback ends without calling back';
        hazards.push(hazard('H-MULTI-CALL', 'blocks', message, step.site.call, 'call back on every path'));
      }
      return { isOpen: false, isDone };
    }
  }
}

/** An error path that calls back and falls through to the code that calls back again. */
function answersAgain(flow: Flow, hazards: Paths): void {
  const last = flow.steps[flow.steps.length - 1];
  if (last === undefined || !run(flow, hazards).isDone || hazards.rules.answers === 'first') return;
  const message = 'the callback is called with the error, and then once more';
  const unblock = 'put `return` in front of the call with the error';
  hazards.push(hazard('H-FALL-THROUGH', 'blocks', message, nodeOf(last), unblock));
}

function runBranch(step: Extract<Step, { kind: 'branch' }>, hazards: Paths): End {
  const ends = step.blocks.map((block) => run(block, hazards));
  const isDone = ends.some((end) => end.isDone);
  const isOpen = !step.isExhaustive || ends.some((end) => end.isOpen);
  return { isOpen, isDone };
}

function runPlain(item: Item, hazards: Paths): 'passes' | 'leaves' {
  if (ts.isFunctionDeclaration(item)) return 'passes';
  if (ts.isThrowStatement(item)) return 'leaves';
  if (ts.isReturnStatement(item)) return silent(item, hazards);
  if (hasReturn(item)) silent(item, hazards);
  return 'passes';
}

/** A way out that has not called back. */
function silent(item: Item, hazards: Paths): 'leaves' {
  if (hazards.rules.silence === 'allowed') return 'leaves';
  hazards.push(
    hazard('H-MULTI-CALL', 'blocks', 'a path returns without calling back', item, 'call back on every path'),
  );
  return 'leaves';
}

function hasReturn(node: ts.Node): boolean {
  if (isFunctionNode(node)) return false;
  if (ts.isReturnStatement(node)) return true;
  return (
    ts.forEachChild(node, (child) => (isFunctionNode(child) ? undefined : hasReturn(child) || undefined)) ??
    false
  );
}

/** Nothing happens in it: a bare way out after the callback was called, or giving a resource back. */
function isTrivial(step: Step): boolean {
  if (step.kind === 'erased') return true;
  if (step.kind !== 'plain') return false;
  const { item } = step;
  if (ts.isEmptyStatement(item) || ts.isFunctionDeclaration(item)) return true;
  return ts.isReturnStatement(item) && (item.expression === undefined || ts.isIdentifier(item.expression));
}

function mayThrow({ finish }: Extract<Step, { kind: 'finish' }>): boolean {
  const part = finish.kind === 'value' ? finish.value : finish.error;
  return part !== undefined && !isMereValue(part);
}

/** Answers without doing anything else, whatever it is that it answers. */
function isAnswerAlone(step: Step): boolean {
  if (isTrivial(step)) return true;
  switch (step.kind) {
    case 'finish': {
      const { finish } = step;
      const parts = finish.kind === 'value' ? [finish.value] : [finish.error];
      return parts.every((part) => part === undefined || isComputed(part));
    }
    case 'branch':
      return (
        ts.isIfStatement(step.item) &&
        isEffectFree(step.item.expression) &&
        step.blocks.every((block) => block.steps.every(isAnswerAlone))
      );
    case 'plain':
      return (
        ts.isVariableStatement(step.item) &&
        step.item.declarationList.declarations.every(
          ({ initializer }) => initializer === undefined || isComputed(initializer),
        )
      );
    case 'relay':
    case 'join':
    case 'gather':
    case 'erased':
    case 'needless':
    case 'release':
    case 'rollback':
    case 'await':
      return false;
  }
}

function nodeOf(step: Step): ts.Node {
  return step.item;
}
