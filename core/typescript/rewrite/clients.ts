import { ts } from 'ts-morph';
import { findLibrary } from '../../catalog/index.js';
import type { Library, Replacement } from '../../catalog/schema.js';
import type { Decision } from '../../model/plan.js';
import { isAddress } from '../read/address.js';
import { isReaction } from '../read/chain.js';
import { createsClient, importsOf } from '../read/clients.js';
import { enclosingFunction, isAsync, outermost, rangeOf, unwrap } from '../read/syntax.js';
import { replaceDependency } from './manifest.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

type Switch = Extract<Decision, { kind: 'switch-client' }>;

/** Puts one driver in another's place: imports, options, package.json. */
export function switchClient(rewriter: Rewriter, decision: Switch): void {
  const library = findLibrary(decision.client.replace(/^client:/, ''));
  const replacement = library?.replacement;
  if (library === undefined || replacement === undefined) return;
  const module =
    decision.form === 'promise'
      ? replacement.promiseModule
      : (replacement.callbackModule ?? replacement.promiseModule);
  for (const node of importsOf(rewriter.notes.session, library))
    renameImport(rewriter, decision.group, node, module, library, replacement);
  if (library.module !== replacement.package) {
    addOptions(rewriter, decision.group, library, replacement);
    replaceDependency(rewriter, decision.group, library.module, replacement);
    removeDeclarations(rewriter, decision.group, library.module);
    if (replacement.refusesToBeAwaited === true) keepFromPromises(rewriter, decision.group, library);
    for (const sentence of replacement.differs)
      rewriter.followUp(`${library.module} → ${replacement.package}: ${sentence}`);
  }
}

/** `return pool.query(…)` in a reaction or an async function: what a call that stays returns must not become its value. */
function keepFromPromises(rewriter: Rewriter, group: string, library: Library): void {
  const { candidates, ids } = rewriter.notes;
  const converted = new Set(
    rewriter.plan.decisions.flatMap((other) =>
      other.kind === 'convert-unit' ? other.calls : 'call' in other ? [other.call] : [],
    ),
  );
  for (const [call, candidate] of candidates.calls) {
    if (candidate.kind !== 'callback' || candidate.library !== library || converted.has(ids.of(call)))
      continue;
    const outer = ts.isCallExpression(call) ? outermost(call) : undefined;
    const owner = enclosingFunction(call);
    if (outer === undefined || owner === undefined || !(isAsync(owner) || isReaction(owner))) continue;
    const isArrow = ts.isArrowFunction(outer.parent) && outer.parent.body === outer;
    if (!isArrow && !ts.isReturnStatement(outer.parent)) continue;
    const change = rewriter.change({
      group,
      transform: 'import-specifier',
      node: call,
      title: `void ${call.expression.getText()}(…)`,
      reason: 'a promise would wait for what the new driver returns, which refuses that',
    });
    const start = outer.getStart();
    rewriter.edit(change, call, { start, end: start }, [text('void ')]);
  }
}

function renameImport(
  rewriter: Rewriter,
  group: string,
  node: ts.Node,
  module: string,
  library: Library,
  replacement: Replacement,
): void {
  const specifier = specifierOf(node);
  if (specifier === undefined || specifier.text === module) return;
  const change = rewriter.change({
    group,
    transform: 'import-specifier',
    node,
    title: `${specifier.text} → ${module}`,
    reason: `${library.module} has no promise form`,
  });
  rewriter.edit(change, specifier, { start: specifier.getStart() + 1, end: specifier.end - 1 }, [
    text(module),
  ]);
  if (replacement.selfBecomes !== undefined) bindMember(rewriter, change, node, replacement.selfBecomes);
}

function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  const expression = ts.isImportDeclaration(node)
    ? node.moduleSpecifier
    : ts.isCallExpression(node)
      ? node.arguments[0]
      : undefined;
  return expression !== undefined && ts.isStringLiteralLike(expression) ? expression : undefined;
}

/** `import Client from 'pg-native'` → `import { Client } from 'pg'`. */
function bindMember(rewriter: Rewriter, change: string, node: ts.Node, member: string): void {
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause;
    if (clause?.name === undefined || clause.namedBindings !== undefined) return;
    const { name } = clause;
    rewriter.edit(change, name, rangeOf(name), [
      text(name.text === member ? `{ ${member} }` : `{ ${member} as ${name.text} }`),
    ]);
    return;
  }
  const declaration = node.parent;
  if (ts.isVariableDeclaration(declaration) && ts.isIdentifier(declaration.name)) {
    const { name } = declaration;
    rewriter.edit(change, name, rangeOf(name), [
      text(name.text === member ? `{ ${member} }` : `{ ${member}: ${name.text} }`),
    ]);
    return;
  }
  rewriter.edit(change, node, { start: node.end, end: node.end }, [text(`.${member}`)]);
}

/** Adds the options that keep the old driver's behavior to the calls that create clients. */
function addOptions(rewriter: Rewriter, group: string, library: Library, replacement: Replacement): void {
  const entries = Object.entries(replacement.options);
  if (entries.length === 0) return;
  const { session, values } = rewriter.notes;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      if (createsClient(values, library, node))
        addOptionsTo(rewriter, group, node, { entries, address: replacement.addressOption });
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
}

function addOptionsTo(
  rewriter: Rewriter,
  group: string,
  call: ts.CallExpression,
  { entries, address }: { entries: readonly [string, boolean][]; address: string | undefined },
): void {
  const [argument] = call.arguments;
  if (argument === undefined) return;
  const options = unwrap(argument);
  const isAlone = address !== undefined && isAddress(options);
  if (
    !ts.isObjectLiteralExpression(options) &&
    !isAlone &&
    !rewriter.notes.values.of(options).some((v) => v.kind === 'object')
  )
    return;
  const { newline } = rewriter.styleOf(call);
  const change = rewriter.change({
    group,
    transform: 'import-specifier',
    node: call,
    title: entries.map(([key]) => key).join(', '),
    reason: 'the option keeps what the old driver did',
  });
  const present = ts.isObjectLiteralExpression(options)
    ? options.properties.map((p) => p.name?.getText())
    : [];
  const missing = entries.filter(([key]) => !present.includes(key));
  if (missing.length === 0) return;
  const line = missing.map(([key, value]) => `${key}: ${String(value)}`);
  if (!ts.isObjectLiteralExpression(options)) {
    rewriter.edit(change, argument, { start: argument.getStart(), end: argument.getStart() }, [
      text(isAlone ? `{ ${address}: ` : '{ ...'),
    ]);
    rewriter.edit(change, argument, { start: argument.end, end: argument.end }, [
      text(`, ${line.join(', ')} }`),
    ]);
    return;
  }
  const last = options.properties[options.properties.length - 1];
  if (last === undefined) {
    rewriter.edit(change, options, rangeOf(options), [text(`{ ${line.join(', ')} }`)]);
    return;
  }
  const source = options.getSourceFile().text;
  const isMultiline = source.slice(options.getStart(), last.getStart()).includes('\n');
  const indent = isMultiline ? (/[ \t]*$/.exec(source.slice(0, last.getStart()))?.[0] ?? '') : '';
  const separator = isMultiline ? newline + indent : ' ';
  const added = line.map((entry) => `${separator}${entry}`).join(',');
  const { hasTrailingComma } = options.properties;
  const at = hasTrailingComma === true ? options.properties.end : last.end;
  rewriter.edit(change, options, { start: at, end: at }, [
    text(hasTrailingComma === true ? `${added},` : `,${added}`),
  ]);
}

/** An ambient file that declares nothing but the module that leaves goes with it. */
function removeDeclarations(rewriter: Rewriter, group: string, module: string): void {
  const { session } = rewriter.notes;
  const files = [...session.project.manifests, ...session.project.sources].filter(([path]) =>
    /\.d\.[cm]?ts$/.test(path),
  );
  for (const [path, source] of files) {
    const { statements } = ts.createSourceFile(path, source, ts.ScriptTarget.ESNext);
    const declared = statements.map((s) =>
      ts.isModuleDeclaration(s) && ts.isStringLiteral(s.name) ? s.name.text : null,
    );
    if (!declared.includes(module)) continue;
    if (declared.some((name) => name !== module)) {
      rewriter.followUp(`${path}: the declaration of ${module} serves nobody any more`);
      continue;
    }
    const [anchor] = session.files.values();
    if (anchor === undefined) return;
    const change = rewriter.change({
      group,
      transform: 'import-specifier',
      node: anchor,
      title: `delete ${path}`,
      reason: 'it declares only the module that leaves',
    });
    rewriter.remove(change, path);
  }
}
