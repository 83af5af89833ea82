import type { FrontEnd, LateHazard, NewDiagnostic, Reading, Rewriting } from './front-end.js';
import { acceptedGroups, closedRisk } from './model/accepted.js';
import { addReasons, type EarlierReasons, reasonsOf, withReasons } from './model/earlier-reasons.js';
import type { Edit } from './model/edit.js';
import { type Hazard, maxRisk } from './model/hazard.js';
import { nameAssumptions } from './model/named-assumptions.js';
import type { Group, Outcome, Plan, Policy } from './model/plan.js';
import type { CallFact, CallId, FunctionId, Program } from './model/program.js';
import type { ProjectInput } from './model/project.js';
import {
  EditConflict,
  groupAt,
  groupsIn,
  nextSourceOffset,
  renderEdits,
  sourceOffset,
} from './model/render-edits.js';
import type { CheckSummary, FileTexts, MigrationResult, Problem, Report } from './model/report.js';
import { containsRange, type Location, type Range } from './model/text.js';
import { planProgram } from './planner/index.js';

export type Progress = (step: string, done: number, total: number) => void;

interface Attempt {
  readonly reading: Reading;
  /** What was read, with the hazards that were met since. */
  readonly program: Program;
  readonly plan: Plan;
  readonly rewriting: Rewriting;
  readonly groups: readonly Group[];
  readonly known: Known;
}

/** What readings and plans have found so far. What is taken back adds to it, and makes none of it untrue. */
interface Known {
  readonly excluded: ReadonlySet<CallId>;
  readonly insideOnly: ReadonlySet<FunctionId>;
  readonly kept: ReadonlySet<FunctionId>;
  readonly late: readonly LateHazard[];
  readonly reasons: EarlierReasons;
}

const nothingKnown: Known = {
  excluded: new Set(),
  insideOnly: new Set(),
  kept: new Set(),
  late: [],
  reasons: new Map(),
};

const tool = { name: 'sync-to-async', version: '0.1.0' };

/**
 * The one way from sources to a checked change set: read, plan, rewrite, check. A dry run is this; applying is this and
 * then writing `texts`.
 */
export function migrateProject(
  project: ProjectInput,
  frontEnd: FrontEnd,
  policy: Policy,
  onProgress: Progress = () => {},
): MigrationResult {
  onProgress('read', 0, 3);
  const { attempt: converged, checked, takenBack } = converge(project, frontEnd, policy);
  const attempt = withDeclared(project, frontEnd, converged, policy);
  onProgress('second run', 2, 3);
  const texts = textsOf(project, attempt, policy);
  const secondRunEdits = countSecondRun(project, frontEnd, policy, texts);
  onProgress('done', 3, 3);
  const checks: CheckSummary = {
    ...checked.summary,
    secondRunEdits,
    takenBack: [...takenBack.keys()].sort(),
  };
  return {
    report: reportOf(project, policy, attempt, checks, attempt.reading.problems),
    texts,
  };
}

interface Converged {
  readonly attempt: Attempt;
  readonly checked: Checked;
  /** Functions that the check does not let convert, with the evidence. */
  readonly takenBack: ReadonlyMap<string, Hazard>;
}

/** Takes back what the check holds responsible for new errors until none is left. */
function converge(project: ProjectInput, frontEnd: FrontEnd, policy: Policy): Converged {
  const takenBack = new Map<string, Hazard>();
  let doubted: ReadonlySet<string> = new Set();
  let known = nothingKnown;
  const plain = new Map<string, boolean>();
  for (let round = 0; ; round++) {
    const attempt = settle(project, frontEnd, policy, { takenBack, doubted, plain }, known);
    known = attempt.known;
    const checked = check(project, frontEnd, attempt, policy);
    const doubts = checked.doubts.filter((place) => !doubted.has(place));
    if (doubts.length > 0) {
      doubted = new Set([...doubted, ...doubts]);
      continue;
    }
    const before = takenBack.size;
    for (const [group, hazard] of checked.toBlame) {
      for (const id of functionsOf(attempt, group)) if (!takenBack.has(id)) takenBack.set(id, hazard);
    }
    for (const [id, hazard] of checked.calls) if (!takenBack.has(id)) takenBack.set(id, hazard);
    if (takenBack.size === before || round > 30) return { attempt, checked, takenBack };
  }
}

/** What the check has said of the attempts before. */
interface Verdicts {
  readonly takenBack: ReadonlyMap<string, Hazard>;
  /** Places of types that it did not believe. */
  readonly doubted: ReadonlySet<string>;
  /** What the types have said of expressions that may be promises. */
  readonly plain: Map<string, boolean>;
}

/** Reads and plans until no call is left that cannot convert, then rewrites; hazards met on the way raise the risk. */
function settle(
  project: ProjectInput,
  frontEnd: FrontEnd,
  policy: Policy,
  { takenBack, doubted, plain }: Verdicts,
  known: Known,
): Attempt {
  let { excluded, insideOnly, kept, late, reasons } = known;
  for (let round = 0; ; round++) {
    const values = new Set([...plain].flatMap(([place, isPlain]) => (isPlain ? [place] : [])));
    const reading = frontEnd.read(project, { policy, excluded, insideOnly, kept, doubted, plain: values });
    const program = withHazards(reading.program, takenBack, late);
    const plan = planProgram(program, policy);
    const more = plan.excluded.filter((call) => !excluded.has(call));
    if (more.length > 0 && round < 50) {
      excluded = new Set([...excluded, ...more]);
      continue;
    }
    const stuck = plan.insideOnly.filter((id) => !insideOnly.has(id));
    if (stuck.length > 0 && round < 50) {
      reasons = addReasons(reasons, program, plan.outcomes, stuck);
      insideOnly = new Set([...insideOnly, ...stuck]);
      excluded = new Set();
      continue;
    }
    const lasting = plan.lasting.filter((id) => !kept.has(id));
    if (lasting.length > 0 && round < 50) {
      kept = new Set([...kept, ...lasting]);
      reasons = reasonsOf(reasons, program, kept);
      insideOnly = new Set();
      excluded = new Set();
      continue;
    }
    const rewriting = frontEnd.rewrite(project, reading, plan);
    const news = rewriting.late.filter((hazard) => !late.some((known) => sameLate(known, hazard)));
    if (news.length > 0 && round < 60) {
      late = [...late, ...news];
      continue;
    }
    if (askTypes(project, frontEnd, rewriting, plain)) continue;
    const outcomes = plan.outcomes.map((outcome) => withReasons(outcome, reasons));
    return {
      reading,
      program,
      plan: { ...plan, outcomes },
      rewriting,
      groups: withSupports(plan, rewriting),
      known: { excluded, insideOnly, kept, late, reasons },
    };
  }
}

/** Asks the types of expressions that may be promises; true where some of them are none. */
function askTypes(
  project: ProjectInput,
  frontEnd: FrontEnd,
  { unsure }: Rewriting,
  plain: Map<string, boolean>,
): boolean {
  const placeOf = ({ file, range }: Location): string => `${file}:${range.start}-${range.end}`;
  const asked = unsure.filter((expression) => !plain.has(placeOf(expression)));
  if (asked.length === 0) return false;
  const answers = frontEnd.arePlain(project, asked);
  for (const [index, expression] of asked.entries()) plain.set(placeOf(expression), answers[index] === true);
  return answers.includes(true);
}

function sameLate(a: LateHazard, b: LateHazard): boolean {
  return a.call === b.call && a.hazard.code === b.hazard.code && a.hazard.message === b.hazard.message;
}

function withHazards(
  program: Program,
  takenBack: ReadonlyMap<string, Hazard>,
  late: readonly LateHazard[],
): Program {
  if (takenBack.size === 0 && late.length === 0) return program;
  const extra = new Map<string, Hazard[]>();
  for (const { call, hazard } of late) extra.set(call, [...(extra.get(call) ?? []), hazard]);
  return {
    ...program,
    functions: program.functions.map((f) => {
      const blamed = takenBack.get(f.id);
      const more = [...(blamed === undefined ? [] : [blamed]), ...(extra.get(f.id) ?? [])];
      if (more.length === 0) return f;
      const twin = f.twin === undefined ? {} : { twin: [...f.twin, ...more] };
      return { ...f, ...twin, hazards: [...f.hazards, ...more] };
    }),
    calls: program.calls.map((call) => {
      const blamed = takenBack.get(call.id);
      const more = [...(blamed === undefined ? [] : [blamed]), ...(extra.get(call.id) ?? [])];
      return more.length === 0 ? call : { ...call, hazards: [...more, ...call.hazards] };
    }),
  };
}

/** Names the calls that the checker leads to a declaration; the plan is the same but for the evidence of its groups. */
function withDeclared(project: ProjectInput, frontEnd: FrontEnd, attempt: Attempt, policy: Policy): Attempt {
  const { program, rewriting } = attempt;
  const changed = new Set(rewriting.changeSet.files.map(({ file }) => file));
  const followed = program.calls.filter(({ at, evidence }) => evidence === 'flow' && changed.has(at.file));
  if (followed.length === 0) return attempt;
  const answers = frontEnd.areDeclared(
    project,
    followed.map(({ at }) => at),
  );
  const declared = new Set(followed.filter((_, index) => answers[index] === true));
  const calls = program.calls.map(
    (call): CallFact => (declared.has(call) ? { ...call, evidence: 'declared' } : call),
  );
  const { groups } = planProgram({ ...program, calls }, policy);
  const evidenceOf = new Map(groups.map(({ id, evidence }) => [id, evidence]));
  const changes = rewriting.changes.map((change) => ({
    ...change,
    evidence: evidenceOf.get(change.group) ?? change.evidence,
  }));
  return {
    ...attempt,
    rewriting: { ...rewriting, changes },
    groups: attempt.groups.map((group) => ({
      ...group,
      evidence: evidenceOf.get(group.id) ?? group.evidence,
    })),
  };
}

/** Adds the supports that carrying out the plan asked for, and what requires them. */
function withSupports(plan: Plan, rewriting: Rewriting): Group[] {
  const requires = new Map<string, Set<string>>();
  const supports = new Map<string, Group>();
  const known = new Set(plan.groups.map((group) => group.id));
  for (const { group, support, title } of rewriting.requirements) {
    const set = requires.get(group) ?? new Set();
    requires.set(group, set.add(support));
    if (known.has(support) || supports.has(support)) continue;
    supports.set(support, supportOf(support, title));
  }
  for (const { group, title, requires } of rewriting.cleanups)
    supports.set(group, { ...supportOf(group, title), kind: 'cleanup', requires: [...requires].sort() });
  const withRequires = (group: Group): Group => {
    const more = requires.get(group.id);
    return more === undefined
      ? group
      : { ...group, requires: [...new Set([...group.requires, ...more])].sort() };
  };
  return [...plan.groups, ...supports.values()].map(withRequires);
}

function supportOf(id: string, title: string): Group {
  return {
    id,
    kind: 'support',
    title,
    risk: 'safe',
    evidence: 'flow',
    hazards: [],
    requires: [],
    chain: [],
  };
}

function textsOf(project: ProjectInput, attempt: Attempt, policy: Policy): FileTexts[] {
  const applied = acceptedGroups(attempt.groups, policy.maxRisk);
  const shown = acceptedGroups(attempt.groups, maxRisk(policy.maxRisk, 'review'));
  return attempt.rewriting.changeSet.files.flatMap((change): FileTexts[] => {
    const before = project.sources.get(change.file) ?? project.manifests.get(change.file) ?? null;
    const textWith = (accepted: ReadonlySet<string>): string | null => {
      if (change.kind === 'edit')
        return before === null ? null : renderEdits(before, change.edits, (group) => accepted.has(group));
      if (change.kind === 'create') return accepted.has(change.group) ? change.text : before;
      return accepted.has(change.group) ? null : before;
    };
    const texts = { file: change.file, before, applied: textWith(applied), shown: textWith(shown) };
    return texts.applied === before && texts.shown === before ? [] : [texts];
  });
}

interface Checked {
  readonly summary: Omit<CheckSummary, 'secondRunEdits' | 'takenBack'>;
  /** Groups that the check holds responsible, with the evidence. */
  readonly toBlame: ReadonlyMap<string, Hazard>;
  /** Calls that alone are to blame, and that can stay as they are. */
  readonly calls: ReadonlyMap<CallId, Hazard>;
  /** Places of types that it did not believe, which could be said as a cast. */
  readonly doubts: readonly string[];
}

function check(project: ProjectInput, frontEnd: FrontEnd, attempt: Attempt, policy: Policy): Checked {
  const all = acceptedGroups(attempt.groups, maxRisk(policy.maxRisk, 'unsafe'));
  const after = new Map<string, string | null>();
  const toBlame = new Map<string, Hazard>();
  const calls = new Map<CallId, Hazard>();
  for (const change of attempt.rewriting.changeSet.files) {
    if (change.kind !== 'edit') {
      after.set(change.file, change.kind === 'create' ? change.text : null);
      continue;
    }
    const before = project.sources.get(change.file) ?? project.manifests.get(change.file) ?? '';
    try {
      after.set(
        change.file,
        renderEdits(before, change.edits, (group) => all.has(group)),
      );
    } catch (error) {
      if (!(error instanceof EditConflict)) throw error;
      for (const group of error.groups) toBlame.set(group, conflictHazard(change.file, error));
    }
  }
  const clean = { unparsable: 0, newTypeErrors: 0, typeErrorsBefore: 0 };
  if (toBlame.size > 0 || after.size === 0) return { summary: clean, toBlame, calls, doubts: [] };
  const outcome = frontEnd.check(project, after);
  for (const { file, message } of outcome.unparsable)
    blame(attempt, file, `the result would not parse: ${message}`, toBlame);
  const twins = new Set(
    attempt.plan.decisions.flatMap((decision) => (decision.kind === 'twin' ? [decision.group] : [])),
  );
  const news = outcome.newDiagnostics
    .map((diagnostic) => ({ diagnostic, group: groupOf(project, attempt, all, diagnostic) }))
    // What was wrong before is wrong in both forms of a function.
    .filter(({ diagnostic, group }) => !(diagnostic.isRepeated && group !== undefined && twins.has(group)));
  const doubts = news.flatMap(({ diagnostic }) => doubtOf(project, attempt, all, diagnostic));
  for (const { diagnostic, group: own } of news) {
    const call = callAt(project, attempt, all, diagnostic);
    if (call !== undefined) {
      calls.set(call, typeHazard(diagnostic.file, diagnosticMessage(diagnostic)));
      continue;
    }
    const group = own ?? declaringGroup(project, attempt, all, diagnostic);
    const groups = group === undefined ? groupsAround(project, attempt, all, diagnostic) : [group];
    if (groups.length === 0) blameDiagnostic(attempt, diagnostic, toBlame);
    for (const one of groups)
      if (!toBlame.has(one)) toBlame.set(one, typeHazard(diagnostic.file, diagnosticMessage(diagnostic)));
  }
  const isClean = news.length === 0 && outcome.unparsable.length === 0;
  // An error that nobody can be blamed for is everybody's: nothing is written with it.
  if (!isClean && toBlame.size === 0 && calls.size === 0)
    blameAll(attempt, news[0]?.diagnostic.message ?? 'a file does not parse', toBlame);
  return {
    summary: {
      unparsable: outcome.unparsable.length,
      newTypeErrors: news.length,
      typeErrorsBefore: outcome.diagnosticsBefore,
    },
    toBlame,
    calls,
    doubts,
  };
}

/** The blocking call that a diagnostic lies in: it stays, and what else its function does converts. */
function callAt(
  project: ProjectInput,
  attempt: Attempt,
  accepted: ReadonlySet<string>,
  { file, start }: NewDiagnostic,
): CallId | undefined {
  const before = project.sources.get(file);
  const change = attempt.rewriting.changeSet.files.find((one) => one.file === file);
  if (before === undefined || change?.kind !== 'edit') return undefined;
  const offset = nextSourceOffset(before, change.edits, (group) => accepted.has(group), start);
  if (offset === null) return undefined;
  const converted = new Set(
    attempt.plan.outcomes.flatMap(({ kind, call }) => (kind === 'converted' ? [call] : [])),
  );
  const around = attempt.program.calls
    .filter(({ style, seed, id }) => style === 'sync' && seed && converted.has(id))
    .filter(({ at }) => at.file === file && at.range.start <= offset && offset < at.range.end)
    .sort((a, b) => a.at.range.end - a.at.range.start - (b.at.range.end - b.at.range.start));
  return around[0]?.id;
}

/** The type that stands behind the place of a diagnostic, and that could be said as a cast. */
function doubtOf(
  project: ProjectInput,
  attempt: Attempt,
  accepted: ReadonlySet<string>,
  { file, start }: NewDiagnostic,
): readonly string[] {
  const before = project.sources.get(file);
  const change = attempt.rewriting.changeSet.files.find((one) => one.file === file);
  if (before === undefined || change?.kind !== 'edit' || attempt.rewriting.said.size === 0) return [];
  const offset = nextSourceOffset(before, change.edits, (group) => accepted.has(group), start);
  const place = `${file}:${offset}`;
  return attempt.rewriting.said.has(place) ? [place] : [];
}

/** Our own mistake: the group goes back whole, and the report says so. */
function conflictHazard(file: string, error: EditConflict): Hazard {
  return typeHazard(file, `internal error: ${error.message}`);
}

/** The change that wrote or moved what a diagnostic is about. */
function groupOf(
  project: ProjectInput,
  attempt: Attempt,
  accepted: ReadonlySet<string>,
  { file, start }: NewDiagnostic,
): string | undefined {
  const before = project.sources.get(file);
  const change = attempt.rewriting.changeSet.files.find((one) => one.file === file);
  if (before === undefined || change?.kind !== 'edit') return undefined;
  const id = groupAt(before, change.edits, (group) => accepted.has(group), start);
  return attempt.groups.find((group) => group.id === id && group.kind === 'change')?.id;
}

/** The changes of the smallest function around a diagnostic that has any; what else the file changes is blamed behind them. */
function groupsAround(
  project: ProjectInput,
  attempt: Attempt,
  accepted: ReadonlySet<string>,
  { file, start }: NewDiagnostic,
): readonly string[] {
  const before = project.sources.get(file);
  const change = attempt.rewriting.changeSet.files.find((one) => one.file === file);
  if (before === undefined || change?.kind !== 'edit') return [];
  const offset = sourceOffset(before, change.edits, (group) => accepted.has(group), start);
  if (offset === null) return [];
  const changes = new Set(attempt.groups.filter((group) => group.kind === 'change').map((group) => group.id));
  const edits = change.edits.filter(({ group }) => accepted.has(group) && changes.has(group));
  const lengthOf = ({ start: from, end }: Range): number => end - from;
  const around = attempt.program.functions
    .filter(({ at }) => at.file === file && at.range.start <= offset && offset < at.range.end)
    .map(({ at }) => at.range)
    .sort((a, b) => lengthOf(a) - lengthOf(b));
  for (const range of around) {
    const inside = new Set(
      edits.filter((edit) => containsRange(range, edit.range)).map(({ group }) => group),
    );
    const groups = [...inside].filter((group) => functionsOf(attempt, group).length > 0);
    if (groups.length > 0) return groups;
  }
  return [];
}

/** The change of a declaration that a diagnostic in other code is about. */
function declaringGroup(
  project: ProjectInput,
  attempt: Attempt,
  accepted: ReadonlySet<string>,
  { declared }: NewDiagnostic,
): string | undefined {
  const changes = new Set(attempt.groups.filter((group) => group.kind === 'change').map((group) => group.id));
  for (const { file, range } of declared ?? []) {
    const before = project.sources.get(file);
    const change = attempt.rewriting.changeSet.files.find((one) => one.file === file);
    if (before === undefined || change?.kind !== 'edit') continue;
    const groups = groupsIn(before, change.edits, (group) => accepted.has(group), range);
    const found = groups.find((group) => changes.has(group));
    if (found !== undefined) return found;
  }
  return undefined;
}

function diagnosticMessage({ message }: NewDiagnostic): string {
  return `the type check would find: ${message}`;
}

const correctTypes = 'correct the types that the message names, so that they hold for a promise, too';

function typeHazard(file: string, message: string): Hazard {
  const at = { file, range: { start: 0, end: 0 } };
  return { code: 'H-TYPE-ERROR', effect: 'blocks', message, at, unblock: correctTypes };
}

function blameDiagnostic(attempt: Attempt, diagnostic: NewDiagnostic, toBlame: Map<string, Hazard>): void {
  const message = diagnosticMessage(diagnostic);
  for (const file of diagnostic.blames) if (blame(attempt, file, message, toBlame)) return;
}

function blameAll(attempt: Attempt, evidence: string, toBlame: Map<string, Hazard>): void {
  const hazard: Hazard = {
    code: 'H-TYPE-ERROR',
    effect: 'blocks',
    message: `the type check would find: ${evidence}`,
    unblock: correctTypes,
  };
  for (const group of attempt.groups) if (group.kind === 'change') toBlame.set(group.id, hazard);
}

/** Blames every group that edits a file, or that needs an edit of it; false when none does. */
function blame(attempt: Attempt, file: string, message: string, toBlame: Map<string, Hazard>): boolean {
  const edits = attempt.rewriting.changeSet.files.flatMap((change): readonly Edit[] =>
    change.kind === 'edit' && change.file === file ? change.edits : [],
  );
  const changes = new Set(attempt.groups.filter((group) => group.kind === 'change').map((group) => group.id));
  const editing = new Set(edits.map((edit) => edit.group));
  const own = [...editing].filter((group) => changes.has(group));
  const groups = new Set(
    own.length > 0
      ? own
      : attempt.groups
          .filter((group) => changes.has(group.id) && group.requires.some((id) => editing.has(id)))
          .map((group) => group.id),
  );
  for (const group of groups) {
    if (!toBlame.has(group)) toBlame.set(group, typeHazard(file, message));
  }
  return groups.size > 0;
}

function functionsOf(attempt: Attempt, group: string): string[] {
  return attempt.plan.decisions.flatMap((decision) => {
    if (decision.group !== group) return [];
    if (decision.kind === 'catch-call') return [decision.call];
    return decision.kind === 'make-async' || decision.kind === 'shim' || decision.kind === 'twin'
      ? [decision.function]
      : [];
  });
}

/** Plans once more on the result; anything that a second run would do is an error of the first. */
function countSecondRun(
  project: ProjectInput,
  frontEnd: FrontEnd,
  policy: Policy,
  texts: readonly FileTexts[],
): number {
  if (texts.every((text) => text.applied === text.before)) return 0;
  const sources = new Map(project.sources);
  const manifests = new Map(project.manifests);
  const editable = new Set(project.editable);
  for (const { file, applied } of texts) {
    const target = manifests.has(file) ? manifests : sources;
    if (applied === null) target.delete(file);
    else target.set(file, applied);
    if (applied !== null && target === sources) editable.add(file);
  }
  const { attempt: again } = converge({ ...project, sources, manifests, editable }, frontEnd, policy);
  const accepted = acceptedGroups(again.groups, policy.maxRisk);
  return again.rewriting.changeSet.files.flatMap((change) =>
    change.kind === 'edit' ? change.edits.filter((edit) => accepted.has(edit.group)) : [],
  ).length;
}

function reportOf(
  project: ProjectInput,
  policy: Policy,
  attempt: Attempt,
  checks: CheckSummary,
  problems: readonly Problem[],
): Report {
  const byId = new Map(attempt.groups.map((group) => [group.id, group]));
  const risks = new Map(attempt.groups.map((group) => [group.id, closedRisk(byId, group)]));
  return {
    version: 1,
    tool,
    policy: {
      maxRisk: policy.maxRisk,
      express4: policy.express4,
      exported: policy.exported,
      scope: policy.scope,
    },
    packageKind: attempt.reading.packageKind,
    filesRead: project.sources.size,
    files: attempt.rewriting.changeSet.files,
    changes: nameAssumptions(attempt.rewriting.changes, attempt.groups).map((change) => ({
      ...change,
      risk: risks.get(change.group) ?? change.risk,
    })),
    groups: attempt.groups,
    outcomes: attempt.plan.outcomes.map(
      (outcome): Outcome => ({
        ...outcome,
        risk: outcome.group === null ? outcome.risk : (risks.get(outcome.group) ?? outcome.risk),
      }),
    ),
    checks,
    problems,
    followUps:
      attempt.rewriting.followUps.length > 0 && attempt.rewriting.changes.length > 0
        ? attempt.rewriting.followUps
        : [],
  };
}
