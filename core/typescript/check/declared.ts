import { ts } from 'ts-morph';
import type { Location } from '../../model/text.js';
import { byScope, openScope, programBefore, relativeFile, type Session } from './session.js';

/**
 * Which of some calls the type checker leads to a declaration: those of a package (its installed types, or the fallback
 * declarations), or a function of the project itself.
 *
 * @param calls places in the texts before the changes, in UTF-16 offsets
 * @returns an answer for each call, in their order
 */
export function areDeclared(session: Session, calls: readonly Location[]): readonly boolean[] {
  const files = calls.map(({ file }) => file);
  const found = new Set<string>();
  for (const [scope, own] of byScope(session, files)) {
    const program = programBefore(session, openScope(session, scope), own);
    for (const file of own) for (const place of declaredIn(session, program, file)) found.add(place);
  }
  return calls.map(({ file, range }) => found.has(placeOf(file, range.start, range.end)));
}

function placeOf(file: string, start: number, end: number): string {
  return `${file}:${start}-${end}`;
}

function declaredIn(session: Session, program: ts.Program, file: string): readonly string[] {
  const source = program.getSourceFile(`${session.root}/${file}`);
  if (source === undefined) return [];
  const checker = program.getTypeChecker();
  const places: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isDeclared(session, checker.getResolvedSignature(node)?.declaration))
      places.push(placeOf(file, node.getStart(source), node.end));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return places;
}

/** A type that is written beside a value in the project says what its author expects, not what the value is. */
function isDeclared(session: Session, declaration: ts.Node | undefined): boolean {
  if (declaration === undefined) return false;
  const isOwn = relativeFile(session, declaration.getSourceFile().fileName) !== null;
  return !isOwn || 'body' in declaration;
}
