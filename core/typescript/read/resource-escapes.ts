import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { eachStep, type Flow, partsOf, type Step } from './flow.js';
import { gatheredFunctions } from './gather-paths.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { enclosingFunction } from './syntax.js';
import type { Values } from './values.js';

/** Uses of the resource outside the code that the region will enclose. */
export function escapes(
  values: Values,
  resource: ts.Symbol,
  declared: ts.Identifier,
  whole: Flow,
  root: FunctionNode,
): Hazard[] {
  const folded = new Set<ts.Node>([root]);
  for (const inner of gatheredFunctions(whole)) folded.add(inner);
  const known = new Set<ts.Node>();
  eachStep(whole, (step) => {
    if (step.kind === 'await') known.add(step.site.call);
    if (step.kind === 'await' && step.site.callback.kind === 'inline') folded.add(step.site.callback.node);
    if (step.kind === 'release' || (step.kind === 'rollback' && isOnErrorPath(whole, step)))
      known.add(step.call);
  });
  for (const name of values.session.referencesOf(resource)) {
    if (name === declared) continue;
    const within = enclosingFunction(name);
    if (within !== undefined && !folded.has(within)) {
      return [
        hazard(
          'H-RELEASE',
          'blocks',
          `\`${name.text}\` is used in a function that runs at another time`,
          name,
          'use it in the function that takes it',
        ),
      ];
    }
    const parent = name.parent;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === name) {
      if (known.has(parent.parent) || isAlike(values, parent)) continue;
      return [
        hazard(
          'H-CB-CLIENT',
          'blocks',
          `\`${parent.getText()}\` is used in a way that only the callback form answers`,
          parent,
          'call only what both forms have, and keep the rest on a connection of its own',
        ),
      ];
    }
    return [
      hazard(
        'H-RELEASE',
        'blocks',
        `\`${name.text}\` is handed on`,
        name,
        'use the connection in the function that acquires it',
      ),
    ];
  }
  return [];
}

/** Both forms of the object answer alike: nothing waits, nothing is called back. */
function isAlike(values: Values, access: ts.PropertyAccessExpression): boolean {
  return values
    .of(access)
    .some(
      (v) =>
        v.kind === 'member' &&
        v.member.kind === 'plain' &&
        v.member.neverThrows === true &&
        v.member.releases !== true,
    );
}

function isOnErrorPath(flow: Flow, wanted: Step): boolean {
  return flow.steps.some((step) => {
    if (step.kind === 'branch') return step.blocks.some((block) => isOnErrorPath(block, wanted));
    if (step.kind === 'gather') return partsOf(step).some((part) => isOnErrorPath(part, wanted));
    if (step.kind !== 'await') return false;
    if (
      step.error.kind !== 'variable' &&
      step.error.kind !== 'tolerated' &&
      step.error.flow.steps.includes(wanted)
    )
      return true;
    return isOnErrorPath(step.success, wanted);
  });
}
