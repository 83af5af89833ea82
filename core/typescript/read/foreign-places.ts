import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { isAssignment, isExportsObject } from './modules.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, outermost, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/**
 * `app.locals.load = load`, `global.load = load`, `req.load = load`: the object is somebody else's, and whoever has it may
 * call what is stored there, a template or another package.
 */
export function storedAbroad(session: Session, values: Values, given: ts.Expression): Hazard | undefined {
  const { parent } = outermost(given);
  if (!ts.isBinaryExpression(parent) || !isAssignment(parent.operatorToken.kind)) return undefined;
  const target = unwrap(parent.left);
  if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target)) return undefined;
  if (isExportsObject(session, target) || isExportsObject(session, target.expression)) return undefined;
  let owner = unwrap(target.expression);
  // What a library has of its own is replaced, not added to.
  if (values.of(target).some((value) => value.kind === 'member')) return undefined;
  while (ts.isPropertyAccessExpression(owner) && values.of(owner).length === 0)
    owner = unwrap(owner.expression);
  if (!isForeign(session, values, owner)) return undefined;
  const message = `whoever has \`${target.expression.getText().slice(0, 40)}\` may call it`;
  return hazard('H-DYNAMIC', 'blocks', message, parent, 'call it from a function of the project');
}

function isForeign(session: Session, values: Values, owner: ts.Expression): boolean {
  const found = values.of(owner);
  // What a schema lends to its model is followed there.
  if (found.length > 0)
    return found.every(
      (value) => value.kind === 'object-of' && value.library.lends?.[value.type] === undefined,
    );
  if (!ts.isIdentifier(owner)) return false;
  const declaration = session.symbolOf(owner)?.declarations?.[0];
  if (declaration === undefined) return owner.text !== 'exports' && owner.text !== 'module';
  if (!ts.isParameter(declaration) || !isFunctionNode(declaration.parent)) return false;
  return values.contractOf(declaration.parent) !== undefined;
}

/** A decorator gets the method, and may look at what it answers with. */
export function decoratedHazard(values: Values, node: FunctionNode): Hazard | undefined {
  if (!ts.canHaveDecorators(node)) return undefined;
  const decorator = (ts.getDecorators(node) ?? []).find(({ expression }) => !isRemark(values, expression));
  if (decorator === undefined) return undefined;
  const message = `\`${decorator.getText().slice(0, 40)}\` may look at what the method answers with`;
  return hazard('H-DYNAMIC', 'review', message, decorator, 'check that the decorator takes a promise');
}

/** A decorator of a library that is known, or one that the project makes of such. */
function isRemark(values: Values, decorator: ts.Expression, depth = 0): boolean {
  const node = unwrap(decorator);
  if (!ts.isCallExpression(node) || depth > 4) return false;
  const callees = values.of(node.expression);
  return (
    callees.length > 0 &&
    callees.every((callee) => {
      if (callee.kind === 'member') return true;
      if (callee.kind !== 'function') return false;
      const made = returnedFrom(callee.node);
      return made.length > 0 && made.every((one) => isRemark(values, one, depth + 1));
    })
  );
}

function returnedFrom({ body }: FunctionNode): readonly ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  visitOwn(body, (inner) => {
    if (ts.isReturnStatement(inner) && inner.expression !== undefined) found.push(inner.expression);
  });
  return found;
}
