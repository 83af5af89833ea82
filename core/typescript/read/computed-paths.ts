import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { resolveFile } from './modules.js';
import { declarationsOf, type Session } from './session.js';
import { unwrap } from './syntax.js';
import type { Value } from './values.js';

/** Tells what an expression holds; for knowing Node's `path`. */
type Following = (expression: ts.Expression) => readonly Value[];

/** A path that starts at the root of the project, or one that some other path comes before. */
interface Path {
  readonly isWhole: boolean;
  readonly text: string;
}

/**
 * The project file that `require(path.join(__dirname, 'x'))` loads, or `require(path.resolve('./x'))`: the process runs in
 * the folder of package.json, as `npm start` has it.
 */
export function computedFile(session: Session, of: Following, call: ts.Node): string | undefined {
  if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) return undefined;
  if (call.expression.text !== 'require' || session.symbolOf(call.expression) !== undefined) return undefined;
  const [argument] = call.arguments;
  if (argument === undefined || ts.isStringLiteralLike(unwrap(argument))) return undefined;
  const path = read(session, of, argument, 0);
  return path?.isWhole === true ? resolveFile(session, '', `./${path.text}`) : undefined;
}

function read(session: Session, of: Following, expression: ts.Expression, depth: number): Path | undefined {
  const node = unwrap(expression);
  if (depth > 6) return undefined;
  const inner = (part: ts.Expression): Path | undefined => read(session, of, part, depth + 1);
  if (ts.isStringLiteralLike(node)) return { isWhole: false, text: node.text };
  if (ts.isIdentifier(node)) {
    if (node.text === '__dirname') return { isWhole: true, text: posix.dirname(session.pathOf(node)) };
    const initializer = constantOf(session, node);
    return initializer === undefined ? undefined : inner(initializer);
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return joined(inner(node.left), inner(node.right));
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce<Path | undefined>(
      (before, span) =>
        joined(joined(before, inner(span.expression)), { isWhole: false, text: span.literal.text }),
      { isWhole: false, text: node.head.text },
    );
  }
  return ts.isCallExpression(node) ? ofCall(of, node, inner) : undefined;
}

/** The value of a name that is given once and for all. */
function constantOf(session: Session, name: ts.Identifier): ts.Expression | undefined {
  const symbol = session.symbolOf(name);
  const [declaration, more] = symbol === undefined ? [] : declarationsOf(symbol);
  if (declaration === undefined || more !== undefined || !ts.isVariableDeclaration(declaration))
    return undefined;
  return (declaration.parent.flags & ts.NodeFlags.Const) === 0 ? undefined : declaration.initializer;
}

function joined(before: Path | undefined, after: Path | undefined): Path | undefined {
  if (before === undefined || after === undefined) return undefined;
  if (after.isWhole) return before.text === '' ? after : undefined;
  return { isWhole: before.isWhole, text: before.text + after.text };
}

/** `path.join(…)`, `path.resolve(…)`, `process.cwd()`. */
function ofCall(
  of: Following,
  call: ts.CallExpression,
  inner: (part: ts.Expression) => Path | undefined,
): Path | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  if (callee.getText() === 'process.cwd') return { isWhole: true, text: '.' };
  const isPath = of(callee.expression).some(
    (value) => value.kind === 'package' && /^(?:node:)?path$/.test(value.name),
  );
  const name = callee.name.text;
  if (!isPath || (name !== 'join' && name !== 'resolve')) return undefined;
  const parts = call.arguments.map(inner);
  const start: Path = { isWhole: name === 'resolve', text: name === 'resolve' ? '.' : '' };
  return parts.reduce<Path | undefined>((before, part) => {
    if (before === undefined || part === undefined || /^(?:\/|[A-Za-z]:)/.test(part.text)) return undefined;
    if (part.isWhole) return name === 'resolve' || before.text === '' ? part : undefined;
    return { isWhole: before.isWhole, text: posix.join(before.text, part.text) };
  }, start);
}
