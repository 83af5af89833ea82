import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { unwrap, visitAll } from './syntax.js';
import type { Values } from './values.js';

const known = new WeakMap<Values, ReadonlySet<FunctionNode>>();

/** `find[promisify.custom] = …`: `promisify` gives what the project says, and not a form of the function itself. */
export function hasOwnPromiseForm(values: Values, node: FunctionNode): boolean {
  const found = known.get(values) ?? withOwnForm(values);
  known.set(values, found);
  return found.has(node);
}

function withOwnForm(values: Values): ReadonlySet<FunctionNode> {
  const found = new Set<FunctionNode>();
  for (const file of values.session.files.values()) {
    if (!file.text.includes('.custom')) continue;
    visitAll(file, (node) => {
      if (!ts.isElementAccessExpression(node) || !isCustom(node.argumentExpression)) return;
      for (const value of values.of(node.expression)) if (value.kind === 'function') found.add(value.node);
    });
  }
  return found;
}

/** `util.promisify.custom`, `promisify.custom` */
function isCustom(argument: ts.Expression): boolean {
  const node = unwrap(argument);
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== 'custom') return false;
  const owner = unwrap(node.expression);
  return (ts.isPropertyAccessExpression(owner) ? owner.name.text : owner.getText()) === 'promisify';
}
