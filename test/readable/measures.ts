import { diffArrays } from 'diff';
import { ts } from 'ts-morph';

/** What a reviewer has to read of a change, and what it is for. */
export interface Size {
  /** Lines that the source did not have, indentation aside; lone brackets do not count. */
  readonly changed: number;
  /** Those of them that begin a function or import something. */
  readonly heads: number;
  readonly awaits: number;
  readonly tries: number;
}

export function sizeOf(before: string, after: string): Size {
  const added = diffArrays(linesOf(before), linesOf(after)).flatMap((part) => (part.added ? part.value : []));
  const heads = added.filter((line) => /\basync\b|^import\b|\brequire\(|\bpromisify\(/.test(line));
  const more = (pattern: RegExp): number =>
    (after.match(pattern)?.length ?? 0) - (before.match(pattern)?.length ?? 0);
  return {
    changed: added.length,
    heads: heads.length,
    awaits: more(/\bawait\b/g),
    tries: more(/\btry \{/g),
  };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[\])};,]+$/.test(line));
}

/** What a good engineer would not have written, one sentence each. */
export function blemishes(file: string, before: string, after: string): string[] {
  return [
    ...doubledLines(before, after),
    ...poorNames(before, after),
    ...leftoverElses(before, after),
    ...needlessTries(file, before, after),
  ].map((problem) => `${file}: ${problem}`);
}

function doubledLines(before: string, after: string): string[] {
  const count = (text: string): number => text.match(/\n[ \t]*\r?\n[ \t]*\r?\n/g)?.length ?? 0;
  const edges = /[{([]\r?\n[ \t]*\r?\n|\n[ \t]*\r?\n[ \t]*\}/g;
  const atEdges = (text: string): number => text.match(edges)?.length ?? 0;
  return [
    ...(count(after) > count(before) ? ['empty lines are doubled'] : []),
    ...(atEdges(after) > atEdges(before) ? ['an empty line stands at the edge of a block'] : []),
  ];
}

/** Numbers, and the verb of the call where a noun is at hand. */
function poorNames(before: string, after: string): string[] {
  const words = (text: string): Set<string> =>
    new Set(text.replace(/'[^'\n]*'|"[^"\n]*"/g, '').match(/\b[A-Za-z_$][\w$]*\b/g));
  const old = words(before);
  return [...words(after)]
    .filter((word) => !old.has(word))
    .filter(
      (word) => /[A-Za-z]\d+$/.test(word) || /^(?:query|execute|exec|get|all|run|find\w*)Result$/.test(word),
    )
    .map((word) => `the name ${word} says little`);
}

function leftoverElses(before: string, after: string): string[] {
  const count = (text: string): number => text.match(/\belse\b(?! resolve\()/g)?.length ?? 0;
  return count(after) > count(before) ? ['there are more branches than before'] : [];
}

/** A `try` that only throws on, or that says the same as the one behind it. */
function needlessTries(file: string, before: string, after: string): string[] {
  const known = new Set(triesIn(file, before).map(({ text }) => text));
  return triesIn(file, after).flatMap(({ text, only, next }) => {
    if (known.has(text)) return [];
    if (only) return ['a catch only throws its error on'];
    return next === text ? ['two tries in a row have the same catch'] : [];
  });
}

function triesIn(file: string, text: string): { text: string; only: boolean; next: string | undefined }[] {
  const found: { text: string; only: boolean; next: string | undefined }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTryStatement(node) && node.catchClause !== undefined) {
      const { parent } = node;
      const siblings = ts.isBlock(parent) ? parent.statements : undefined;
      const next = siblings?.slice(siblings.indexOf(node) + 1).find(ts.isTryStatement);
      const [only, more] = node.catchClause.block.statements;
      const throwsOn =
        only !== undefined &&
        more === undefined &&
        ts.isThrowStatement(only) &&
        only.expression.getText() === node.catchClause.variableDeclaration?.name.getText();
      found.push({
        text: node.catchClause.getText().replace(/\s+/g, ' '),
        only: throwsOn && node.finallyBlock === undefined,
        next: next?.catchClause?.getText().replace(/\s+/g, ' '),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true));
  return found;
}
