import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode, Session } from './session.js';
import type { RunsIn } from './shared-accesses.js';
import { short } from './statement-shape.js';
import { enclosingFunction, isAwait, outermost, unwrap, visitAll } from './syntax.js';

/**
 * What the whole process has once, or a connection that all requests share, is in a state of its own while a call
 * blocks: nobody else could run in it. Once the call waits, others do.
 */
export function processStateHazards(
  session: Session,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  if (home.body === undefined) return [];
  const replaced = new Map<string, ts.Node>();
  let entered: ts.CallExpression | undefined;
  let begun: ts.CallExpression | undefined;
  let found: ts.Node | undefined;
  const marked = new Map<string, ts.Node>();
  const start = call.getStart();
  visitAll(home.body, (node) => {
    const place = changedPlace(node);
    if (place === undefined && !ts.isCallExpression(node)) return;
    if (found !== undefined || node === call || !runsIn(node)) return;
    const isBefore = node.end <= start;
    if (place !== undefined && isOfProcess(session, place)) {
      const text = place.getText();
      if (isBefore) replaced.set(text, node);
      else if (node.getStart() >= call.end) found = replaced.get(text);
    }
    const mark = ts.isCallExpression(node) ? markOf(session, node) : undefined;
    if (mark !== undefined && isBefore && mark.opens) marked.set(mark.name, node);
    if (mark !== undefined && !mark.opens && node.getStart() >= call.end) found = marked.get(mark.name);
    if (!isBefore || !ts.isCallExpression(node)) return;
    if (isEntered(session, node)) entered = node;
    if (begins(session, home, node)) begun = node;
    else if (ends(node)) begun = undefined;
  });
  const state = found ?? entered;
  if (state !== undefined) {
    const message = `other requests find \`${short(state)}\` done while the call waits`;
    return [
      hazard('H-RACE', 'review', message, state, 'do what depends on it before the call, or behind it'),
    ];
  }
  if (begun === undefined) return [];
  const message = `other requests may use the transaction of \`${short(begun)}\` while the call waits`;
  return [hazard('H-RACE', 'review', message, begun, 'make the call before the transaction')];
}

function changedPlace(node: ts.Node): ts.Expression | undefined {
  if (ts.isDeleteExpression(node)) return unwrap(node.expression);
  const isAssigned = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isAssigned ? unwrap(node.left) : undefined;
}

/** `process.env.TZ`, `console.log`, `Math.random`: a member of what the language or Node has made. */
function isOfProcess(session: Session, place: ts.Expression): boolean {
  let root = place;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root))
    root = unwrap(root.expression);
  return (
    root !== place && ts.isIdentifier(root) && session.symbolOf(root) === undefined && known.has(root.text)
  );
}

const known = new Set([
  'process',
  'console',
  'global',
  'globalThis',
  'Math',
  'Date',
  'JSON',
  'Object',
  'Error',
  'Promise',
  'Buffer',
]);

/** `console.time('read')` and `console.timeEnd('read')`, `console.group()` and `console.groupEnd()`: all share one of a name. */
function markOf(
  session: Session,
  { expression, arguments: [label] }: ts.CallExpression,
): { readonly opens: boolean; readonly name: string } | undefined {
  const callee = unwrap(expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const owner = unwrap(callee.expression);
  if (!ts.isIdentifier(owner) || owner.text !== 'console' || session.symbolOf(owner) !== undefined)
    return undefined;
  const method = callee.name.text;
  if (/^group(?:Collapsed|End)?$/.test(method)) return { opens: method !== 'groupEnd', name: 'group' };
  if (!/^time(?:End|Log)?$/.test(method) || !isSameForAll(session, label)) return undefined;
  return { opens: method === 'time', name: `time ${label?.getText() ?? ''}` };
}

/** A literal, or a variable of the module. */
function isSameForAll(session: Session, label: ts.Expression | undefined): boolean {
  const node = label === undefined ? undefined : unwrap(label);
  if (node === undefined || ts.isStringLiteralLike(node)) return true;
  const declaration = ts.isIdentifier(node) ? session.symbolOf(node)?.declarations?.[0] : undefined;
  return declaration !== undefined && enclosingFunction(declaration) === undefined;
}

/** `process.chdir(folder)`, `process.umask(0)` */
function isEntered(session: Session, { expression, arguments: given }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  if (!ts.isPropertyAccessExpression(callee) || given.length === 0) return false;
  const owner = unwrap(callee.expression);
  return (
    ts.isIdentifier(owner) &&
    owner.text === 'process' &&
    session.symbolOf(owner) === undefined &&
    /^(?:chdir|umask|setuid|seteuid|setgid|setegid)$/.test(callee.name.text)
  );
}

/** `db.exec('BEGIN')` of a connection that lives longer than the function, and that nobody waits for. */
function begins(session: Session, home: FunctionNode, call: ts.CallExpression): boolean {
  if (!/^\s*(?:begin|savepoint|start\s+transaction)\b/i.test(firstText(call))) return false;
  if (isAwait(outermost(call).parent)) return false;
  let root: ts.Expression = unwrap(call.expression);
  // `log.info('begin')` says it of something else.
  if (!ts.isPropertyAccessExpression(root) || !/exec|query|run|prepare|raw|sql/i.test(root.name.text))
    return false;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = unwrap(root.expression);
  if (root.kind === ts.SyntaxKind.ThisKeyword) return true;
  const declaration = ts.isIdentifier(root) ? session.symbolOf(root)?.declarations?.[0] : undefined;
  return declaration !== undefined && (declaration.pos < home.pos || declaration.end > home.end);
}

function ends(call: ts.CallExpression): boolean {
  return /^\s*(?:commit|rollback|release|end)\b/i.test(firstText(call));
}

function firstText({ arguments: [first] }: ts.CallExpression): string {
  const node = first === undefined ? undefined : unwrap(first);
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : '';
}
