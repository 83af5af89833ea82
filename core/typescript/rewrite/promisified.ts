import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { enclosingFunction, rangeOf, unwrap, visitAll } from '../read/syntax.js';
import { bindingOfModule, bindingOfObject, existingName, usesNodePrefix } from './existing-imports.js';
import { placeBehind, releaseImport } from './import-changes.js';
import {
  claimName,
  type Imported,
  importMember,
  isImport,
  keywordOf,
  lastImport,
  specifierOf,
  tableOf,
} from './imports.js';
import { keep, text } from './pieces.js';
import { renamesOf } from './renames.js';
import type { Rewriter } from './rewriter.js';
import { importModule } from './whole-module.js';

/** The callback function of which a call needs the promise form. */
export interface Promisified {
  readonly call: ts.CallExpression;
  /** True for a method, which needs its object as `this`. */
  readonly isMethod: boolean;
  /** The method is looked up at every call: nothing is known of when its object gets it. */
  readonly atEachCall?: boolean;
  /** The name of the callback function, where the call is its blocking twin; empty for the object itself. */
  readonly member: string | undefined;
  readonly group: string;
}

/** How the promise form is called: the callee, and what stands in front of the arguments. */
export interface PromisifiedCallee {
  readonly callee: readonly Piece[];
  readonly leading: readonly Piece[];
}

/**
 * The callee of a call whose promise form is `util.promisify` of a callback function: a name that is declared once for
 * the file where the function is at hand when the module is loaded, else `promisify(…)` in place. Undefined where the
 * function cannot be named a second time.
 */
export function promisifiedCallee(rewriter: Rewriter, wanted: Promisified): PromisifiedCallee | undefined {
  const { call, isMethod, member } = wanted;
  const callee = unwrap(call.expression);
  if (ts.isIdentifier(callee)) return ofImportedFunction(rewriter, wanted, callee);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const file = call.getSourceFile();
  const receiver = callee.expression;
  const name = member ?? callee.name.text;
  const source = name === '' ? receiver.getText() : `${receiver.getText()}.${name}`;
  const home = homeOf(rewriter, wanted, receiver);
  if (home !== undefined) {
    const bound = isMethod ? `.bind(${receiver.getText()})` : '';
    return {
      callee: [
        text(declaredName(rewriter, wanted, { source, bound, home, name: name || receiver.getText() })),
      ],
      leading: [],
    };
  }
  const { name: promisify } = promisifyOf(rewriter, call, wanted.group);
  const opening = [
    text(`${promisify}(`),
    keep(file, rangeOf(receiver)),
    text(name === '' ? ')' : `.${name})`),
  ];
  if (!isMethod) return { callee: opening, leading: [] };
  const again = secondMention(rewriter, receiver);
  return again === undefined ? undefined : { callee: [...opening, text('.call')], leading: [text(again)] };
}

/** The statement behind which the promise form can be declared once for the file. */
function homeOf(rewriter: Rewriter, wanted: Promisified, receiver: ts.Expression): ts.Statement | undefined {
  if (!wanted.isMethod) return bindingOfModule(rewriter, receiver);
  if (wanted.atEachCall === true) return undefined;
  return bindingOfObject(rewriter, receiver) ?? bindingOfModule(rewriter, receiver);
}

/** `execFile(…)` of `const { execFile } = require('child_process')`. */
function ofImportedFunction(
  rewriter: Rewriter,
  wanted: Promisified,
  callee: ts.Identifier,
): PromisifiedCallee | undefined {
  const { call, member, group } = wanted;
  const home = bindingOfModule(rewriter, callee);
  if (wanted.isMethod) return undefined;
  if (home === undefined) {
    if (member !== undefined) return undefined;
    const { name } = promisifyOf(rewriter, call, group);
    return {
      callee: [text(`${name}(`), keep(call.getSourceFile(), rangeOf(callee)), text(')')],
      leading: [],
    };
  }
  const isTwin = member !== undefined && member !== callee.text;
  const twin = isTwin ? importTwin(rewriter, callee, member, group) : undefined;
  if (isTwin && twin === undefined) return undefined;
  const source = twin?.name ?? callee.text;
  const name = declaredName(rewriter, wanted, { source, bound: '', home, name: source, twin });
  return { callee: [text(name)], leading: [] };
}

/** The function that calls back, beside the blocking one: a member of the module, or the module itself. */
function importTwin(
  rewriter: Rewriter,
  callee: ts.Identifier,
  member: string,
  group: string,
): Imported | undefined {
  if (member === '') return importModule(rewriter, callee, group);
  const specifier = specifierOf(rewriter, callee);
  releaseImport(rewriter, callee, group);
  return importMember(rewriter, callee.getSourceFile(), { specifier, member, group, use: callee });
}

interface Declared {
  readonly source: string;
  readonly bound: string;
  readonly name: string;
  /** The statement that has to run before. */
  readonly home: ts.Statement;
  readonly twin?: Imported | undefined;
}

const declared = new WeakMap<Rewriter, Map<string, { name: string; support: string | null }>>();

/** `const execAsync = promisify(exec)`, once per file. */
function declaredName(rewriter: Rewriter, wanted: Promisified, spec: Declared): string {
  const { call, group } = wanted;
  const file = call.getSourceFile();
  const path = rewriter.notes.session.pathOf(file);
  const key = `${path}#${spec.bound === '' ? functionKey(rewriter, call, spec) : spec.source}`;
  const table = tableOf(declared, rewriter);
  let entry = table.get(key);
  if (entry === undefined) {
    const existing = existingPromise(file, `${spec.source})${spec.bound}`);
    entry = existing === undefined ? declare(rewriter, wanted, spec) : { name: existing, support: null };
    table.set(key, entry);
  }
  if (entry.support !== null) rewriter.require(group, entry.support, `the promise form of ${spec.source}`);
  return entry.name;
}

/** One function under two names (`exec` and `child_process.exec`) gets one promise form. */
function functionKey(rewriter: Rewriter, call: ts.CallExpression, spec: Declared): string {
  const callee = unwrap(call.expression);
  const root = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : callee;
  return `${specifierOf(rewriter, root)}.${spec.name}`;
}

function declare(rewriter: Rewriter, wanted: Promisified, spec: Declared): { name: string; support: string } {
  const file = wanted.call.getSourceFile();
  const support = `promisify:${rewriter.notes.session.pathOf(file)}#${spec.source}`;
  const promisify = promisifyOf(rewriter, wanted.call, support);
  const twin = spec.twin?.support ?? null;
  if (twin !== null) rewriter.require(support, twin, `import ${spec.source}`);
  const base = spec.name.replace(/^.*\./, '');
  const owner = /^(\w+)\./.exec(spec.source)?.[1];
  const longer =
    owner === undefined ? [] : [`${owner}${base.slice(0, 1).toUpperCase()}${base.slice(1)}Async`];
  const name = claimName(rewriter, file, [`${base}Async`, ...longer, `${base}Promise`]);
  const { newline, semicolon } = rewriter.styleOf(file);
  const place = [spec.home, promisify.home, lastImport(rewriter, file)].reduce((a, b) =>
    b !== undefined && (a === undefined || b.end > a.end) ? b : a,
  );
  const line = `${keywordOf(place)} ${name} = ${promisify.name}(${spec.source})${spec.bound}${semicolon}`;
  const node = place ?? spec.home;
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node,
    title: line,
    reason: 'the function has no promise form of its own; `util.promisify` gives it one',
  });
  const { offset, before, after, rank } = placeBehind(node, newline);
  const gap = isFirstBehindImports(rewriter, node, offset) ? newline : '';
  rewriter.insert(change, node, offset, rank, `${before}${gap}${line}${after}`);
  return { name, support };
}

const begun = new WeakMap<Rewriter, Set<ts.Statement>>();

/** The first line behind the block of imports: it stands apart from them where what follows does. */
function isFirstBehindImports(rewriter: Rewriter, statement: ts.Statement, offset: number): boolean {
  let seen = begun.get(rewriter);
  if (seen === undefined) {
    seen = new Set();
    begun.set(rewriter, seen);
  }
  if (seen.has(statement) || !isImport(rewriter, statement)) return false;
  seen.add(statement);
  const behind = statement.getSourceFile().text.slice(offset);
  return (statement.getStart() === 0 ? /^[ \t]*\r?\n/ : /^[ \t]*\r?\n[ \t]*\r?\n/).test(behind);
}

/** The name of `const name = promisify(source)` that a file already has. */
function existingPromise(file: ts.SourceFile, rest: string): string | undefined {
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isIdentifier(name) || !isDeclaredOnce(file, name.text)) continue;
      const written = initializer.getText().replace(/\s+/g, '');
      if (/^(?:\w+\.)?promisify\(/.test(written) && written.replace(/^[^(]*\(/, '') === rest)
        return name.text;
    }
  }
  return undefined;
}

export function isDeclaredOnce(file: ts.SourceFile, name: string): boolean {
  let count = 0;
  visitAll(file, (node) => {
    if (!ts.isIdentifier(node) || node.text !== name) return;
    const { parent } = node;
    const isNamed =
      ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionLike(parent) ||
      ts.isClassLike(parent) ||
      ts.isImportClause(parent) ||
      ts.isImportSpecifier(parent) ||
      ts.isNamespaceImport(parent);
    if (isNamed && parent.name === node) count++;
  });
  return count === 1;
}

export function promisifyName(rewriter: Rewriter, call: ts.CallExpression, group: string): string {
  return promisifyOf(rewriter, call, group).name;
}

/** How a file names `util.promisify`: as it does already, else by a new import. */
function promisifyOf(
  rewriter: Rewriter,
  call: ts.CallExpression,
  group: string,
): { readonly name: string; readonly home: ts.Statement | undefined } {
  const file = call.getSourceFile();
  const known = existingName(rewriter, file, 'util', 'promisify');
  if (known !== undefined) return known;
  const specifier = usesNodePrefix(rewriter, file) ? 'node:util' : 'util';
  const wanted = { specifier, member: 'promisify', otherwise: 'utilPromisify', group };
  return { name: importMember(rewriter, file, wanted).name, home: undefined };
}

/** The text that names an object once more; undefined where that would run something twice. */
function secondMention(rewriter: Rewriter, receiver: ts.Expression): string | undefined {
  const node = unwrap(receiver);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return 'this';
  if (ts.isPropertyAccessExpression(node)) {
    const owner = secondMention(rewriter, node.expression);
    return owner === undefined ? undefined : `${owner}.${node.name.text}`;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const symbol = rewriter.notes.session.symbolOf(node);
  if (symbol === undefined) return node.text;
  for (let fn = enclosingFunction(node); fn !== undefined; fn = enclosingFunction(fn)) {
    const renamed = renamesOf(rewriter, fn).get(symbol);
    if (renamed !== undefined) return renamed;
  }
  return node.text;
}
