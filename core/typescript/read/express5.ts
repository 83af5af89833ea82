import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { Session } from './session.js';

const removedCalls = /^(?:del|sendfile|param)$/;

/**
 * The first use of something that Express 5 took away: paths with wildcards, groups or optional parts, `app.del`,
 * `res.sendfile`, `req.param`, and answers with the status behind the body. Source: the migration guide of Express 5.
 */
export function removedByExpress5(session: Session): Hazard | undefined {
  let found: Hazard | undefined;
  const visit = (node: ts.Node): void => {
    if (found !== undefined) return;
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { text } = node.expression.name;
      const [first, second] = node.arguments;
      const isRequestParam = text !== 'param' || node.arguments.length === 1;
      const isRemoved = removedCalls.test(text) && isRequestParam;
      const isPath =
        /^(?:get|post|put|patch|delete|all|use|route|head|options)$/.test(text) &&
        first !== undefined &&
        ts.isStringLiteralLike(first) &&
        /[*?+()[\]]/.test(first.text) &&
        first.text.startsWith('/');
      const isOrder =
        /^(?:json|send|jsonp)$/.test(text) && second !== undefined && node.arguments.length === 2;
      if (isRemoved || isPath || isOrder) {
        found = hazard(
          'H-RENAMED',
          'blocks',
          `\`${node.expression.getText()}\` is used in a way that Express 5 refuses`,
          node,
          'write it in the way of Express 5 first',
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) if (/express/.test(file.text)) visit(file);
  return found;
}
