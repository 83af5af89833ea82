import { ts } from 'ts-morph';
import { foreignGlobals } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import { isInjected } from './browser-files.js';
import { hazard } from './hazards.js';
import { promiseEvidence } from './plain-values.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Why nobody may wait for what a chain begins with: it only looks like a promise, or somebody needs his own kind. */
export function headRefusal(values: Values, heads: readonly ts.Expression[]): Hazard | undefined {
  for (const head of heads) {
    if (isInjected(head.getSourceFile())) {
      const message =
        'AngularJS looks at its views again when a promise of its own is settled, and knows no other';
      return hazard('H-FOREIGN', 'blocks', message, head, 'leave it as it is');
    }
    const root = rootOf(head);
    const isGlobal = ts.isIdentifier(root) && values.session.symbolOf(root) === undefined;
    const foreign = isGlobal ? foreignGlobals.get(root.text) : undefined;
    if (foreign === undefined || promiseEvidence(values, head) !== 'name') continue;
    return hazard('H-NAME-ONLY', 'blocks', `\`${root.getText()}\`: ${foreign}`, root, 'leave it as it is');
  }
  return undefined;
}

/** `api` of `api.films.find(1)[0]` */
function rootOf(expression: ts.Expression): ts.Expression {
  let root = unwrap(expression);
  while (
    ts.isPropertyAccessExpression(root) ||
    ts.isCallExpression(root) ||
    ts.isElementAccessExpression(root)
  )
    root = unwrap(root.expression);
  return root;
}
