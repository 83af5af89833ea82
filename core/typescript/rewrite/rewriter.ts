import { ts } from 'ts-morph';
import type { LateHazard, Rewriting } from '../../front-end.js';
import type { Edit, FileChange, Piece } from '../../model/edit.js';
import type { Hazard } from '../../model/hazard.js';
import type { Plan, Policy } from '../../model/plan.js';
import type { Evidence } from '../../model/program.js';
import type { Change } from '../../model/report.js';
import { type Location, lineAt, type Range } from '../../model/text.js';
import type { Notes } from '../read/context.js';
import { rangeOf, someNode } from '../read/syntax.js';
import { createStyles, type Style } from './pieces.js';

/** Where a change stands and why it is made. */
export interface ChangeSpec {
  readonly group: string;
  readonly transform: string;
  readonly node: ts.Node;
  readonly title: string;
  readonly reason: string;
  readonly hazards?: readonly Hazard[];
}

export type InsertRank = 0 | 1 | 2 | 3;

/** Collects the edits of one plan; transforms write into it. */
export interface Rewriter {
  readonly notes: Notes;
  readonly plan: Plan;
  readonly policy: Policy;
  styleOf(node: ts.Node): Style;
  /** Starts a reviewable change; returns its id. */
  change(spec: ChangeSpec): string;
  /** Replaces a range of the file of a node as part of a change. */
  edit(change: string, node: ts.Node, range: Range, pieces: readonly Piece[]): void;
  /** Inserts lines behind others at one place: those of a lower rank come first, and other edits have the last. */
  insert(
    change: string,
    node: ts.Node,
    offset: number,
    rank: InsertRank,
    inserted: string | readonly Piece[],
  ): void;
  editFile(change: string, file: string, range: Range, pieces: readonly Piece[]): void;
  create(change: string, file: string, text: string): void;
  remove(change: string, file: string): void;
  late(hazard: LateHazard): void;
  /** A type is written of a value in front of this place; true where the check wants it as a cast. */
  isDoubted(node: ts.Node, offset: number): boolean;
  /** The types say that an expression is no promise. */
  isPlainByType(expression: ts.Expression): boolean;
  followUp(sentence: string): void;
  /** Adds to what a group needs besides itself. */
  require(group: string, support: string, title: string): void;
  /** Starts a group that takes away what nothing uses once some groups are applied. */
  cleanUp(group: string, title: string, requires: readonly string[]): void;
}

export interface Collected {
  readonly edits: readonly Edit[];
  readonly creates: readonly Extract<FileChange, { kind: 'create' }>[];
  readonly deletes: readonly { readonly file: string; readonly group: string; readonly change: string }[];
  readonly changes: readonly Change[];
  readonly late: readonly LateHazard[];
  readonly said: ReadonlySet<string>;
  readonly unsure: readonly Location[];
  readonly followUps: readonly string[];
  readonly cleanups: Rewriting['cleanups'];
  readonly requirements: readonly {
    readonly group: string;
    readonly support: string;
    readonly title: string;
  }[];
}

export function createRewriter(notes: Notes, plan: Plan): { rewriter: Rewriter; collected: () => Collected } {
  const edits: Edit[] = [];
  const creates: Extract<FileChange, { kind: 'create' }>[] = [];
  const deletes: { file: string; group: string; change: string }[] = [];
  const changes = new Map<string, Change>();
  const late: LateHazard[] = [];
  const said = new Set<string>();
  const unsure = new Map<string, Location>();
  const followUps = new Set<string>();
  const requirements: { group: string; support: string; title: string }[] = [];
  const cleanups: Rewriting['cleanups'][number][] = [];
  const styleOf = createStyles();
  const perFile = new Map<string, number>();

  const editFile = (change: string, file: string, range: Range, pieces: readonly Piece[], rank = 3): void => {
    const entry = changes.get(change);
    if (entry === undefined) throw new Error(`an edit of ${file} belongs to no change`);
    const ordinal = (perFile.get(file) ?? 0) + 1;
    perFile.set(file, ordinal);
    edits.push({
      id: `${file}#e${rank}${String(ordinal).padStart(5, '0')}`,
      group: entry.group,
      change,
      transform: entry.transform,
      file,
      range,
      pieces,
    });
  };

  const rewriter: Rewriter = {
    notes,
    plan,
    policy: notes.options.policy,
    styleOf,
    change(spec) {
      const file = notes.session.pathOf(spec.node);
      const base = `${spec.transform}:${notes.ids.of(spec.node)}`;
      let id = base;
      for (let n = 2; changes.has(id); n++) id = `${base}.${n}`;
      const group = plan.groups.find((candidate) => candidate.id === spec.group);
      changes.set(id, {
        id,
        group: spec.group,
        transform: spec.transform,
        at: { file, range: rangeOf(spec.node) },
        line: lineAt(spec.node.getSourceFile().text, spec.node.getStart()),
        title: spec.title,
        reason: spec.reason,
        risk: group?.risk ?? 'safe',
        evidence: group?.evidence ?? ('flow' satisfies Evidence),
        hazards: spec.hazards ?? [],
      });
      return id;
    },
    edit: (change, node, range, pieces) => {
      const { text } = node.getSourceFile();
      const { semicolon } = rewriter.styleOf(node);
      const kept = semicolon === '' ? withSemicolon(text, range, pieces) : pieces;
      editFile(change, notes.session.pathOf(node), range, kept);
    },
    insert: (change, node, offset, rank, inserted) =>
      editFile(
        change,
        notes.session.pathOf(node),
        { start: offset, end: offset },
        typeof inserted === 'string' ? [{ kind: 'text', text: inserted }] : inserted,
        rank,
      ),
    editFile: (change, file, range, pieces) => editFile(change, file, range, pieces),
    create(change, file, text) {
      const entry = changes.get(change);
      creates.push({ kind: 'create', file, group: entry?.group ?? '', change, text });
    },
    remove: (change, file) => deletes.push({ file, group: changes.get(change)?.group ?? '', change }),
    late: (hazard) => late.push(hazard),
    isDoubted(node, offset) {
      const place = `${notes.session.pathOf(node)}:${offset}`;
      said.add(place);
      return notes.options.doubted.has(place);
    },
    isPlainByType(expression) {
      const file = notes.session.pathOf(expression);
      // A function of the project may answer with a promise from now on.
      const isOwn = (node: ts.Node): boolean =>
        (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
        (notes.candidates.calls.has(node) || notes.values.of(node.expression).length > 0);
      if (!/\.[cm]?tsx?$/.test(file) || someNode(expression, isOwn)) return false;
      const range = rangeOf(expression);
      const place = `${file}:${range.start}-${range.end}`;
      unsure.set(place, { file, range });
      return notes.options.plain.has(place);
    },
    followUp: (sentence) => followUps.add(sentence),
    require: (group, support, title) => requirements.push({ group, support, title }),
    cleanUp: (group, title, requires) => cleanups.push({ group, title, requires }),
  };
  return {
    rewriter,
    collected: () => ({
      edits,
      creates,
      deletes,
      changes: [...changes.values()],
      late,
      said,
      unsure: [...unsure.values()],
      followUps: [...followUps].sort(),
      requirements,
      cleanups,
    }),
  };
}

/**
 * Code that leaves out semicolons writes one where the next line would go on with the line in front of it. What takes the
 * place of such a line keeps it, and so does the line before one that goes away.
 */
function withSemicolon(source: string, range: Range, pieces: readonly Piece[]): readonly Piece[] {
  if (!source.slice(range.start, range.end).trimEnd().endsWith(';')) return pieces;
  const next = source.slice(range.end).replace(/^(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)+/, '');
  const last = pieces[pieces.length - 1];
  const ending =
    last?.kind === 'keep'
      ? source.slice(last.range.start, last.range.end)
      : last?.kind === 'text'
        ? last.text
        : '';
  return /^[([`/+-]/.test(next) && !ending.trimEnd().endsWith(';')
    ? [...pieces, { kind: 'text', text: ';' }]
    : pieces;
}
