import { ts } from 'ts-morph';
import { visitAll } from '../read/syntax.js';
import { type Finding, isRepeated } from './compare.js';

const unknownName = 2304;

/**
 * `redisClient` of a program that never declares it, written once more: `promisify(redisClient.get).call(redisClient)`.
 * A name that no scope of the file declares, before or after, means the same global everywhere.
 *
 * @param programs the program without and with the changes
 */
export function isOfUndeclared(
  programs: readonly ts.Program[],
  pathOf: (file: string) => string,
  before: readonly Finding[],
  finding: Finding,
): boolean {
  if (finding.code !== unknownName || !isRepeated(before, finding)) return false;
  const sources = programs.map((program) => program.getSourceFile(pathOf(finding.file)));
  return sources.every((source) => source !== undefined && !declares(source, finding.subject));
}

function declares(source: ts.SourceFile, name: string): boolean {
  let isDeclared = false;
  visitAll(source, (node) => {
    if (!ts.isIdentifier(node) || node.text !== name) return;
    const { parent } = node;
    if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) return;
    if (ts.isShorthandPropertyAssignment(parent)) return;
    if ('name' in parent && parent.name === node && !ts.isPropertyAccessExpression(parent)) isDeclared = true;
  });
  return isDeclared;
}
