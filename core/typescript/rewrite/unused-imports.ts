import { ts } from 'ts-morph';
import type { Member } from '../../catalog/schema.js';
import { coroutineId } from '../read/coroutine-facts.js';
import { eachStepWithTasks, type Flow, sitesOf } from '../read/flow.js';
import { requiredSpecifier } from '../read/modules.js';
import type { Session } from '../read/session.js';
import { visitAll } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import type { Rewriter } from './rewriter.js';

/** Takes away the import of a library whose every call in a file became statements. */
export function removeUnusedImports(rewriter: Rewriter): void {
  const { session, units } = rewriter.notes;
  /** The groups that take a mention of a library away, by the name that is mentioned. */
  const gone = new Map<ts.Identifier, string>();
  for (const decision of rewriter.plan.decisions) {
    if (decision.kind !== 'convert-unit') continue;
    const unit = units.get(decision.function);
    const made = madeWith(unit);
    const maker = made === undefined ? undefined : rootName(made);
    if (maker !== undefined) gone.set(maker, decision.group);
    if (unit !== undefined)
      for (const name of wrappersGone(rewriter, unit.flow)) gone.set(name, decision.group);
    for (const site of unit === undefined ? [] : sitesOf(unit.flow)) {
      const given = site.reference === undefined ? undefined : site.argument;
      const callee =
        site.callee.kind === 'control'
          ? site.call.expression
          : given !== undefined && ts.isCallExpression(given)
            ? given.expression
            : undefined;
      const name = callee === undefined ? undefined : rootName(callee);
      if (name !== undefined) gone.set(name, decision.group);
    }
  }
  for (const [callee, group] of runnersGone(rewriter)) {
    const name = rootName(callee);
    if (name !== undefined) gone.set(name, group);
  }
  const symbols = new Set([...gone.keys()].flatMap((name) => session.symbolOf(name) ?? []));
  for (const symbol of symbols) removeImport(rewriter, symbol, gone);
}

/** What made the promise that a function settled. */
function madeWith(unit: Unit | undefined): ts.Expression | undefined {
  if (unit?.completion?.kind === 'deferred') return unit.completion.made.expression;
  return unit?.completion?.kind === 'promise' ? unit.completion.construct.expression : undefined;
}

/** The callees that ran generators, by the group that takes them away. */
function runnersGone({ notes, plan }: Rewriter): [ts.Expression, string][] {
  const groups = new Map(
    plan.decisions.flatMap((one) => (one.kind === 'convert-call' ? [[one.call, one.group] as const] : [])),
  );
  return [...notes.coroutines.all.values()].flatMap(({ node, uses }) => {
    const group = groups.get(coroutineId(notes.ids.of(node)));
    if (group === undefined) return [];
    return uses.flatMap((use): [ts.Expression, string][] =>
      use.kind === 'awaited' ? [] : [[use.call.expression, group]],
    );
  });
}

/** Names of functions that only looked after a callback, in statements that are not written. */
function wrappersGone({ notes }: Rewriter, flow: Flow): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const collect = (item: ts.Node): void =>
    visitAll(item, (node) => {
      const isWrapper =
        ts.isCallExpression(node) &&
        notes.values
          .of(node.expression)
          .some((value) => value.kind === 'member' && isOfCallback(value.member));
      const name = isWrapper ? rootName(node.expression) : undefined;
      if (name !== undefined) found.push(name);
    });
  eachStepWithTasks(flow, (step) => {
    if (step.kind === 'needless') collect(step.item);
    if (step.kind === 'await' && step.error.kind === 'propagates')
      for (const { kind, item } of step.error.flow.steps)
        if (kind === 'plain' && ts.isIfStatement(item)) collect(item.expression);
  });
  return found;
}

function isOfCallback({ kind }: Member): boolean {
  return kind === 'once' || kind === 'error-test';
}

function rootName(callee: ts.Expression): ts.Identifier | undefined {
  if (ts.isIdentifier(callee)) return callee;
  return ts.isPropertyAccessExpression(callee) ? rootName(callee.expression) : undefined;
}

function removeImport(rewriter: Rewriter, symbol: ts.Symbol, gone: ReadonlyMap<ts.Identifier, string>): void {
  const { session } = rewriter.notes;
  const [declaration, more] = symbol.declarations ?? [];
  if (declaration === undefined || more !== undefined) return;
  const place = importOf(session, declaration);
  if (place === undefined) return;
  const groups = new Set<string>();
  for (const name of session.referencesOf(symbol)) {
    if (name.parent === declaration) continue;
    const group = gone.get(name);
    if (group === undefined) return;
    groups.add(group);
  }
  const file = declaration.getSourceFile();
  const group = `cleanup:${session.pathOf(file)}#${symbol.name}`;
  rewriter.cleanUp(group, `remove the import of ${symbol.name}`, [...groups]);
  const change = rewriter.change({
    group,
    transform: 'import-specifier',
    node: declaration,
    title: `${symbol.name} → nothing`,
    reason: 'nothing in the file uses it any more',
  });
  rewriter.edit(change, file, rangeWithout(file, place), []);
}

/** What to remove: a statement that imports nothing else, or one of several variables. */
function importOf(session: Session, declaration: ts.Declaration): ts.Node | undefined {
  if (ts.isVariableDeclaration(declaration)) {
    const { initializer } = declaration;
    if (initializer === undefined || !ts.isIdentifier(declaration.name)) return undefined;
    if (requiredSpecifier(session, initializer) === undefined) return undefined;
    const list = declaration.parent;
    if (!ts.isVariableDeclarationList(list) || !ts.isVariableStatement(list.parent)) return undefined;
    return list.declarations.length === 1 ? list.parent : declaration;
  }
  const clause = ts.isImportClause(declaration)
    ? declaration
    : ts.isNamespaceImport(declaration)
      ? declaration.parent
      : undefined;
  if (clause === undefined || !ts.isImportDeclaration(clause.parent)) return undefined;
  const isOnly = ts.isImportClause(declaration)
    ? clause.namedBindings === undefined
    : clause.name === undefined;
  return isOnly ? clause.parent : undefined;
}

/** A statement with its line, or a variable with the comma that belongs to it. */
function rangeWithout(file: ts.SourceFile, place: ts.Node): { start: number; end: number } {
  const { text } = file;
  if (ts.isVariableDeclaration(place)) {
    const { declarations } = place.parent as ts.VariableDeclarationList;
    const index = declarations.indexOf(place);
    const next = declarations[index + 1];
    const previous = declarations[index - 1];
    if (previous !== undefined) return { start: previous.end, end: place.end };
    return { start: place.getStart(), end: next?.getStart() ?? place.end };
  }
  const start = place.getStart();
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', place.end);
  const isAlone =
    text.slice(lineStart, start).trim() === '' &&
    text.slice(place.end, lineEnd === -1 ? text.length : lineEnd).trim() === '';
  if (!isAlone) return { start, end: place.end };
  // New imports may follow it: its own line break stays with them.
  if (lineStart > 0) {
    const isWindows = text[lineStart - 2] === '\r';
    return { start: lineStart - (isWindows ? 2 : 1), end: place.end };
  }
  // In the first line of a file new ones stand behind its line break.
  return { start: lineStart, end: lineEnd === -1 ? text.length : lineEnd + 1 };
}
