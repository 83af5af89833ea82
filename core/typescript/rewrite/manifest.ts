import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { Replacement } from '../../catalog/schema.js';
import type { Range } from '../../model/text.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** Takes one driver (and its declarations) out of package.json and puts another in, each in its sorted place. */
export function replaceDependency(
  rewriter: Rewriter,
  group: string,
  old: string,
  replacement: Replacement,
): void {
  const usesTypes =
    rewriter.notes.session.files.size > 0 &&
    [...rewriter.notes.session.files.keys()].some((path) => /\.[cm]?tsx?$/.test(path));
  editManifest(rewriter, group, old, `${old} → ${replacement.package}`, (section, add, remove, has) => {
    if (has(old)) {
      remove(old);
      if (!has(replacement.package)) add(replacement.package, replacement.range);
    }
    const { types } = replacement;
    if (has(`@types/${old}`)) remove(`@types/${old}`);
    const isHome = section === 'devDependencies' && types !== undefined && usesTypes;
    if (isHome && !has(types.package)) add(types.package, types.range);
  });
  rewriter.followUp('install the dependencies again: package.json has changed');
}

/** Raises a dependency that package.json has to another range. */
export function raiseDependency(rewriter: Rewriter, group: string, name: string, range: string): void {
  editManifest(rewriter, group, name, `${name} ${range}`, (_section, add, remove, has) => {
    if (!has(name)) return;
    remove(name);
    add(name, range);
  });
  rewriter.followUp('install the dependencies again: package.json has changed');
}

type SectionEdit = (
  section: string,
  add: (name: string, range: string) => void,
  remove: (name: string) => void,
  has: (name: string) => boolean,
) => void;

const sections = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
/** By manifest, section and dependency. */
type Wanted = Map<string, Map<string, Map<string, string | null>>>;
const pending = new WeakMap<Rewriter, Wanted>();

/** Collects the wanted state of each section of the packages with a dependency; `flushManifest` writes the edits once. */
function editManifest(
  rewriter: Rewriter,
  group: string,
  dependency: string,
  title: string,
  decide: SectionEdit,
): void {
  const { manifests } = rewriter.notes.session.project;
  const state: Wanted = pending.get(rewriter) ?? new Map();
  pending.set(rewriter, state);
  for (const [path, source] of manifests) {
    if (posix.basename(path) !== 'package.json') continue;
    const file = parse(source);
    if (file === undefined || !dependsOn(file, dependency)) continue;
    const own = state.get(path) ?? new Map<string, Map<string, string | null>>();
    state.set(path, own);
    decideSections(file, own, decide);
  }
  groups.set(rewriter, { group, title });
}

function dependsOn(file: ts.ObjectLiteralExpression, name: string): boolean {
  return sections.some((section) => sectionOf(file, section)?.properties.some((p) => nameOf(p) === name));
}

function decideSections(
  file: ts.ObjectLiteralExpression,
  state: Map<string, Map<string, string | null>>,
  decide: SectionEdit,
): void {
  for (const section of sections) {
    const object = sectionOf(file, section);
    if (object === undefined) continue;
    const wanted = state.get(section) ?? new Map<string, string | null>();
    state.set(section, wanted);
    const names = new Set(object.properties.flatMap((p) => nameOf(p) ?? []));
    decide(
      section,
      (name, range) => wanted.set(name, range),
      (name) => wanted.set(name, null),
      (name) => (wanted.has(name) ? wanted.get(name) !== null : names.has(name)),
    );
  }
}

const groups = new WeakMap<Rewriter, { group: string; title: string }>();

/** Writes what was decided about package.json as edits of its lines. */
export function flushManifest(rewriter: Rewriter): void {
  const state = pending.get(rewriter);
  const owner = groups.get(rewriter);
  if (state === undefined || owner === undefined) return;
  for (const [path, sectionsOfIt] of state) {
    const source = rewriter.notes.session.project.manifests.get(path);
    const file = source === undefined ? undefined : parse(source);
    if (source === undefined || file === undefined) continue;
    for (const [section, wanted] of sectionsOfIt) {
      const object = sectionOf(file, section);
      if (object === undefined || wanted.size === 0) continue;
      const change = rewriter.change({
        group: owner.group,
        transform: 'import-specifier',
        node: anchor(rewriter),
        title: `${path}: ${owner.title}`,
        reason: 'the code depends on it',
      });
      const { range, lines } = rewriteSection(source, object, wanted);
      rewriter.editFile(change, path, range, [text(lines)]);
    }
  }
}

function anchor(rewriter: Rewriter): ts.Node {
  const [first] = rewriter.notes.session.files.values();
  if (first === undefined) throw new Error('a project without files has no dependencies to change');
  return first;
}

/** The smallest run of lines that changes: everything outside stays byte for byte. */
function rewriteSection(
  source: string,
  object: ts.ObjectLiteralExpression,
  wanted: ReadonlyMap<string, string | null>,
): { range: Range; lines: string } {
  const entries = object.properties.map((p) => ({
    name: nameOf(p) ?? '',
    text: source.slice(p.getStart(), p.end),
  }));
  const isSorted = entries.every(
    (entry, index) => index === 0 || (entries[index - 1]?.name ?? '') <= entry.name,
  );
  const result = entries.flatMap((entry) => {
    const range = wanted.get(entry.name);
    if (range === undefined) return [entry];
    return range === null ? [] : [{ name: entry.name, text: `"${entry.name}": "${range}"` }];
  });
  for (const [name, range] of wanted) {
    if (range === null || entries.some((entry) => entry.name === name)) continue;
    const added = { name, text: `"${name}": "${range}"` };
    const at = isSorted ? result.findIndex((entry) => entry.name > name) : -1;
    if (at === -1) result.push(added);
    else result.splice(at, 0, added);
  }
  const first = object.properties[0];
  const last = object.properties[object.properties.length - 1];
  const separator = first === undefined ? '' : source.slice(object.getStart() + 1, first.getStart());
  const lines = result.map((entry) => entry.text).join(`,${separator}`);
  return {
    range: { start: first?.getStart() ?? object.getStart() + 1, end: last?.end ?? object.end - 1 },
    lines,
  };
}

function parse(source: string): ts.ObjectLiteralExpression | undefined {
  const file = ts.createSourceFile('package.json', source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JSON);
  const [statement] = file.statements;
  const root =
    statement !== undefined && ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return root !== undefined && ts.isObjectLiteralExpression(root) ? root : undefined;
}

function sectionOf(
  root: ts.ObjectLiteralExpression,
  section: string,
): ts.ObjectLiteralExpression | undefined {
  for (const property of root.properties) {
    if (
      nameOf(property) === section &&
      ts.isPropertyAssignment(property) &&
      ts.isObjectLiteralExpression(property.initializer)
    )
      return property.initializer;
  }
  return undefined;
}

function nameOf(property: ts.ObjectLiteralElementLike): string | undefined {
  return property.name !== undefined && ts.isStringLiteral(property.name) ? property.name.text : undefined;
}
