import { ts } from 'ts-morph';
import type { ListEntry, ListPiece } from '../../model/edit.js';
import { requiredSpecifier } from '../read/modules.js';
import { unwrap } from '../read/syntax.js';
import type { Style } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** A name that the converted code needs from a module. */
export interface WantedMember {
  /** The exported member; null for the module itself (CommonJS) or its default export. */
  readonly member: string | null;
  readonly name: string;
  /** The group of the import. */
  readonly support: string;
  /** The import that it replaces, as far as nothing else uses it. */
  readonly instead: ts.Node | undefined;
}

/** What changes at the imports of one file. */
export interface ImportChanges {
  readonly file: ts.SourceFile;
  readonly wanted: Map<string, WantedMember[]>;
  /** Groups whose conversion leaves a use of an imported name behind, by the name's declaration. */
  readonly released: Map<ts.Node, Map<ts.Identifier, string>>;
}

/** A statement that imports names from one module, taken apart. */
export interface NamedImport {
  readonly statement: ts.Statement;
  readonly specifier: ts.StringLiteralLike;
  readonly names: readonly { readonly node: ts.Node; readonly text: string }[];
  readonly opening: string;
  readonly separator: string;
  readonly closing: string;
  /** Another import of the same names from another module can be written with the same words. */
  readonly isPattern: boolean;
}

/** Takes `import { a, b } from 'x'`, `const { a, b } = require('x')` or `const a = require('x').a` apart. */
export function namedImportOf(rewriter: Rewriter, statement: ts.Statement): NamedImport | undefined {
  const { text } = statement.getSourceFile();
  if (ts.isImportDeclaration(statement)) {
    const { importClause, moduleSpecifier } = statement;
    const bindings = importClause?.namedBindings;
    if (importClause === undefined || importClause.isTypeOnly || importClause.name !== undefined)
      return undefined;
    if (bindings === undefined || !ts.isNamedImports(bindings) || !ts.isStringLiteral(moduleSpecifier))
      return undefined;
    return apart(statement, moduleSpecifier, bindings.elements, true);
  }
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration, more] = statement.declarationList.declarations;
  if (declaration?.initializer === undefined || more !== undefined) return undefined;
  const source = unwrap(declaration.initializer);
  if (ts.isIdentifier(declaration.name)) {
    const specifier = ts.isPropertyAccessExpression(source)
      ? required(rewriter, source.expression)
      : undefined;
    if (specifier === undefined) return undefined;
    const whole = text.slice(statement.getStart(), statement.end);
    const names = [{ node: declaration, text: whole }];
    return { statement, specifier, names, opening: '', separator: '', closing: '', isPattern: false };
  }
  const specifier = required(rewriter, source);
  if (specifier === undefined || !ts.isObjectBindingPattern(declaration.name)) return undefined;
  const { elements } = declaration.name;
  return elements.some((element) => element.dotDotDotToken !== undefined)
    ? undefined
    : apart(statement, specifier, elements, true);
}

function required(rewriter: Rewriter, expression: ts.Expression): ts.StringLiteralLike | undefined {
  const call = unwrap(expression);
  if (requiredSpecifier(rewriter.notes.session, call) === undefined || !ts.isCallExpression(call))
    return undefined;
  const [argument] = call.arguments;
  return argument !== undefined && ts.isStringLiteralLike(argument) ? argument : undefined;
}

/** Undefined where a comment stands between the names. */
function apart(
  statement: ts.Statement,
  specifier: ts.StringLiteralLike,
  elements: readonly ts.Node[],
  isPattern: boolean,
): NamedImport | undefined {
  const { text } = statement.getSourceFile();
  const [first, second] = elements;
  const last = elements[elements.length - 1];
  if (first === undefined || last === undefined) return undefined;
  const opening = text.slice(statement.getStart(), first.getStart());
  const closing = text.slice(last.end, statement.end);
  const between = elements
    .slice(1)
    .map((element, index) => text.slice(elements[index]?.end, element.getStart()));
  if ([opening, closing, ...between].some((part) => /\/[/*]/.test(part.replace(specifier.getText(), ''))))
    return undefined;
  const separator = second === undefined ? ', ' : (between[0] ?? ', ');
  const names = elements.map((node) => ({ node, text: node.getText() }));
  return { statement, specifier, names, opening, separator, closing, isPattern };
}

/** The old names, without those that nothing uses any more, and the new ones among them. */
export function oldList(
  rewriter: Rewriter,
  changes: ImportChanges,
  old: NamedImport,
  added: readonly WantedMember[],
): ListPiece {
  const kept = old.names.map(({ node, text }): ListEntry => {
    return { needs: null, goes: goingWith(rewriter, changes, node), content: text };
  });
  const isSorted = old.names.every(
    ({ text }, index) => index === 0 || compareNames(old.names[index - 1]?.text ?? '', text) <= 0,
  );
  const style = rewriter.styleOf(old.statement);
  const entries = [...kept];
  for (const wanted of added) {
    const content = memberText(old.statement, wanted, style);
    const place = isSorted ? entries.findIndex((entry) => compareNames(contentText(entry), content) > 0) : -1;
    entries.splice(place === -1 ? entries.length : place, 0, {
      needs: [wanted.support],
      goes: null,
      content,
    });
  }
  const { opening, separator, closing } = old;
  return { kind: 'list', opening, separator, closing, entries };
}

function contentText({ content }: ListEntry): string {
  return typeof content === 'string' ? content : '';
}

/** The groups with which the last use of an imported name goes; null where one stays. */
export function goingWith(
  rewriter: Rewriter,
  changes: ImportChanges,
  declaration: ts.Node,
): readonly string[] | null {
  const released = changes.released.get(declaration);
  const uses = usesOf(rewriter, declaration);
  if (released === undefined || uses === undefined) return null;
  const groups = uses.map((use) => released.get(use));
  return groups.every((group) => group !== undefined) ? [...new Set(groups)].sort() : null;
}

/** Every mention of a name that a declaration imports, besides the declaration. */
export function usesOf(rewriter: Rewriter, declaration: ts.Node): readonly ts.Identifier[] | undefined {
  const isNamed =
    ts.isImportSpecifier(declaration) ||
    ts.isBindingElement(declaration) ||
    ts.isVariableDeclaration(declaration);
  if (!isNamed || !ts.isIdentifier(declaration.name)) return undefined;
  const { session } = rewriter.notes;
  const symbol = session.symbolOf(declaration.name);
  return symbol === undefined
    ? undefined
    : session.referencesOf(symbol).filter((name) => name.parent !== declaration);
}

/** The import of new names from one module, in the words of the import that they replace. */
export function newList(
  style: Style,
  specifier: string,
  members: readonly WantedMember[],
  model: { readonly old: NamedImport | undefined; readonly keyword: string; readonly isEsm: boolean },
): ListPiece {
  const { old, keyword, isEsm } = model;
  const quoted = `${style.quote}${specifier}${style.quote}`;
  const entries = members.map((wanted): ListEntry => {
    const content = isEsm ? esmName(wanted) : commonName(wanted);
    return { needs: [wanted.support], goes: null, content };
  });
  const [whole] = members;
  if (whole?.member === null) {
    const line = isEsm
      ? `import ${whole.name} from ${quoted}${style.semicolon}`
      : `${keyword} ${whole.name} = require(${quoted})${style.semicolon}`;
    const only = { needs: [whole.support], goes: null, content: line };
    return { kind: 'list', opening: '', separator: '', closing: '', entries: [only] };
  }
  if (old?.isPattern === true) {
    const { opening, separator } = old;
    const written = old.specifier.getText();
    const closing = old.closing.replace(written, `${written.slice(0, 1)}${specifier}${written.slice(-1)}`);
    return { kind: 'list', opening, separator, closing, entries };
  }
  const opening = `${isEsm ? 'import' : keyword} {${style.inside}`;
  const source = isEsm ? `from ${quoted}` : `= require(${quoted})`;
  const closing = `${style.inside}} ${source}${style.semicolon}`;
  return { kind: 'list', opening, separator: ', ', closing, entries };
}

function memberText(statement: ts.Statement, wanted: WantedMember, _style: Style): string {
  return ts.isImportDeclaration(statement) ? esmName(wanted) : commonName(wanted);
}

function esmName({ member, name }: WantedMember): string {
  return member === name || member === null ? name : `${member} as ${name}`;
}

function commonName({ member, name }: WantedMember): string {
  return member === name || member === null ? name : `${member}: ${name}`;
}

export function compareNames(a: string, b: string): number {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Two imports, each on a line of its own, of which either may be missing. */
export function lines(newline: string, pieces: readonly ListPiece[]): ListPiece {
  const entries = pieces.map((content): ListEntry => ({ needs: null, goes: null, content }));
  return { kind: 'list', opening: '', separator: newline, closing: '', entries };
}
