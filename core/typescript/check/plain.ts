import { ts } from 'ts-morph';
import type { Location } from '../../model/text.js';
import { byScope, openScope, programBefore, type Session } from './session.js';

/**
 * Which of some expressions the type checker knows to be no promise.
 *
 * @param expressions places in the texts before the changes, in UTF-16 offsets
 * @returns an answer for each expression, in their order
 */
export function arePlain(session: Session, expressions: readonly Location[]): readonly boolean[] {
  const asked = new Set(expressions.map(placeOf));
  const plain = new Set<string>();
  const files = expressions.map(({ file }) => file);
  for (const [scope, own] of byScope(session, files)) {
    const program = programBefore(session, openScope(session, scope), own);
    const checker = program.getTypeChecker();
    for (const file of own) {
      const source = program.getSourceFile(`${session.root}/${file}`);
      if (source === undefined) continue;
      const visit = (node: ts.Node): void => {
        const place = placeOf({ file, range: { start: node.getStart(source), end: node.end } });
        if (asked.has(place) && ts.isExpression(node) && isPlain(checker, checker.getTypeAtLocation(node)))
          plain.add(place);
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
  }
  return expressions.map((expression) => plain.has(placeOf(expression)));
}

function placeOf({ file, range }: Location): string {
  return `${file}:${range.start}-${range.end}`;
}

const primitive =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.Null |
  ts.TypeFlags.Undefined;

/** Text, numbers and the like, and lists of anything: what else an object is may have been left out of its type. */
function isPlain(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isUnion()) return type.types.every((part) => isPlain(checker, part));
  return (type.flags & primitive) !== 0 || checker.isArrayType(type) || checker.isTupleType(type);
}
