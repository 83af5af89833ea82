import { createHash } from 'node:crypto';
import { ts } from 'ts-morph';
import type { Reading, Rewriting } from '../../front-end.js';
import type { Edit, FileChange } from '../../model/edit.js';
import type { Plan } from '../../model/plan.js';
import type { ProjectInput } from '../../model/project.js';
import type { Range } from '../../model/text.js';
import type { Notes } from '../read/context.js';
import type { Transform } from '../transform.js';
import { flushDoubles } from './doubles.js';
import { renameDriverTypes } from './driver-types.js';
import { flushImports } from './import-changes.js';
import { importStyleOf } from './imports.js';
import { removeLostNames } from './lost-names.js';
import { flushManifest } from './manifest.js';
import { flushNodeify } from './nodeify.js';
import { flushReturnTypes } from './promise-types.js';
import { type Collected, createRewriter, type Rewriter } from './rewriter.js';
import { removeUnusedImports } from './unused-imports.js';
import { upgradeExpress } from './upgrade.js';

/** Carries a plan out: each decision by the first transform that knows its kind. */
export function rewriteProject(
  project: ProjectInput,
  reading: Reading,
  plan: Plan,
  transforms: readonly Transform[],
): Rewriting {
  const notes = reading.notes as Notes;
  const { rewriter, collected } = createRewriter(notes, plan);
  for (const decision of plan.decisions) {
    if (!transforms.some((transform) => transform.rewrite(rewriter, decision))) {
      throw new Error(`no transform carries out ${decision.kind}`);
    }
  }
  if (rewriter.policy.express4 === 'upgrade') upgradeExpress(rewriter);
  flushDoubles(rewriter);
  flushReturnTypes(rewriter);
  flushNodeify(rewriter);
  removeUnusedImports(rewriter);
  flushImports(rewriter, (file) => importStyleOf(rewriter, file));
  renameDriverTypes(rewriter, removeLostNames(rewriter, collected), collected);
  flushManifest(rewriter);
  const result = collected();
  return {
    changeSet: { files: fileChanges(project, result) },
    changes: [...result.changes].sort(
      (a, b) => compare(a.at.file, b.at.file) || a.at.range.start - b.at.range.start || compare(a.id, b.id),
    ),
    followUps: result.followUps,
    requirements: result.requirements,
    cleanups: result.cleanups,
    late: [...result.late, ...lostComments(rewriter, result)],
    said: result.said,
    unsure: result.unsure,
  };
}

function fileChanges(project: ProjectInput, result: Collected): FileChange[] {
  const byFile = new Map<string, Edit[]>();
  for (const edit of result.edits) {
    const list = byFile.get(edit.file);
    if (list === undefined) byFile.set(edit.file, [edit]);
    else list.push(edit);
  }
  const edited = [...byFile].map(([file, edits]): FileChange => {
    const text = project.sources.get(file) ?? project.manifests.get(file) ?? '';
    return { kind: 'edit', file, hash: hashOf(text), edits };
  });
  const deleted = result.deletes.map(({ file, group, change }): FileChange => {
    const text = project.sources.get(file) ?? project.manifests.get(file) ?? '';
    return { kind: 'delete', file, hash: hashOf(text), group, change };
  });
  return [...edited, ...result.creates, ...deleted].sort((a, b) => compare(a.file, b.file));
}

/** SHA-256 of a text, as hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Comments that stand in replaced code and are part of nothing that is kept. */
function lostComments(rewriter: Rewriter, result: Collected): Rewriting['late'] {
  const { session, ids } = rewriter.notes;
  const late: { call: string; hazard: Rewriting['late'][number]['hazard'] }[] = [];
  const keptIn = (edit: Edit): Range[] =>
    edit.pieces.flatMap((piece) => (piece.kind === 'keep' ? [piece.range] : []));
  for (const edit of result.edits) {
    const file = session.files.get(edit.file);
    if (file === undefined || edit.range.start === edit.range.end) continue;
    // What is removed in one place may be kept in another.
    const isRemoval = edit.pieces.length === 0;
    const kept = isRemoval
      ? result.edits.filter((other) => other.file === edit.file && other.group === edit.group).flatMap(keptIn)
      : keptIn(edit);
    for (const comment of commentsIn(file, edit.range.start, edit.range.end)) {
      if (kept.some((range) => range.start <= comment.pos && comment.end <= range.end)) continue;
      const call = result.changes.find((change) => change.id === edit.change);
      const id = call?.group.replace(/^group:/, '') ?? ids.moduleOf(file);
      const message = `the comment \`${file.text.slice(comment.pos, Math.min(comment.end, comment.pos + 40)).replace(/\s+/g, ' ')}\` goes away with the code it stands in`;
      late.push({
        call: id,
        hazard: {
          code: 'H-COMMENT',
          effect: 'review',
          message,
          at: { file: edit.file, range: { start: comment.pos, end: comment.end } },
        },
      });
    }
  }
  return late;
}

const comments = new WeakMap<ts.SourceFile, ts.CommentRange[]>();

function commentsIn(file: ts.SourceFile, start: number, end: number): ts.CommentRange[] {
  let all = comments.get(file);
  if (all === undefined) {
    const found = new Map<number, ts.CommentRange>();
    const visit = (node: ts.Node): void => {
      for (const range of [
        ...(ts.getLeadingCommentRanges(file.text, node.pos) ?? []),
        ...(ts.getTrailingCommentRanges(file.text, node.end) ?? []),
      ]) {
        found.set(range.pos, range);
      }
      for (const child of node.getChildren(file)) visit(child);
    };
    visit(file);
    all = [...found.values()];
    comments.set(file, all);
  }
  return all.filter((comment) => comment.pos >= start && comment.end <= end);
}
