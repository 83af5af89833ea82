import { type ParseResult, type ParserPlugin, parse } from '@babel/parser';

type Program = ParseResult['program'];

/** What the independent parser says of one text. */
export type Reading = { readonly kind: 'parsed'; readonly awaits: number } | { readonly kind: 'unparsable' };

/** Parses with Babel, which shares no code with the tool's own parser, and counts the `await`s. */
export function readSyntax(file: string, text: string): Reading {
  const program = parseScript(file, text) ?? parseModule(file, text);
  return program === null ? { kind: 'unparsable' } : { kind: 'parsed', awaits: countAwaits(program) };
}

function parseScript(file: string, text: string): Program | null {
  try {
    return parse(text, { sourceType: 'commonjs', plugins: pluginsFor(file) }).program;
  } catch {
    return null;
  }
}

/** Only a text with imports or exports is a module; any other one must not `await` at top level. */
function parseModule(file: string, text: string): Program | null {
  try {
    const { program } = parse(text, { sourceType: 'module', plugins: pluginsFor(file) });
    return program.body.some((node) => /^(Import|Export)/.test(node.type)) ? program : null;
  } catch {
    return null;
  }
}

function pluginsFor(file: string): ParserPlugin[] {
  const shared: ParserPlugin[] = ['decorators-legacy', 'explicitResourceManagement'];
  if (/\.[cm]?ts$/.test(file)) return ['typescript', ...shared];
  if (file.endsWith('.tsx')) return ['typescript', 'jsx', ...shared];
  return ['jsx', ...shared];
}

function countAwaits(node: unknown): number {
  if (Array.isArray(node)) return node.reduce<number>((sum, item) => sum + countAwaits(item), 0);
  if (typeof node !== 'object' || node === null) return 0;
  let sum = isAwait(node as Record<string, unknown>) ? 1 : 0;
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'loc' && !key.endsWith('Comments')) sum += countAwaits(value);
  }
  return sum;
}

function isAwait(node: Record<string, unknown>): boolean {
  if (node.type === 'AwaitExpression') return true;
  if (node.type === 'ForOfStatement') return node.await === true;
  return node.type === 'VariableDeclaration' && node.kind === 'await using';
}
