import type { Edit, FileChange } from '../../core/model/edit.js';
import type { Hazard } from '../../core/model/hazard.js';
import type { Group, Outcome } from '../../core/model/plan.js';
import type { Change, FileTexts, MigrationResult, Report } from '../../core/model/report.js';
import type { Location } from '../../core/model/text.js';

/**
 * A hand-made result over a toy language: renderers know no syntax, so any will do. One seed of each level, a helper
 * that is created, a file that is deleted, two blocked codes, a skipped seed, and a file that does not parse.
 */
export const filmsBefore = `route "/films" (req, res)
  ask "select films" then err, rows
    if err
      fail err
    end
    reply rows
  end
end

route "/health" (req, res)
  reply "fine"
end

route "/films/one" (req, res)
  log "one"
  ask "select film" then err, rows
    if err
      fail err
    end
    reply rows first
  end
end
`;

const filmsApplied = `route async "/films" (req, res)
  rows = await ask "select films"
  reply rows
end

route "/health" (req, res)
  reply "fine"
end

route "/films/one" (req, res)
  log "one"
  ask "select film" then err, rows
    if err
      fail err
    end
    reply rows first
  end
end
`;

const filmsShown = filmsApplied.replace(
  /route "\/films\/one"[\s\S]*$/,
  `route async "/films/one" (req, res)
  log "one"
  rows = await ask "select film"
  reply rows first
end
`,
);

const jobsBefore = `job nightly
  each film
    ask "update film" then err
      log err
    end
  end
  text = load "report.txt"
  both = load "a", load "b"
end
`;

const texts: FileTexts[] = [
  {
    file: 'lib/wrap.toy',
    before: null,
    applied: 'wrap f\n  catch next\nend\n',
    shown: 'wrap f\n  catch next\nend\n',
  },
  { file: 'old/driver.toy', before: 'driver old\n', applied: null, shown: null },
  { file: 'src/films.toy', before: filmsBefore, applied: filmsApplied, shown: filmsShown },
  { file: 'src/jobs.toy', before: jobsBefore, applied: jobsBefore, shown: jobsBefore },
];

/** The place of a piece of text in a file of the toy project. */
export function placeIn(file: string, source: string, needle: string, from = 0): Location {
  const start = source.indexOf(needle, from);
  return { file, range: { start, end: start + needle.length } };
}

const inFilms = (needle: string) => placeIn('src/films.toy', filmsBefore, needle);
const inJobs = (needle: string) => placeIn('src/jobs.toy', jobsBefore, needle);
const nowhere = (file: string): Location => ({ file, range: { start: 0, end: 0 } });

const crash: Hazard = {
  code: 'H-CRASH',
  effect: 'note',
  message: 'a throw in the callback ended the process, now it rejects',
};
const late: Hazard = {
  code: 'H-SYNC-CB',
  effect: 'review',
  message: 'the callback may run before ask returns',
  unblock: 'Check that nothing depends on the order of log and reply',
};
const counter: Hazard = {
  code: 'H-COUNTER',
  effect: 'unsafe',
  message: 'two loads that ran one after the other run at once',
};
const forEach: Hazard = {
  code: 'H-FOREACH',
  effect: 'blocks',
  message: 'each does not wait for its body',
  unblock: 'Write the loop as for … of',
};
const topLevel: Hazard = {
  code: 'H-TOP-LEVEL',
  effect: 'blocks',
  message: 'the call runs while the program loads',
};

const askReason = 'ask has a promise form, so its callback becomes the rest of the route';

const changes: Change[] = [
  change('lib/wrap.toy#wrap', 'wrap', 'async-signature', nowhere('lib/wrap.toy'), 1, 'create wrap', {
    reason: 'Routes do not see rejections, wrap hands them on',
  }),
  change(
    'old/driver.toy#gone',
    'wrap',
    'import-specifier',
    nowhere('old/driver.toy'),
    1,
    'delete the old driver',
    {
      reason: 'No use of the old driver is left',
    },
  ),
  change(
    'src/films.toy#c0',
    'g0',
    'callback-call',
    inFilms('ask "select films" then'),
    2,
    'ask → await ask',
    {
      reason: askReason,
      hazards: [crash],
    },
  ),
  change('src/films.toy#f0', 'g0', 'async-signature', inFilms('route "/films" '), 1, 'route becomes async', {
    reason: 'It awaits ask now',
  }),
  change(
    'src/films.toy#c1',
    'g1',
    'callback-call',
    inFilms('ask "select film" then'),
    16,
    'ask → await ask',
    {
      reason: askReason,
      risk: 'review',
      evidence: 'flow',
      hazards: [late],
    },
  ),
  change('src/jobs.toy#c2', 'g2', 'sync-call', inJobs('load "a", load "b"'), 8, 'load, load → await both', {
    reason: 'load blocks until the file is read',
    risk: 'unsafe',
    hazards: [counter],
  }),
];

function change(
  id: string,
  group: string,
  transform: string,
  at: Location,
  line: number,
  title: string,
  rest: Pick<Change, 'reason'> & Partial<Change>,
): Change {
  return { id, group, transform, at, line, title, risk: 'safe', evidence: 'declared', hazards: [], ...rest };
}

function group(id: string, title: string, rest: Partial<Group>): Group {
  const common = {
    kind: 'change',
    risk: 'safe',
    evidence: 'declared',
    hazards: [],
    requires: [],
    chain: [],
  } as const;
  return { id, title, ...common, ...rest };
}

const groups: Group[] = [
  group('g0', 'GET /films', {
    hazards: [crash],
    requires: ['wrap'],
    chain: [inFilms('ask "select films" then'), inFilms('route "/films" ')],
  }),
  group('g1', 'GET /films/one', {
    risk: 'review',
    evidence: 'flow',
    hazards: [late],
    requires: ['wrap'],
    chain: [inFilms('ask "select film" then')],
  }),
  group('g2', 'nightly', { risk: 'unsafe', hazards: [counter], chain: [inJobs('load "a", load "b"')] }),
  group('wrap', 'wrap', { kind: 'support' }),
];

function outcome(call: string, at: Location, callee: string, rest: Partial<Outcome>): Outcome {
  return {
    call,
    at,
    callee,
    transform: 'callback-call',
    wait: 'database',
    kind: 'converted',
    group: null,
    risk: 'safe',
    reason: askReason,
    hazards: [],
    ...rest,
  };
}

const outcomes: Outcome[] = [
  outcome('src/films.toy#c0', inFilms('ask "select films" then'), 'ask', { group: 'g0', hazards: [crash] }),
  outcome('src/films.toy#c1', inFilms('ask "select film" then'), 'ask', {
    group: 'g1',
    risk: 'review',
    hazards: [late],
  }),
  outcome('src/jobs.toy#c0', inJobs('ask "update film"'), 'ask', {
    kind: 'blocked',
    risk: 'blocked',
    reason: 'each does not wait for its body',
    hazards: [forEach],
  }),
  outcome('src/jobs.toy#c1', inJobs('load "report.txt"'), 'load', {
    transform: 'sync-call',
    wait: 'file',
    kind: 'blocked',
    risk: 'blocked',
    reason: 'the call runs while the program loads',
    hazards: [topLevel],
  }),
  outcome('src/jobs.toy#c2', inJobs('load "a", load "b"'), 'load', {
    transform: 'sync-call',
    wait: 'file',
    group: 'g2',
    risk: 'unsafe',
    reason: 'load blocks until the file is read',
    hazards: [counter],
  }),
  outcome('src/jobs.toy#c3', inJobs('load "b"'), 'load', {
    transform: 'sync-call',
    wait: 'cheap',
    kind: 'skipped',
    reason: 'A small file is read once, at start',
  }),
];

const filmsEdit: Edit = {
  id: 'src/films.toy#e0',
  group: 'g0',
  change: 'src/films.toy#c0',
  transform: 'callback-call',
  file: 'src/films.toy',
  range: { start: 28, end: 129 },
  pieces: [
    { kind: 'text', text: 'rows = await ask "select films"\n  ' },
    { kind: 'keep', range: { start: 111, end: 121 }, fromIndent: '    ', toIndent: '  ', frozen: [] },
  ],
};

const files: FileChange[] = [
  {
    kind: 'create',
    file: 'lib/wrap.toy',
    group: 'wrap',
    change: 'lib/wrap.toy#wrap',
    text: 'wrap f\n  catch next\nend\n',
  },
  { kind: 'delete', file: 'old/driver.toy', hash: 'h1', group: 'wrap', change: 'old/driver.toy#gone' },
  { kind: 'edit', file: 'src/films.toy', hash: 'h2', edits: [filmsEdit] },
];

const report: Report = {
  version: 1,
  tool: { name: 'sync-to-async', version: '0.0.0' },
  policy: { maxRisk: 'safe', express4: 'wrap', exported: 'convert', scope: 'handlers' },
  packageKind: { kind: 'application', reason: 'it has a start script' },
  filesRead: 480,
  files,
  changes,
  groups,
  outcomes,
  checks: { unparsable: 0, newTypeErrors: 0, typeErrorsBefore: 2, secondRunEdits: 0, takenBack: [] },
  problems: [{ kind: 'parse', message: 'unexpected end of file', file: 'src/broken.toy', line: 3 }],
  followUps: ['Run npm install, package.json has a new dependency'],
};

/** The toy project at the default policy. */
export const toyResult: MigrationResult = { report, texts };

/** A project in which nothing is to be done. */
export const emptyResult: MigrationResult = {
  report: {
    ...report,
    filesRead: 3,
    files: [],
    changes: [],
    groups: [],
    outcomes: [],
    problems: [],
    followUps: [],
  },
  texts: [],
};

/** A result that only has these texts: for what a renderer makes of a file. */
export function resultOf(...changed: readonly FileTexts[]): MigrationResult {
  return { report: emptyResult.report, texts: changed };
}
