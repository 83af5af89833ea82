import { ts } from 'ts-morph';
import { promiseLibraries } from '../../catalog/promise-libraries.js';
import type { Session } from './session.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

const promisifying = new Set(promiseLibraries.flatMap(({ promisifies = [] }) => promisifies));

/** `promisify(user.save)`, where it is not known what `user` is: by the name of the method. */
export function promisifiedMembers(session: Session, values: Values): ReadonlyMap<string, ts.CallExpression> {
  const found = new Map<string, ts.CallExpression>();
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node)) return;
    const callee = unwrap(node.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    const [first] = node.arguments;
    const given = first === undefined || !promisifying.has(name) ? undefined : unwrap(first);
    if (given === undefined || !ts.isPropertyAccessExpression(given)) return;
    if (values.of(given).length === 0 && !found.has(given.name.text)) found.set(given.name.text, node);
  };
  for (const file of session.files.values()) visit(file);
  return found;
}
