import { ts } from 'ts-morph';
import { libraries } from '../../catalog/index.js';
import type { Library } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import type { ClientFact } from '../../model/program.js';
import { isAddress } from './address.js';
import { awaitedClientHazards } from './awaited-clients.js';
import type { Candidates } from './candidates.js';
import { errorFieldHazards } from './error-fields.js';
import { hazard } from './hazards.js';
import type { Ids } from './ids.js';
import { isAssignment, loadedSpecifier } from './modules.js';
import type { PackageFacts } from './package-facts.js';
import { isMemberName, type Session } from './session.js';
import { isFunctionNode, outermost, rangeOf, someNode, unwrap } from './syntax.js';
import type { Value, Values } from './values.js';

interface Reader {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  readonly ids: Ids;
  readonly facts: PackageFacts;
  readonly kindAt: (path: string) => 'application' | 'library';
}

/** The drivers that a project may switch, with every use of their objects. */
export function readClients(reader: Reader): ClientFact[] {
  return libraries
    .filter((library) => library.replacement !== undefined)
    .flatMap((library) => {
      const client = readClient(reader, library);
      return client === undefined ? [] : [client];
    });
}

/** Every `require` and `import` of a library. */
export function importsOf(session: Session, library: Library): ts.Node[] {
  const found: ts.Node[] = [];
  const names = [library.module, ...(library.aliases ?? [])];
  for (const file of session.files.values()) {
    if (!names.some((name) => file.text.includes(name))) continue;
    const visit = (node: ts.Node): void => {
      const specifier = loadedSpecifier(session, node);
      if (specifier !== undefined && names.includes(specifier)) found.push(node);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

function readClient(reader: Reader, library: Library): ClientFact | undefined {
  const { session, candidates, ids } = reader;
  const [first] = importsOf(session, library);
  if (first === undefined) return undefined;
  const uses: string[] = [];
  for (const [call, candidate] of candidates.calls) {
    if (candidate.kind !== 'own' && candidate.library === library) uses.push(ids.of(call));
  }
  return {
    id: `client:${library.module}`,
    at: { file: session.pathOf(first), range: rangeOf(first) },
    module: library.module,
    uses,
    keepsCallbackForm: keepsCallbackForm(reader, library),
    isIndivisible: library.replacement?.callbackModule === undefined,
    hazards: [
      ...(library.replacement?.assumptions ?? []).map((message) =>
        hazard('H-CB-CLIENT', 'review', message, first),
      ),
      ...unlistedHazards(reader, library, first),
      ...optionHazards(reader, library),
      ...errorFieldHazards(reader.values, candidates, library),
      ...awaitedClientHazards(reader.values, candidates, library),
    ],
  };
}

/** A package.json may leave it to others which driver is installed: they would have to install another one. */
function unlistedHazards(
  { session, facts, kindAt }: Reader,
  { module, replacement }: Library,
  at: ts.Node,
): Hazard[] {
  const isSame = replacement === undefined || replacement.package === module;
  const isDescribed = [...session.project.manifests.keys()].some((path) =>
    /(?:^|\/)package\.json$/.test(path),
  );
  if (
    isSame ||
    !isDescribed ||
    kindAt(session.pathOf(at)) === 'application' ||
    facts.rangeOf(module) !== undefined
  )
    return [];
  const message = `package.json does not name \`${module}\`: who uses the package installs it`;
  return [
    hazard('H-CB-CLIENT', 'unsafe', message, at, `tell them to install ${replacement.package} instead`),
  ];
}

/** A call of the module that takes the options of a client. */
export function createsClient(values: Values, library: Library, call: ts.CallExpression): boolean {
  const { replacement } = library;
  return values
    .of(call.expression)
    .some(
      (v) =>
        v.kind === 'member' &&
        v.library === library &&
        v.owner === null &&
        replacement?.optionCalls.includes(v.name) === true,
    );
}

/** Calls whose options cannot be seen: what keeps the old behavior cannot be added to them. */
function optionHazards(reader: Reader, library: Library): Hazard[] {
  const { replacement } = library;
  if (replacement === undefined || library.module === replacement.package) return [];
  const hazards: Hazard[] = [];
  const keys = Object.keys(replacement.options);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const creates = createsClient(reader.values, library, node);
      const [argument] = node.arguments;
      const options = argument === undefined ? undefined : unwrap(argument);
      const isSeen =
        options !== undefined &&
        (ts.isObjectLiteralExpression(options) ||
          reader.values.of(options).some((v) => v.kind === 'object') ||
          (replacement.addressOption !== undefined && isAddress(options)));
      if (creates && !isSeen) {
        hazards.push(
          hazard(
            'H-CB-CLIENT',
            'review',
            `its options cannot be seen, so ${keys.join(' and ')} could not be added`,
            node,
            `set ${keys.join(' and ')} where the options are made`,
          ),
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of reader.session.files.values()) visit(file);
  return hazards;
}

/** True when the module or some object of it is used in a way that its promise form does not answer alike. */
function keepsCallbackForm(reader: Reader, library: Library): boolean {
  const { session, values, candidates } = reader;
  let keeps = false;
  const visit = (node: ts.Node): void => {
    if (keeps) return;
    if (ts.isExpression(node) && isPlace(node)) {
      const found = values.of(node);
      if (found.some((v) => v.kind === 'library' && v.library === library))
        keeps = !isKnownUseOfModule(node, library);
      else if (!(ts.isCallExpression(node) && candidates.calls.has(node)))
        keeps =
          found.some((v) => isOf(v, library)) &&
          (isMadeOtherwise(values, node, library) || !isKnownUse(reader, node, library));
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return keeps || importsOf(session, library).some((node) => callsAnotherExport(session, node, library));
}

/** `import { createPoolCluster } from 'mysql'`: a function of the module that is not described. */
function callsAnotherExport(session: Session, node: ts.Node, { exports }: Library): boolean {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : undefined;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return false;
  const others = bindings.elements
    .filter(({ name, propertyName = name }) => exports[propertyName.text] === undefined)
    .map(({ name }) => session.symbolOf(name));
  return someNode(
    node.getSourceFile(),
    (call) =>
      (ts.isCallExpression(call) || ts.isNewExpression(call)) &&
      ts.isIdentifier(call.expression) &&
      others.includes(session.symbolOf(call.expression)),
  );
}

/** `mysql.createConnection(…)`: the promise form answers with a promise of the object. */
function isMadeOtherwise(values: Values, node: ts.Expression, library: Library): boolean {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  const forms = library.replacement?.promiseFormOf ?? [];
  return (
    values
      .of(node.expression)
      .some((v) => v.kind === 'member' && v.library === library && v.owner === null) &&
    values.of(node).some((v) => v.kind === 'object-of' && v.library === library && !forms.includes(v.type))
  );
}

/** A described member of the module is read, or the module only gets a name. */
function isKnownUseOfModule(node: ts.Expression, { exports }: Library): boolean {
  const outer = outermost(node);
  const { parent } = outer;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === outer)
    return exports[parent.name.text] !== undefined;
  if (ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name))
    return parent.name.elements.every(
      ({ name, propertyName = name }) => exports[propertyName.getText()] !== undefined,
    );
  return isHandedOn(outer) || isNameOfModule(parent);
}

/** `import mysql from`, `mysql.Pool` as a type. */
function isNameOfModule(parent: ts.Node): boolean {
  return (
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportEqualsDeclaration(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isTypeQueryNode(parent)
  );
}

function isOf(value: Value, library: Library): boolean {
  return value.kind === 'object-of' && value.library === library;
}

function isPlace(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) {
    const { parent } = node;
    if (isMemberName(node)) return false;
    return !(
      (ts.isVariableDeclaration(parent) ||
        ts.isParameter(parent) ||
        ts.isBindingElement(parent) ||
        isFunctionNode(parent)) &&
      parent.name === node
    );
  }
  return ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) || ts.isNewExpression(node);
}

/** A converted call, something that both forms answer alike, or a place that only hands the object on. */
function isKnownUse(reader: Reader, node: ts.Expression, library: Library): boolean {
  const { candidates, values } = reader;
  const outer = outermost(node);
  const { parent } = outer;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === outer) {
    const call = outermost(parent).parent;
    if (ts.isCallExpression(call) && call.expression === outermost(parent)) {
      const candidate = candidates.calls.get(call);
      if (candidate !== undefined && candidate.kind !== 'own' && candidate.library === library) return true;
      return values
        .of(parent)
        .some(
          (v) =>
            v.kind === 'member' &&
            v.library === library &&
            v.member.kind === 'plain' &&
            (v.member.neverThrows === true || v.member.returns !== undefined),
        );
    }
    return false;
  }
  return isHandedOn(outer);
}

/** The value only gets another name, by which its uses are followed. */
function isHandedOn(outer: ts.Node): boolean {
  const { parent } = outer;
  if (
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isShorthandPropertyAssignment(parent)
  )
    return true;
  if (ts.isExportSpecifier(parent) || ts.isExportAssignment(parent)) return true;
  return ts.isBinaryExpression(parent) && (parent.left === outer || isAssignment(parent.operatorToken.kind));
}
