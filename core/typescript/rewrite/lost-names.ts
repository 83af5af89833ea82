import { ts } from 'ts-morph';
import type { Edit } from '../../model/edit.js';
import type { Range } from '../../model/text.js';
import { hasModifier } from '../read/syntax.js';
import { removeLostNext } from './lost-next.js';
import type { Collected, Rewriter } from './rewriter.js';

/**
 * Takes away what the edits leave without a use: a `next` that a handler hands no error to any more and, in TypeScript,
 * types of the file's own and imported types.
 */
export function removeLostNames(rewriter: Rewriter, collected: () => Collected): ReadonlySet<ts.Node> {
  const { session } = rewriter.notes;
  const { edits, changes } = collected();
  const lost = new Set<ts.Node>();
  const byFile = new Map<string, Edit[]>();
  for (const edit of edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  for (const [path, own] of [...byFile].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = session.files.get(path);
    if (file === undefined || /\.d\.[cm]?ts$/.test(path)) continue;
    const gone = new Map<ts.Node, readonly string[]>();
    removeLostNext(rewriter, file, own, gone, changes);
    if (!/\.[cm]?tsx?$/.test(path)) continue;
    for (const statement of file.statements) {
      if (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement))
        removeType(rewriter, statement, own, gone);
      else if (ts.isImportDeclaration(statement)) removeSpecifiers(rewriter, statement, own, gone);
    }
    for (const node of gone.keys()) lost.add(node);
  }
  return lost;
}

/** The groups whose edits together leave no use of a name; undefined where one stays, or where there never was one. */
export function losersOf(
  rewriter: Rewriter,
  name: ts.Identifier,
  edits: readonly Edit[],
  gone: ReadonlyMap<ts.Node, readonly string[]>,
): readonly string[] | undefined {
  const { session } = rewriter.notes;
  const symbol = session.symbolOf(name);
  if (symbol === undefined || symbol.declarations?.length !== 1) return undefined;
  const uses = session.referencesOf(symbol).filter((use) => use !== name);
  if (uses.length === 0 || edits.some((edit) => isWrittenAnew(edit, name.text))) return undefined;
  const groups = new Set<string>();
  for (const use of uses) {
    const taken = removedWith(use, gone) ?? lostIn(use, edits);
    if (taken === undefined) return undefined;
    for (const group of taken) groups.add(group);
  }
  return [...groups].sort();
}

/** The groups that take away something around a name. */
function removedWith(
  use: ts.Node,
  gone: ReadonlyMap<ts.Node, readonly string[]>,
): readonly string[] | undefined {
  for (let node = use; node !== undefined; node = node.parent) {
    const groups = gone.get(node);
    if (groups !== undefined) return groups;
  }
  return undefined;
}

/** The group whose edit covers a place and keeps it nowhere. */
export function lostIn(use: ts.Node, edits: readonly Edit[]): readonly string[] | undefined {
  const at = { start: use.getStart(), end: use.end };
  const covers = (range: Range): boolean => range.start <= at.start && at.end <= range.end;
  const keeps = (edit: Edit): boolean =>
    edit.pieces.some((piece) => piece.kind === 'keep' && covers(piece.range));
  if (edits.some((edit) => !covers(edit.range) && keeps(edit))) return undefined;
  const loser = edits.find((edit) => covers(edit.range) && !keeps(edit));
  return loser === undefined ? undefined : [loser.group];
}

function isWrittenAnew({ pieces }: Edit, name: string): boolean {
  const word = new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`);
  return pieces.some((piece) =>
    piece.kind === 'text' ? word.test(piece.text) : piece.kind === 'list' && word.test(JSON.stringify(piece)),
  );
}

/** `type Callback = …` that only described a callback. */
function removeType(
  rewriter: Rewriter,
  statement: ts.TypeAliasDeclaration | ts.InterfaceDeclaration,
  edits: readonly Edit[],
  gone: Map<ts.Node, readonly string[]>,
): void {
  if (hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return;
  const range = linesOf(statement);
  // Words about it, or in front of the whole file, are for a person to take away.
  if (range === undefined || edits.some((edit) => isTouched(edit, range))) return;
  const groups = losersOf(rewriter, statement.name, edits, gone);
  if (groups === undefined) return;
  gone.set(statement, groups);
  const change = startChange(rewriter, statement.name, groups, 'async-signature');
  rewriter.edit(change, statement, range, []);
}

/** The lines of a statement and the empty ones in front; undefined where something else stands in them. */
function linesOf(statement: ts.Statement): Range | undefined {
  const { text } = statement.getSourceFile();
  const gap = text.slice(statement.pos, statement.getStart());
  const [behind] = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(statement.end)) ?? [];
  if (gap.trim() !== '' || behind === undefined) return undefined;
  const first = gap.indexOf('\n') + 1;
  if (first === 0 && statement.pos > 0) return undefined;
  return { start: statement.pos + first, end: statement.end + behind.length };
}

/** `import type { MysqlError } from 'mysql'`, where it only described an error that nobody names any more. */
function removeSpecifiers(
  rewriter: Rewriter,
  statement: ts.ImportDeclaration,
  edits: readonly Edit[],
  gone: Map<ts.Node, readonly string[]>,
): void {
  const bindings = statement.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return;
  // Its module may be another one now.
  if (edits.some((edit) => isTouched(edit, { start: bindings.pos, end: bindings.end }))) return;
  const { elements } = bindings;
  const lost = elements.map((element) =>
    isOnlyType(rewriter, element.name) ? losersOf(rewriter, element.name, edits, gone) : undefined,
  );
  const last = lost.reduce<number>((found, groups, index) => (groups === undefined ? index : found), -1);
  if (last === -1 && statement.importClause?.name === undefined) {
    const [first] = elements;
    const range = linesOf(statement);
    if (first === undefined || range === undefined || edits.some((edit) => isTouched(edit, range))) return;
    for (const element of elements) gone.set(element, []);
    const groups = [...new Set(lost.flatMap((one) => one ?? []))].sort();
    const change = startChange(rewriter, first.name, groups, 'import-specifier');
    rewriter.edit(change, statement, range, []);
    return;
  }
  if (last === -1) return;
  elements.forEach((element, index) => {
    const groups = lost[index];
    if (groups === undefined) return;
    const [previous, next] = [elements[index - 1], elements[index + 1]];
    const isBehind = lost.slice(0, index).includes(undefined);
    const range =
      isBehind || next === undefined
        ? { start: previous?.end ?? element.getStart(), end: element.end }
        : { start: element.getStart(), end: next.getStart() };
    gone.set(element, groups);
    const change = startChange(rewriter, element.name, groups, 'import-specifier');
    rewriter.edit(change, element, range, []);
  });
}

/** Nothing but types: an import of them does nothing when it runs. */
function isOnlyType({ notes: { session } }: Rewriter, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  if (symbol === undefined) return false;
  return session.referencesOf(symbol).every((use) => {
    if (use === name) return true;
    let { parent } = use;
    while (ts.isQualifiedName(parent)) parent = parent.parent as ts.QualifiedName;
    return ts.isTypeReferenceNode(parent);
  });
}

export function startChange(
  rewriter: Rewriter,
  name: ts.Identifier,
  groups: readonly string[],
  transform: string,
): string {
  const path = rewriter.notes.session.pathOf(name);
  const group = `cleanup:${path}#${name.text}.${name.getStart()}`;
  rewriter.cleanUp(group, `remove ${name.text}`, groups);
  return rewriter.change({
    group,
    transform,
    node: name,
    title: `${name.text} → nothing`,
    reason: 'nothing in the file uses it any more',
  });
}

function isTouched({ range: own }: Edit, range: Range): boolean {
  return own.start < range.end && range.start < own.end
    ? true
    : own.start === own.end && range.start < own.start && own.start < range.end;
}
