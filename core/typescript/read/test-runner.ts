import { ts } from 'ts-morph';
import { absenceAssertions, type GlobalRunner, globalRunners, otherRunners } from '../../catalog/index.js';
import type { Library } from '../../catalog/schema.js';
import type { PackageFacts } from './package-facts.js';
import type { Session } from './session.js';
import type { Item } from './split.js';

const testFile = /(?:^|\/)(?:tests?|specs?|__tests__)\/|[._-](?:tests?|specs?)\.[cm]?[jt]sx?$/i;

/** A file that only tests, by its path. */
export function isTestPath(path: string): boolean {
  return testFile.test(path);
}

/** The test runner that a name belongs to which nobody declares; undefined when it is none, or one that is not known. */
export function globalRunner(
  session: Session,
  facts: PackageFacts,
  name: ts.Identifier,
): Library | undefined {
  if (!names.has(name.text)) return undefined;
  const declared = declaredRunner(facts);
  if (declared !== undefined) return declared.library;
  const isOther = otherRunners.some((runner) => facts.rangeOf(runner) !== undefined);
  return !isOther && testFile.test(session.pathOf(name)) ? globalRunners[0]?.library : undefined;
}

/** Whether package.json says which runner runs the tests. */
export function isRunnerDeclared(facts: PackageFacts): boolean {
  return declaredRunner(facts) !== undefined;
}

const names: ReadonlySet<string> = new Set(
  globalRunners.flatMap(({ library }) => Object.keys(library.exports)),
);

function declaredRunner(facts: PackageFacts): GlobalRunner | undefined {
  if (otherRunners.some((runner) => facts.rangeOf(runner) !== undefined)) return undefined;
  return globalRunners.find(({ library, broughtBy }) =>
    [library.module, ...broughtBy].some((runner) => facts.rangeOf(runner) !== undefined),
  );
}

const assertions: ReadonlySet<string> = new Set(absenceAssertions);

/** A statement that throws when there is an error, and does nothing else. */
export function assertsAbsence(session: Session, item: Item, error: ts.Symbol): boolean {
  const expression = ts.isExpressionStatement(item) ? item.expression : item;
  if (!ts.isExpression(expression)) return false;
  return assertions.has(wordsOf(session, expression, error).join('').replaceAll(',', ', '));
}

function wordsOf(session: Session, node: ts.Node, error: ts.Symbol): string[] {
  const children = node.getChildren();
  if (children.length > 0) return children.flatMap((child) => wordsOf(session, child, error));
  if (ts.isIdentifier(node) && session.symbolOf(node) === error) return ['#'];
  return [node.getText()];
}
