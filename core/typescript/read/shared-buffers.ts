import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { declarationsOf, type FunctionNode, type Session } from './session.js';
import { short } from './statement-shape.js';
import { isInside, unwrap } from './syntax.js';

/**
 * Bytes that all requests share, given to a call that fills or writes them: while it blocked nobody else could touch
 * them. Once it waits, another request fills them, too.
 */
export function sharedBufferHazards(session: Session, home: FunctionNode, call: ts.CallExpression): Hazard[] {
  const shared = call.arguments.find((argument) => isSharedBuffer(session, home, unwrap(argument)));
  if (shared === undefined) return [];
  const message = `another request may fill \`${short(shared)}\` while the call waits`;
  return [hazard('H-RACE', 'review', message, shared, 'give every request a buffer of its own')];
}

function isSharedBuffer(session: Session, home: FunctionNode, given: ts.Expression): boolean {
  const declaration = declarationOf(session, given);
  return (
    declaration !== undefined &&
    !(declaration.getSourceFile() === home.getSourceFile() && isInside(declaration, home)) &&
    madeAs(declaration) === 'bytes'
  );
}

/**
 * `Buffer.alloc(10)` and `new Uint8Array(10)` are made to be filled; a `Date` is changed by its own methods, and a package
 * that keeps settings by those that set them: `i18n.setLocale(language)`.
 */
export function isChangedBy(session: Session, owner: ts.Expression, method: string): boolean {
  if (isPackage(session, owner)) return /^(?:(?:un)?register|set)[A-Z]|^locale$/.test(method);
  const declaration = declarationOf(session, owner);
  if (declaration === undefined) return false;
  const kind = madeAs(declaration);
  if (kind === 'bytes') return /^(?:write|fill|set|swap\d|copyWithin|reverse|sort)/.test(method);
  return kind === 'date' && /^set/.test(method);
}

/** `const i18n = require('i18n')`, `import i18n from 'i18n'`, of no module of Node. */
function isPackage(session: Session, owner: ts.Expression): boolean {
  const symbol = ts.isIdentifier(owner) ? session.symbolOf(owner) : undefined;
  const [declaration] = symbol === undefined ? [] : declarationsOf(symbol);
  const name = declaration === undefined ? undefined : moduleOf(declaration);
  return name !== undefined && !/^(?:\.|\/|node:)/.test(name);
}

function moduleOf(declaration: ts.Declaration): string | undefined {
  if (ts.isImportClause(declaration) || ts.isNamespaceImport(declaration)) {
    const from = ts.findAncestor(declaration, ts.isImportDeclaration)?.moduleSpecifier;
    return from !== undefined && ts.isStringLiteral(from) ? from.text : undefined;
  }
  const made = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  if (made === undefined || !ts.isCallExpression(made) || made.expression.getText() !== 'require')
    return undefined;
  const [name] = made.arguments;
  return name !== undefined && ts.isStringLiteral(name) ? name.text : undefined;
}

function declarationOf(session: Session, place: ts.Expression): ts.VariableDeclaration | undefined {
  if (!ts.isIdentifier(place)) return undefined;
  const symbol = session.symbolOf(place);
  const [declaration] = symbol === undefined ? [] : declarationsOf(symbol);
  return declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration : undefined;
}

function madeAs({ initializer }: ts.VariableDeclaration): 'bytes' | 'date' | undefined {
  const made = initializer === undefined ? undefined : unwrap(initializer);
  if (made === undefined || !(ts.isCallExpression(made) || ts.isNewExpression(made))) return undefined;
  const callee = made.expression.getText();
  if (/^Buffer(?:\.alloc\w*)?$|^(?:Ui|I)nt\w*Array$|^DataView$/.test(callee)) return 'bytes';
  return callee === 'Date' && ts.isNewExpression(made) ? 'date' : undefined;
}
