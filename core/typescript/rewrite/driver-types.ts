import { ts } from 'ts-morph';
import { findLibrary } from '../../catalog/index.js';
import type { Edit } from '../../model/edit.js';
import { importsOf } from '../read/clients.js';
import { rangeOf } from '../read/syntax.js';
import { lostIn } from './lost-names.js';
import { text } from './pieces.js';
import type { Collected, Rewriter } from './rewriter.js';

/**
 * Types of a driver that another one calls by other names keep theirs in the code: `QueryError as MysqlError`.
 *
 * @param lost nodes that go away
 */
export function renameDriverTypes(
  rewriter: Rewriter,
  lost: ReadonlySet<ts.Node>,
  collected: () => Collected,
): void {
  for (const decision of rewriter.plan.decisions) {
    if (decision.kind !== 'switch-client') continue;
    const library = findLibrary(decision.client.replace(/^client:/, ''));
    const names = library?.replacement?.typeNames;
    if (library === undefined || names === undefined) continue;
    for (const node of importsOf(rewriter.notes.session, library)) {
      const clause = ts.isImportDeclaration(node) ? node.importClause : undefined;
      const bindings = clause?.namedBindings;
      if (bindings !== undefined && ts.isNamedImports(bindings))
        for (const element of bindings.elements)
          if (!lost.has(element)) renameElement(rewriter, decision.group, element, names);
      const whole =
        clause?.name ??
        (bindings !== undefined && ts.isNamespaceImport(bindings) ? bindings.name : undefined);
      if (whole !== undefined) renameMembers(rewriter, decision.group, whole, names, collected().edits);
    }
  }
}

function renameElement(
  rewriter: Rewriter,
  group: string,
  element: ts.ImportSpecifier,
  names: Readonly<Record<string, string>>,
): void {
  const old = element.propertyName ?? element.name;
  if (!ts.isIdentifier(old)) return;
  const name = Object.hasOwn(names, old.text) ? names[old.text] : undefined;
  if (name === undefined) return;
  const alias = element.propertyName === undefined ? ` as ${old.text}` : '';
  const change = startChange(rewriter, group, old, name);
  rewriter.edit(change, old, rangeOf(old), [text(name + alias)]);
}

/** `mysql.MysqlError` → `mysql.QueryError`. */
function renameMembers(
  rewriter: Rewriter,
  group: string,
  whole: ts.Identifier,
  names: Readonly<Record<string, string>>,
  edits: readonly Edit[],
): void {
  const { session } = rewriter.notes;
  const path = session.pathOf(whole);
  const own = edits.filter(({ file }) => file === path);
  const symbol = session.symbolOf(whole);
  for (const use of symbol === undefined ? [] : session.referencesOf(symbol)) {
    const { parent } = use;
    if (!ts.isQualifiedName(parent) || parent.left !== use || lostIn(use, own) !== undefined) continue;
    const { right } = parent;
    const name = Object.hasOwn(names, right.text) ? names[right.text] : undefined;
    if (name === undefined) continue;
    const change = startChange(rewriter, group, right, name);
    rewriter.edit(change, right, rangeOf(right), [text(name)]);
  }
}

function startChange(rewriter: Rewriter, group: string, node: ts.Identifier, name: string): string {
  return rewriter.change({
    group,
    transform: 'import-specifier',
    node,
    title: `${node.text} → ${name}`,
    reason: 'the new driver calls the type by another name',
  });
}
