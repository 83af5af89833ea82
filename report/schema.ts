import { z } from 'zod';
import { hazardCodes } from '../core/model/hazard.js';
import type { Report } from '../core/model/report.js';

const range = z.strictObject({
  start: z.int().nonnegative().describe('UTF-16 offset of the first character'),
  end: z.int().nonnegative().describe('UTF-16 offset after the last character'),
});
const location = z.strictObject({ file: z.string(), range });
const risk = z.enum(['safe', 'review', 'unsafe', 'blocked']);
const evidence = z.enum(['declared', 'flow', 'name']);

const hazard = z.strictObject({
  code: z.enum(hazardCodes),
  effect: z.enum(['blocks', 'review', 'unsafe', 'note']),
  message: z.string(),
  at: location.exactOptional(),
  unblock: z.string().exactOptional(),
});

const listEntry = z.strictObject({
  needs: z.array(z.string()).nullable().describe('it stands with any of these groups; null: always'),
  goes: z.array(z.string()).nullable().describe('it goes with all of these groups together; null: never'),
  get content() {
    return z.union([z.string(), listPiece]);
  },
});

const listPiece = z.strictObject({
  kind: z.literal('list'),
  opening: z.string(),
  separator: z.string(),
  closing: z.string(),
  get entries(): z.ZodArray<typeof listEntry> {
    return z.array(listEntry);
  },
});

const piece = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({
    kind: z.literal('keep'),
    range,
    fromIndent: z.string(),
    toIndent: z.string(),
    frozen: z.array(range),
  }),
  listPiece,
]);

const edit = z.strictObject({
  id: z.string(),
  group: z.string(),
  change: z.string(),
  transform: z.string(),
  file: z.string(),
  range,
  pieces: z.array(piece),
});

const fileChange = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('edit'), file: z.string(), hash: z.string(), edits: z.array(edit) }),
  z.strictObject({
    kind: z.literal('create'),
    file: z.string(),
    group: z.string(),
    change: z.string(),
    text: z.string(),
  }),
  z.strictObject({
    kind: z.literal('delete'),
    file: z.string(),
    hash: z.string(),
    group: z.string(),
    change: z.string(),
  }),
]);

const change = z.strictObject({
  id: z.string(),
  group: z.string(),
  transform: z.string(),
  at: location,
  line: z.int().positive().describe('line in the original file, from 1'),
  title: z.string(),
  reason: z.string(),
  risk,
  evidence,
  hazards: z.array(hazard),
});

const group = z.strictObject({
  id: z.string(),
  kind: z.enum(['change', 'support', 'cleanup']),
  title: z.string(),
  risk,
  evidence,
  hazards: z.array(hazard),
  requires: z.array(z.string()),
  chain: z.array(location),
  decision: z
    .enum(['accepted', 'rejected'])
    .exactOptional()
    .describe('what a reviewer says; without it the level decides'),
});

const outcome = z.strictObject({
  call: z.string(),
  at: location,
  callee: z.string(),
  transform: z.string(),
  wait: z.enum(['database', 'process', 'network', 'derivation', 'file', 'cheap']),
  kind: z.enum(['converted', 'blocked', 'skipped', 'failed']),
  group: z.string().nullable(),
  risk,
  reason: z.string(),
  hazards: z.array(hazard),
});

const problem = z.strictObject({
  kind: z.enum(['input', 'config', 'parse', 'check', 'internal']),
  message: z.string(),
  file: z.string().exactOptional(),
  line: z.int().positive().exactOptional(),
});

/** The report document, version 1. Unknown keys are refused: another shape is another version. */
export const reportSchema = z
  .strictObject({
    version: z.literal(1),
    tool: z.strictObject({ name: z.string(), version: z.string() }),
    policy: z.strictObject({ maxRisk: risk, express4: z.string(), exported: z.string(), scope: z.string() }),
    packageKind: z.strictObject({ kind: z.enum(['application', 'library']), reason: z.string() }),
    filesRead: z.int().nonnegative(),
    files: z.array(fileChange),
    changes: z.array(change),
    groups: z.array(group),
    outcomes: z.array(outcome),
    checks: z.strictObject({
      unparsable: z.int().nonnegative(),
      newTypeErrors: z.int().nonnegative(),
      typeErrorsBefore: z.int().nonnegative(),
      secondRunEdits: z.int().nonnegative(),
      takenBack: z.array(z.string()),
    }),
    problems: z.array(problem),
    followUps: z.array(z.string()),
  })
  .describe(
    'What sync-to-async changes in a project, why, and what it leaves alone',
  ) satisfies z.ZodType<Report>;

/** The report document as JSON Schema (draft 2020-12). */
export function reportJsonSchema(): object {
  return z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
}
