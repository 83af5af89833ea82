import { ts } from 'ts-morph';
import type { Library } from '../../catalog/schema.js';
import type { Piece } from '../../model/edit.js';
import { isMemberName, type Session } from '../read/session.js';
import { rangeOf, someNode, unwrap, visitAll } from '../read/syntax.js';
import { placeBehind } from './import-changes.js';
import { isImport, keywordOf, lastImport } from './imports.js';
import { fullRange, keep, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/**
 * The callee of a converted call on a client in its mixed form: through the promise view of the object. Undefined where
 * the object answers with promises itself.
 */
export function promiseView(
  rewriter: Rewriter,
  call: ts.CallExpression,
  library: Library,
  group: string,
): Piece[] | undefined {
  const decision = rewriter.plan.decisions.find(
    (d) => d.kind === 'switch-client' && d.client === `client:${library.module}`,
  );
  const method = unwrap(call.expression);
  const view = library.replacement?.promiseView;
  if (decision?.kind !== 'switch-client' || view === undefined || !ts.isPropertyAccessExpression(method))
    return undefined;
  const receiver = method.expression;
  if (isAwaitedResource(rewriter, receiver)) return undefined;
  const isPromiseForm = decision.form === 'promise' && isInstanceOfPromiseForm(rewriter, receiver, library);
  if (isPromiseForm) return undefined;
  const file = call.getSourceFile();
  const statement = ts.isIdentifier(receiver) ? bindingStatement(rewriter, receiver) : undefined;
  if (statement === undefined || !ts.isIdentifier(receiver)) {
    return [keep(file, rangeOf(receiver)), text(`.${view}().${method.name.text}`)];
  }
  const name = viewOf(rewriter, receiver, statement, view, group);
  return [text(`${name}.${method.name.text}`)];
}

function isInstanceOfPromiseForm(rewriter: Rewriter, receiver: ts.Expression, library: Library): boolean {
  const forms = library.replacement?.promiseFormOf ?? [];
  return rewriter.notes.values.of(receiver).every((v) => v.kind === 'object-of' && forms.includes(v.type));
}

/** The result of an acquire that is awaited now. */
function isAwaitedResource(rewriter: Rewriter, receiver: ts.Expression): boolean {
  const node = unwrap(receiver);
  if (!ts.isIdentifier(node)) return false;
  const declaration = rewriter.notes.session.symbolOf(node)?.declarations?.[0];
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  const converted = new Set(
    rewriter.plan.decisions.flatMap((d) => (d.kind === 'convert-unit' ? [d.function] : [])),
  );
  return [...rewriter.notes.regions].some(
    ([id, regions]) =>
      converted.has(id) && regions.some((r) => r.resource === rewriter.notes.session.symbolOf(node)),
  );
}

/** The statement at the top of the file that binds a name to a value at once. */
function bindingStatement(rewriter: Rewriter, name: ts.Identifier): ts.Statement | undefined {
  const symbol = rewriter.notes.session.symbolOf(name);
  // A client that is made anew needs its view anew.
  if (isReassigned(rewriter, symbol)) return undefined;
  const declaration = symbol?.declarations?.[0];
  for (let node: ts.Node | undefined = declaration; node !== undefined; node = node.parent) {
    if (ts.isVariableDeclaration(node) && node.initializer === undefined) return undefined;
    if (ts.isParameter(node)) return undefined;
    if (ts.isStatement(node)) return ts.isSourceFile(node.parent) ? node : undefined;
  }
  return undefined;
}

function isReassigned(rewriter: Rewriter, symbol: ts.Symbol | undefined): boolean {
  return symbol !== undefined && rewriter.notes.values.assignments.variables.has(symbol);
}

const views = new WeakMap<Rewriter, Map<ts.Symbol, { name: string; support: string }>>();

function viewOf(
  rewriter: Rewriter,
  receiver: ts.Identifier,
  statement: ts.Statement,
  view: string,
  group: string,
): string {
  const symbol = rewriter.notes.session.symbolOf(receiver);
  if (symbol === undefined) return receiver.text;
  let known = views.get(rewriter);
  if (known === undefined) {
    known = new Map();
    views.set(rewriter, known);
  }
  let entry = known.get(symbol);
  const existing = entry === undefined ? existingView(rewriter, symbol, statement, view) : undefined;
  if (existing !== undefined) return existing;
  if (entry === undefined) {
    const taken = [...known].flatMap(([other, { name }]) =>
      other.declarations?.[0]?.getSourceFile() === statement.getSourceFile() ? [name] : [],
    );
    const name = freeName(statement.getSourceFile(), receiver.text, taken);
    const support = `view:${rewriter.notes.session.pathOf(statement)}#${receiver.text}`;
    rewriter.require(group, support, `the promise view of ${receiver.text}`);
    const { semicolon } = rewriter.styleOf(statement);
    const { node, offset, before, after, rank } = placeOf(rewriter, statement);
    const line = `${keywordOf(statement)} ${name} = ${receiver.text}.${view}()${semicolon}`;
    const change = rewriter.change({
      group: support,
      transform: 'import-specifier',
      node,
      title: `const ${name} = ${receiver.text}.${view}()`,
      reason:
        'the client keeps its callback form for the calls that stay; converted calls use its promise view',
    });
    rewriter.insert(change, node, offset, rank, `${before}${line}${after}`);
    entry = { name, support };
    known.set(symbol, entry);
  }
  rewriter.require(group, entry.support, `the promise view of ${receiver.text}`);
  return entry.name;
}

/** Behind the statement that binds the client; behind all imports where it is one of them. */
function placeOf(
  rewriter: Rewriter,
  statement: ts.Statement,
): ReturnType<typeof placeBehind> & { readonly node: ts.Statement } {
  const { newline } = rewriter.styleOf(statement);
  if (!isImport(rewriter, statement))
    return { node: statement, offset: fullRange(statement).end, before: newline, after: '', rank: 0 };
  const last = lastImport(rewriter, statement.getSourceFile());
  const node = last !== undefined && last.end > statement.end ? last : statement;
  return { node, ...placeBehind(node, newline) };
}

/** The name of a view that an earlier run, or somebody by hand, has put behind the client. */
function existingView(
  rewriter: Rewriter,
  client: ts.Symbol,
  statement: ts.Statement,
  view: string,
): string | undefined {
  const file = statement.getSourceFile();
  const { session } = rewriter.notes;
  for (const other of file.statements) {
    if (!ts.isVariableStatement(other)) continue;
    for (const { name, initializer } of other.declarationList.declarations) {
      if (!ts.isIdentifier(name) || initializer === undefined || !ts.isCallExpression(initializer)) continue;
      const callee = initializer.expression;
      const isView =
        ts.isPropertyAccessExpression(callee) &&
        callee.name.text === view &&
        ts.isIdentifier(callee.expression) &&
        session.symbolOf(callee.expression) === client &&
        !isReassigned(rewriter, session.symbolOf(name));
      if (isView && !isShadowed(session, name)) return name.text;
    }
  }
  return undefined;
}

/** Something else of that name is declared in the file. */
function isShadowed(session: Session, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  return someNode(
    name.getSourceFile(),
    (node) =>
      ts.isIdentifier(node) &&
      node.text === name.text &&
      session.symbolOf(node) !== symbol &&
      !isMemberName(node),
  );
}

function freeName(file: ts.SourceFile, receiver: string, used: readonly string[]): string {
  const taken = new Set<string>(used);
  visitAll(file, (node) => {
    if (ts.isIdentifier(node)) taken.add(node.text);
  });
  const ofReceiver = `promise${receiver.charAt(0).toUpperCase()}${receiver.slice(1)}`;
  const candidates = ['db', ofReceiver, `${receiver}Promise`, `${receiver}PromiseView`];
  return candidates.find((name) => !taken.has(name)) ?? `${receiver}PromiseView2`;
}
