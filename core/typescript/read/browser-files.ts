import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { findFramework, findLibrary } from '../../catalog/index.js';
import { runsInPages } from '../../catalog/names.js';
import { injectedNames } from '../../catalog/promise-methods.js';
import { loadedSpecifier } from './modules.js';
import { isMemberName, type Session } from './session.js';
import { someNode } from './syntax.js';

/** Names that only Node knows, or only what loads modules. */
const nodeGlobals: ReadonlySet<string> = new Set([
  'require',
  'module',
  'exports',
  'process',
  'global',
  'Buffer',
  '__dirname',
  '__filename',
]);

/** Names that only a page knows. */
const pageGlobals: ReadonlySet<string> = new Set([
  'window',
  'document',
  'localStorage',
  'sessionStorage',
  'angular',
  'jQuery',
  '$',
]);

const known = new WeakMap<ts.SourceFile, boolean>();

/**
 * The code runs in a page: it is no module of any kind, or it speaks of the page and loads nothing of Node's. What only
 * Node has must not be written there.
 */
export function runsInBrowser(session: Session, file: ts.SourceFile): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  const found =
    isInjected(file) ||
    !isLoaded(session, file) ||
    (hasGlobal(session, file, pageGlobals) && !loadsNode(session, file));
  known.set(file, found);
  return found;
}

const injected = new WeakMap<ts.SourceFile, boolean>();

/** Some function of the file gets what AngularJS injects. */
export function isInjected(file: ts.SourceFile): boolean {
  const before = injected.get(file);
  if (before !== undefined) return before;
  const found = someNode(
    file,
    (node) => ts.isParameter(node) && ts.isIdentifier(node.name) && injectedNames.has(node.name.text),
  );
  injected.set(file, found);
  return found;
}

/** A module of either kind, or a script that Node runs. */
function isLoaded(session: Session, file: ts.SourceFile): boolean {
  return (
    ts.isExternalModule(file) ||
    file.statements.some((s) => ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) ||
    /\.[cm][jt]s$/.test(file.fileName) ||
    hasGlobal(session, file, nodeGlobals)
  );
}

/** A name of the list that nothing in the project declares; the binder declares `module` and `exports` of a file. */
function hasGlobal(session: Session, file: ts.SourceFile, names: ReadonlySet<string>): boolean {
  return someNode(file, (node) => {
    if (!ts.isIdentifier(node) || !names.has(node.text) || isMemberName(node)) return false;
    const [declaration] = session.symbolOf(node)?.declarations ?? [];
    return (
      declaration === undefined || !(ts.isParameter(declaration) || ts.isVariableDeclaration(declaration))
    );
  });
}

/** A module of Node, or a library or framework of the catalog that is for Node only. */
function loadsNode(session: Session, file: ts.SourceFile): boolean {
  return someNode(file, (node) => {
    const name = loadedSpecifier(session, node);
    return (
      name !== undefined &&
      !runsInPages(name) &&
      (isBuiltin(name) || findLibrary(name) !== undefined || findFramework(name) !== undefined)
    );
  });
}
