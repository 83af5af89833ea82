import { ts } from 'ts-morph';
import { compilerSettings } from '../read/compiler-settings.js';
import { moduleMember } from '../read/module-members.js';
import { releaseImport, takesOverName, wantImport } from './import-changes.js';
import { claimName, type Imported, importStyleOf, isImport, tableOf } from './imports.js';
import { isDeclaredOnce } from './promisified.js';
import type { Rewriter } from './rewriter.js';

const imported = new WeakMap<Rewriter, Map<string, Imported>>();

/** The module of which a file has only a function, as in `const globSync = require('fast-glob').sync`. */
export function importModule(rewriter: Rewriter, callee: ts.Identifier, group: string): Imported | undefined {
  const { session, values } = rewriter.notes;
  const file = callee.getSourceFile();
  const member = moduleMember(values, callee);
  if (member === undefined || member.member === null) return undefined;
  if (!isLoadedWithTheFile(session.symbolOf(callee)?.declarations?.[0])) return undefined;
  const { module } = member;
  const key = `import:${session.pathOf(file)}#${module}`;
  const names = tableOf(imported, rewriter);
  let entry = names.get(key);
  if (entry === undefined) {
    const existing = existingName(rewriter, file, module);
    if (existing === undefined && !canImport(rewriter, file)) return undefined;
    const instead = session.symbolOf(callee)?.declarations?.[0];
    entry =
      existing === undefined
        ? { name: chosenName(rewriter, callee, module), support: key }
        : { name: existing, support: null };
    names.set(key, entry);
    if (entry.support !== null)
      wantImport(rewriter, file, module, { member: null, name: entry.name, support: key, instead });
  }
  releaseImport(rewriter, callee, group);
  if (entry.support !== null) rewriter.require(group, entry.support, `import ${entry.name}`);
  return entry;
}

/** The name under which a file has the whole of a module. */
function existingName(rewriter: Rewriter, file: ts.SourceFile, module: string): string | undefined {
  for (const statement of file.statements) {
    if (!isImport(rewriter, statement)) continue;
    const names = ts.isImportDeclaration(statement)
      ? [statement.importClause?.isTypeOnly === true ? undefined : statement.importClause?.name]
      : ts.isImportEqualsDeclaration(statement)
        ? [statement.name]
        : ts.isVariableStatement(statement)
          ? statement.declarationList.declarations.map(({ name }) => name)
          : [];
    for (const name of names) {
      if (name === undefined || !ts.isIdentifier(name) || !isDeclaredOnce(file, name.text)) continue;
      const found = moduleMember(rewriter.notes.values, name);
      if (found?.module === module && found.member === null) return name.text;
    }
  }
  return undefined;
}

/** TypeScript that compiles to CommonJS reads a default import from `default`, unless it is told otherwise. */
function canImport(rewriter: Rewriter, file: ts.SourceFile): boolean {
  const { session } = rewriter.notes;
  const path = session.pathOf(file);
  if (!/\.[cm]?tsx?$/.test(path) || !importStyleOf(rewriter, file).isEsm) return true;
  return compilerSettings(session.project, path).importsWhole;
}

/** `globSync` → `glob`; the name of the function where every use of it converts; else that of the package. */
function chosenName(rewriter: Rewriter, callee: ts.Identifier, module: string): string {
  const own = callee.text.replace(/Sync/, '');
  const isOwn = own === callee.text || own === '';
  const base = module.replace(/^.*\//, '').replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (own === callee.text && own !== 'sync' && takesOverName(rewriter, callee)) return own;
  const names = isOwn ? [base] : [own, base];
  return claimName(rewriter, callee.getSourceFile(), [...names, `${base}Async`]);
}

/** What a function loads for itself may not be there when the file is loaded. */
function isLoadedWithTheFile(declaration: ts.Node | undefined): boolean {
  let node = declaration;
  while (node !== undefined && !ts.isStatement(node)) node = node.parent;
  return node !== undefined && ts.isSourceFile(node.parent);
}
