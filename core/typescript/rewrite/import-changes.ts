import { ts } from 'ts-morph';
import type { ListPiece, Piece } from '../../model/edit.js';
import { isWithin, maxRisk, type Risk } from '../../model/hazard.js';
import type { Group } from '../../model/plan.js';
import type { Range } from '../../model/text.js';
import {
  compareNames,
  goingWith,
  type ImportChanges,
  lines,
  type NamedImport,
  namedImportOf,
  newList,
  oldList,
  usesOf,
  type WantedMember,
} from './import-lists.js';
import { fullRange } from './pieces.js';
import type { InsertRank, Rewriter } from './rewriter.js';
import { isWrittenTwice } from './twice.js';

const pending = new WeakMap<Rewriter, Map<string, ImportChanges>>();

function changesOf(rewriter: Rewriter, file: ts.SourceFile): ImportChanges {
  const path = rewriter.notes.session.pathOf(file);
  let files = pending.get(rewriter);
  if (files === undefined) {
    files = new Map();
    pending.set(rewriter, files);
  }
  let changes = files.get(path);
  if (changes === undefined) {
    changes = { file, wanted: new Map(), released: new Map() };
    files.set(path, changes);
  }
  return changes;
}

/** Asks for an import; `flushImports` writes those of a file together. */
export function wantImport(
  rewriter: Rewriter,
  file: ts.SourceFile,
  specifier: string,
  wanted: WantedMember,
): void {
  const { wanted: all } = changesOf(rewriter, file);
  const members = all.get(specifier);
  if (members === undefined) all.set(specifier, [wanted]);
  else members.push(wanted);
}

/** Says that the converted code does not mention an imported name any more. */
export function releaseImport(rewriter: Rewriter, use: ts.Identifier, group: string): void {
  const declaration = rewriter.notes.session.symbolOf(use)?.declarations?.[0];
  if (declaration === undefined || usesOf(rewriter, declaration) === undefined) return;
  if (isWrittenTwice(rewriter, use)) return;
  const file = use.getSourceFile();
  const { released } = changesOf(rewriter, file);
  const uses = released.get(declaration);
  if (uses === undefined) released.set(declaration, new Map([[use, group]]));
  else uses.set(use, group);
  rewriter.require(group, supportOf(rewriter, file), 'the imports of the file');
}

function supportOf(rewriter: Rewriter, file: ts.SourceFile): string {
  return `imports:${rewriter.notes.session.pathOf(file)}`;
}

/**
 * True when every use of an imported name converts, so that the promise form can take the name over. The groups that
 * convert them stand or fall together from then on.
 */
export function takesOverName(rewriter: Rewriter, use: ts.Identifier): boolean {
  const { notes, plan, policy } = rewriter;
  const declaration = notes.session.symbolOf(use)?.declarations?.[0];
  if (declaration === undefined || !goesAway(rewriter, declaration)) return false;
  const uses = usesOf(rewriter, declaration);
  if (uses === undefined || uses.length === 0) return false;
  if (uses.some((name) => isWrittenTwice(rewriter, name))) return false;
  const converted = new Map<string, string>();
  for (const decision of plan.decisions) {
    if (decision.kind === 'convert-unit')
      for (const call of decision.calls) converted.set(call, decision.group);
    if (decision.kind === 'convert-call') converted.set(decision.call, decision.group);
  }
  const groups = uses.map((name) =>
    ts.isCallExpression(name.parent) && name.parent.expression === name
      ? converted.get(notes.ids.of(name.parent))
      : undefined,
  );
  const all = new Set(groups.flatMap((group) => group ?? []));
  const areWithin = [...all].every((group) => isWithin(riskWithRequired(plan.groups, group), policy.maxRisk));
  if (groups.includes(undefined) || (all.size > 1 && !areWithin)) return false;
  for (const one of all)
    for (const other of all) if (one !== other) rewriter.require(one, other, 'the import that they share');
  return true;
}

/** Whether the import of a name is one that is taken out of a file: a statement of its own that can be taken apart. */
function goesAway(rewriter: Rewriter, declaration: ts.Node): boolean {
  const statement = statementOf(declaration);
  return (
    statement !== undefined &&
    ts.isSourceFile(statement.parent) &&
    namedImportOf(rewriter, statement) !== undefined
  );
}

function riskWithRequired(groups: readonly Group[], id: string): Risk {
  const group = groups.find((candidate) => candidate.id === id);
  const required = group?.requires.map((other) => groups.find((g) => g.id === other)?.risk ?? 'safe') ?? [];
  return required.reduce<Risk>(maxRisk, group?.risk ?? 'safe');
}

/** How new imports are written where no old one is their place. */
export interface ImportStyle {
  readonly isEsm: boolean;
  readonly keyword: string;
  /** Behind this statement, or at the top of the file. */
  readonly last: ts.Statement | undefined;
  readonly top: { readonly offset: number; readonly before: string; readonly after: string };
}

/** Writes what was asked for: into an import of the same module, in the place of one that goes, or behind the last. */
export function flushImports(rewriter: Rewriter, styleOf: (file: ts.SourceFile) => ImportStyle): void {
  for (const changes of pending.get(rewriter)?.values() ?? [])
    flushFile(rewriter, changes, styleOf(changes.file));
}

interface Planned {
  readonly old: NamedImport;
  readonly joined: WantedMember[];
  readonly replaced: { readonly specifier: string; readonly members: WantedMember[] }[];
}

function flushFile(rewriter: Rewriter, changes: ImportChanges, form: ImportStyle): void {
  const { file } = changes;
  const planned = new Map<ts.Statement, Planned>();
  for (const statement of file.statements) {
    const old = namedImportOf(rewriter, statement);
    if (old !== undefined) planned.set(statement, { old, joined: [], replaced: [] });
  }
  const behind: [string, WantedMember[]][] = [];
  for (const [specifier, members] of separately(changes.wanted)) {
    const joins = [...planned.values()].find(
      ({ old }) => old.isPattern && moduleOf(old.specifier.text) === moduleOf(specifier),
    );
    const isNamed = members.every(({ member }) => member !== null);
    if (joins !== undefined && isNamed) {
      joins.joined.push(...members);
      continue;
    }
    const anchor = members.map(({ instead }) => (instead === undefined ? undefined : statementOf(instead)));
    const place = anchor
      .map((statement) => statement && planned.get(statement))
      .find((one) => one !== undefined);
    if (place !== undefined) place.replaced.push({ specifier, members: inOrder(members, place.old) });
    else behind.push([specifier, members]);
  }
  for (const [statement, one] of planned) writeAt(rewriter, changes, form, statement, one);
  writeBehind(rewriter, changes, form, behind);
}

/** A whole module has a line of its own. */
function separately(
  wanted: ReadonlyMap<string, readonly WantedMember[]>,
): readonly (readonly [string, WantedMember[]])[] {
  return [...wanted].flatMap(([specifier, members]) => {
    const named = members.filter(({ member }) => member !== null);
    const whole = members.filter(({ member }) => member === null);
    return [...whole.map((one) => [one]), ...(named.length > 0 ? [named] : [])].map(
      (some) => [specifier, some] as const,
    );
  });
}

function moduleOf(specifier: string): string {
  return specifier.replace(/^node:/, '');
}

function statementOf(node: ts.Node): ts.Statement | undefined {
  let current: ts.Node | undefined = node;
  while (current !== undefined && !ts.isSourceFile(current)) {
    if (ts.isStatement(current)) return current;
    current = current.parent;
  }
  return undefined;
}

/** In the order of the names that they replace, then by name. */
function inOrder(members: readonly WantedMember[], old: NamedImport): WantedMember[] {
  const position = ({ instead }: WantedMember): number => {
    const index = old.names.findIndex(({ node }) => node === instead);
    return index === -1 ? old.names.length : index;
  };
  return [...members].sort((a, b) => position(a) - position(b) || compareNames(a.name, b.name));
}

function writeAt(
  rewriter: Rewriter,
  changes: ImportChanges,
  form: ImportStyle,
  statement: ts.Statement,
  { old, joined, replaced }: Planned,
): void {
  const goes = old.names.some(({ node }) => goingWith(rewriter, changes, node) !== null);
  if (!goes && joined.length === 0 && replaced.length === 0) return;
  const style = rewriter.styleOf(statement);
  const kept = oldList(rewriter, changes, old, joined);
  const news = replaced.map(({ specifier, members }) =>
    newList(style, specifier, members, { old, keyword: form.keyword, isEsm: form.isEsm }),
  );
  const change = startChange(rewriter, statement, [...joined, ...replaced.flatMap(({ members }) => members)]);
  if (joined.length > 0 || news.length > 0) {
    rewriter.edit(change, statement, { start: statement.getStart(), end: statement.end }, [
      lines(style.newline, [kept, ...news]),
    ]);
    return;
  }
  const { range, piece } = onItsLine(statement, kept, statement === form.last);
  rewriter.edit(change, statement, range, [piece]);
}

/** A list that takes its line along where nothing of it is left. */
function onItsLine(
  statement: ts.Statement,
  list: ListPiece,
  isLast: boolean,
): { readonly range: Range; readonly piece: Piece } {
  const { text } = statement.getSourceFile();
  const start = statement.getStart();
  const { end } = statement;
  const before = /(?:\r?\n)[ \t]*$/.exec(text.slice(0, start))?.[0] ?? '';
  // New lines may follow the last import: its own line break stays with them.
  if (isLast && before !== '') {
    const range = { start: start - before.length, end };
    return { range, piece: { ...list, opening: before + list.opening } };
  }
  const isApart = start === 0 || /\n[ \t]*\r?\n$/.test(text.slice(0, start));
  const after = (isApart ? /^[ \t]*\r?\n(?:[ \t]*\r?\n)?/ : /^[ \t]*\r?\n/).exec(text.slice(end))?.[0] ?? '';
  return { range: { start, end: end + after.length }, piece: { ...list, closing: list.closing + after } };
}

function writeBehind(
  rewriter: Rewriter,
  changes: ImportChanges,
  form: ImportStyle,
  behind: readonly [string, readonly WantedMember[]][],
): void {
  const style = rewriter.styleOf(changes.file);
  const isRelative = ([specifier]: readonly [string, unknown]): boolean => specifier.startsWith('.');
  const ordered = [...behind.filter((one) => !isRelative(one)), ...behind.filter(isRelative)];
  const lists = ordered.map(([specifier, members]) => {
    const sorted = [...members].sort((a, b) => compareNames(a.name, b.name));
    return newList(style, specifier, sorted, { old: undefined, keyword: form.keyword, isEsm: form.isEsm });
  });
  if (lists.length === 0) return;
  const { last, top } = form;
  const change = startChange(
    rewriter,
    last ?? changes.file,
    ordered.flatMap(([, members]) => members),
  );
  if (last === undefined) {
    const list = { ...lines(style.newline, lists), opening: top.before, closing: top.after };
    rewriter.edit(change, changes.file, { start: top.offset, end: top.offset }, [list]);
    return;
  }
  const { offset, before, after } = placeBehind(last, style.newline);
  rewriter.insert(change, last, offset, 1, [
    { ...lines(style.newline, lists), opening: before, closing: after },
  ]);
}

/** Where lines behind the imports go, and the line break that they bring along. */
export function placeBehind(
  statement: ts.Statement,
  newline: string,
): { readonly offset: number; readonly before: string; readonly after: string; readonly rank: InsertRank } {
  const { end } = fullRange(statement);
  // The first line of a file may go, with its line break.
  const lineBreak =
    statement.getStart() === 0
      ? /^[ \t]*\r?\n/.exec(statement.getSourceFile().text.slice(end))?.[0]
      : undefined;
  return lineBreak === undefined
    ? { offset: end, before: newline, after: '', rank: 3 }
    : // In front of what is put before the next statement, an `async` for instance.
      { offset: end + lineBreak.length, before: '', after: newline, rank: 2 };
}

function startChange(rewriter: Rewriter, node: ts.Node, members: readonly WantedMember[]): string {
  const support = supportOf(rewriter, node.getSourceFile());
  for (const member of members) rewriter.require(member.support, support, 'the imports of the file');
  const names = members.map(({ name }) => name).join(', ');
  return rewriter.change({
    group: support,
    transform: 'import-specifier',
    node,
    title: names === '' ? 'an import goes' : `import ${names}`,
    reason: names === '' ? 'nothing uses it any more' : 'the converted code uses it',
  });
}
