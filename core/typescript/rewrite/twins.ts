import { ts } from 'ts-morph';
import type { FunctionNode } from '../read/session.js';
import { isAwait, outermost, unwrap } from '../read/syntax.js';
import {
  importedName,
  type TwinExport,
  type TwinPlace,
  twinExports,
  twinName,
  twinPlaceOf,
} from '../read/twins.js';
import { awaitCallOf } from './calls.js';
import { makeAsync } from './functions.js';
import { releaseImport } from './import-changes.js';
import { importMember, specifierOf } from './imports.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/**
 * Writes a function a second time behind itself, under a name of its own: what else changes in the function does so in
 * the second one. False when the id is none of a function that can be written twice.
 */
export function writeTwinOf(rewriter: Rewriter, id: string, group: string): boolean {
  const node = rewriter.notes.ids.functions.get(id);
  const place = node === undefined ? undefined : twinPlaceOf(node);
  if (node === undefined || place === undefined) return false;
  const { item, name } = place;
  const change = rewriter.change({
    group,
    transform: 'async-twin',
    node,
    title: `${twinName(name.text)} beside ${name.text}`,
    reason: `some callers of ${name.text} cannot wait; those that can wait for the async form`,
  });
  const file = item.getSourceFile();
  const range = { start: item.getStart(file, true), end: item.end };
  rewriter.edit(change, item, range, [
    text(file.text.slice(range.start, range.end)),
    text(separatorOf(rewriter, item)),
    keep(file, range),
  ]);
  rename(rewriter, change, name);
  if (node.name !== undefined && node.name !== name && ts.isIdentifier(node.name))
    rename(rewriter, change, node.name);
  makeAsync(rewriter, node, undefined, group);
  if (isWantedAbroad(rewriter, node))
    for (const exported of twinExports(rewriter.notes.session, place))
      addExport(rewriter, change, exported, place);
  return true;
}

function separatorOf(rewriter: Rewriter, item: ts.Node): string {
  const { newline } = rewriter.styleOf(item);
  const line = newline + lineIndent(item);
  return ts.isObjectLiteralExpression(item.parent) ? `,${line}` : newline + line;
}

/** A call in another file names the second form; or nobody in the project does, and other packages may. */
function isWantedAbroad(rewriter: Rewriter, node: FunctionNode): boolean {
  const { plan, notes } = rewriter;
  const callers = plan.decisions.flatMap((decision) => {
    const call = decision.kind === 'call-twin' ? notes.calls.get(decision.call) : undefined;
    return call !== undefined && targetOf(rewriter, call) === node ? [call.getSourceFile()] : [];
  });
  return callers.length === 0 || callers.some((file) => file !== node.getSourceFile());
}

function targetOf({ notes }: Rewriter, call: ts.Node): FunctionNode | undefined {
  if (!ts.isCallExpression(call)) return undefined;
  const [value] = notes.values.of(call.expression);
  return value?.kind === 'function' ? value.node : undefined;
}

function addExport(rewriter: Rewriter, change: string, exported: TwinExport, { name }: TwinPlace): void {
  const { node } = exported;
  const added = twinName(name.text);
  const { newline } = rewriter.styleOf(node);
  const line = newline + lineIndent(node);
  const at = { start: node.end, end: node.end };
  if (exported.kind === 'line') {
    const [before = '', after = ''] = splitAtName(node.getText(), name.text);
    rewriter.edit(change, node, at, [text(`${line}${before}${added}${after.replace(name.text, added)}`)]);
    return;
  }
  const isOnOwnLine = node.getSourceFile().text.slice(node.pos, node.getStart()).includes('\n');
  rewriter.edit(change, node, at, [text(isOnOwnLine ? `,${line}${added}` : `, ${added}`)]);
}

/** `exports.load = load;` → `exports.` and ` = load;` */
function splitAtName(statement: string, name: string): [string, string] {
  const start = statement.indexOf(`.${name}`) + 1;
  return [statement.slice(0, start), statement.slice(start + name.length)];
}

/** Lets a call wait for the second form of its callee; false when the id is none of such a call. */
export function callTwinOf(rewriter: Rewriter, id: string, group: string): boolean {
  const call = rewriter.notes.calls.get(id);
  if (call === undefined || !ts.isCallExpression(call)) return false;
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!ts.isIdentifier(name) && !ts.isPrivateIdentifier(name)) return false;
  if (!isAwait(outermost(call).parent)) awaitCallOf(rewriter, id, group);
  const change = rewriter.change({
    group,
    transform: 'async-twin',
    node: call,
    title: `${name.text} → ${twinName(name.text)}`,
    reason: 'the function that it calls has an async form beside it now',
  });
  if (name === callee && ts.isIdentifier(name)) importTwin(rewriter, name, group);
  rename(rewriter, change, name);
  return true;
}

/** `load` → `loadAsync`, without touching where the name begins: keywords go there. */
function rename(rewriter: Rewriter, change: string, name: ts.Identifier | ts.PrivateIdentifier): void {
  const old = name.text;
  const added = twinName(old);
  let kept = 0;
  while (kept < old.length && old[kept] === added[kept]) kept++;
  const start = name.getStart() + kept;
  rewriter.edit(change, name, { start, end: name.end }, [text(added.slice(kept))]);
}

/** Imports the second form of an imported function under a name of the same make. */
function importTwin(rewriter: Rewriter, name: ts.Identifier, group: string): void {
  const [declaration] = rewriter.notes.session.symbolOf(name)?.declarations ?? [];
  const imported = declaration === undefined ? undefined : importedName(declaration);
  if (imported === undefined) return;
  releaseImport(rewriter, name, group);
  const specifier = specifierOf(rewriter, name);
  const member = twinName(imported.text);
  importMember(rewriter, name.getSourceFile(), { specifier, member, as: twinName(name.text), group });
}
