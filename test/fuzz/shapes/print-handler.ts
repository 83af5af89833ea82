import { choose, indented } from '../generate-text.js';
import type { Known, Texts } from './known.js';
import type { ShapeHandler, ShapeStep } from './tree.js';

interface HandlerContext {
  readonly known: readonly Known[];
  readonly texts: Texts;
  readonly require: (name: string, text: string) => void;
}

/** A route whose handler calls helpers. */
export function handlerLines(handler: ShapeHandler, index: number, context: HandlerContext): string[] {
  const head = handler.isArrow ? '(req, res, next) => {' : 'function (req, res, next) {';
  return [`app.get('/h${index}', ${head}`, ...indented(bodyLines(handler, context)), '});'];
}

function bodyLines(handler: ShapeHandler, context: HandlerContext): string[] {
  const [first, ...others] = handler.steps;
  if (first === undefined) return ["res.json('nothing');"];
  switch (handler.form) {
    case 'nested':
      return nested(handler.steps, 0, endOf(handler), context);
    case 'middleware':
      return nested(handler.steps.slice(0, 1), 0, ['req.found = value0;', 'next();'], context);
    case 'shared':
      return sharedLines(handler, first, others[0] ?? first, context);
    case 'series':
      return seriesLines(handler, context);
    case 'started':
      return [...nested([first], 0, ["console.log('done', value0);"], context, true), "res.json('started');"];
  }
}

function endOf({ steps, pick }: ShapeHandler): string[] {
  const values = steps.map((_, index) => `value${index}`);
  return [
    choose(
      [
        `res.json([${values.join(', ')}]);`,
        `return res.json({ first: value0 });`,
        `res.send(String(${values.at(-1)}));`,
        `res.render('page', { values: [${values.join(', ')}] });`,
        'next();',
      ],
      pick,
    ),
  ];
}

function pickHelper(step: ShapeStep, { known, require }: HandlerContext): Known | undefined {
  const helper = known[step.helper % Math.max(1, known.length)];
  if (helper !== undefined) require(...helper.require);
  return helper;
}

function argumentsOf(helper: Known, { pick }: ShapeStep): string {
  const id = choose(['req.params.id', 'req.query.name', '7'], pick);
  return helper.takesOptions && pick % 2 === 0 ? `${id}, { short: ${pick % 4 === 0} }` : id;
}

/** Calls inside of each other, and what stands in the innermost. */
function nested(
  steps: readonly ShapeStep[],
  index: number,
  end: readonly string[],
  context: HandlerContext,
  isStarted = false,
): string[] {
  const step = steps[index];
  const helper = step === undefined ? undefined : pickHelper(step, context);
  if (step === undefined || helper === undefined) return [...end];
  const inside = nested(steps, index + 1, end, context, isStarted);
  const value = `value${index}`;
  const open = `${step.isReturned && !isStarted ? 'return ' : ''}${helper.call}(${argumentsOf(helper, step)}`;
  if (helper.answers === 'promise') return promised(step, open, value, inside);
  if (helper.isOptional && isStarted && step.pick % 2 === 0) return [`${open});`];
  const names = parametersOf(helper, value);
  const head = step.isArrow ? `(${names}) => {` : `function (${names}) {`;
  const body =
    helper.answers === 'value-first'
      ? valueTested(step, value, inside)
      : tested(step, value, inside, isStarted);
  const declared = helper.answers === 'no-value' ? [`var ${value} = 'none';`] : [];
  return [`${open}, ${head}`, ...indented([...declared, ...body]), '});'];
}

function parametersOf({ answers }: Known, value: string): string {
  switch (answers) {
    case 'value-first':
      return value;
    case 'several':
      return `err, ${value}, count`;
    case 'no-value':
      return 'err';
    default:
      return `err, ${value}`;
  }
}

function valueTested(step: ShapeStep, value: string, inside: readonly string[]): string[] {
  switch (step.failure) {
    case 'missing':
    case 'next':
      return [`if (!${value}) return res.status(404).json({ error: 'not found' });`, ...inside];
    case 'else':
      return [`if (${value}) {`, ...indented(inside), '} else {', "  res.status(404).send('none');", '}'];
    default:
      return [...inside];
  }
}

function tested(step: ShapeStep, value: string, inside: readonly string[], isStarted: boolean): string[] {
  if (isStarted) return ['if (err) return console.error(err.message);', ...inside];
  switch (step.failure) {
    case 'next':
      return ['if (err) return next(err);', ...inside];
    case 'respond':
      return [
        'if (err) {',
        '  console.error(err);',
        "  return res.status(500).json({ error: 'failed' });",
        '}',
        ...inside,
      ];
    case 'else':
      return ['if (err) {', '  next(err);', '} else {', ...indented(inside), '}'];
    case 'negated':
      return ['if (!err) {', ...indented(inside), '} else {', "  res.status(500).send('failed');", '}'];
    case 'missing':
      return [
        'if (err) return next(err);',
        `if (!${value}) return res.status(404).json({ error: 'not found' });`,
        ...inside,
      ];
    case 'text':
      return [
        "if (err === 'cannot load') return res.status(404).send(err);",
        'if (err) return next(err);',
        ...inside,
      ];
    case 'logged':
      return ['if (err) console.error(err.message);', ...inside];
    case 'ignored':
      return [...inside];
  }
}

function promised(step: ShapeStep, open: string, value: string, inside: readonly string[]): string[] {
  const then = step.isArrow ? `.then((${value}) => {` : `.then(function (${value}) {`;
  const body = indented(inside);
  switch (step.pick % 4) {
    case 0:
      return [`${open})${then}`, ...body, '}).catch(next);'];
    case 1:
      return [`${open})${then}`, ...body, '}, next);'];
    case 2:
      return [`${open})${then}`, ...body, '}, function (err) {', "  res.status(500).send('failed');", '});'];
    default:
      return [
        `${open})${then}`,
        ...body,
        '}).catch(function (err) {',
        '  console.error(err.message);',
        "  res.status(500).json({ error: 'failed' });",
        '});',
      ];
  }
}

/** A local function that two calls are given. */
function sharedLines(
  { pick, isArrow }: ShapeHandler,
  first: ShapeStep,
  second: ShapeStep,
  context: HandlerContext,
): string[] {
  const body = ['if (err) return next(err);', 'res.json(value);'];
  const respond =
    isArrow && pick % 2 === 0
      ? ['const respond = (err, value) => {', ...indented(body), '};']
      : ['function respond(err, value) {', ...indented(body), '}'];
  const call = (step: ShapeStep): string[] => {
    const helper = pickHelper(step, context);
    if (helper === undefined) return ["respond(null, 'none');"];
    const open = `${helper.call}(${argumentsOf(helper, step)}`;
    if (helper.answers === 'promise') return [`${open}).then((value) => respond(null, value), respond);`];
    if (helper.answers === 'value-first') return [`${open}, (value) => respond(null, value));`];
    return [`${open}, respond);`];
  };
  return [
    ...respond,
    "if (req.query.page === '2') {",
    ...indented(call(first)),
    '} else {',
    ...indented(call(second)),
    '}',
  ];
}

function seriesLines({ steps, pick }: ShapeHandler, context: HandlerContext): string[] {
  const calls = steps.flatMap((step) => {
    const helper = pickHelper(step, context);
    return helper === undefined || helper.answers === 'promise' || helper.answers === 'value-first'
      ? []
      : [{ step, helper }];
  });
  if (calls.length === 0) return ["res.json('nothing');"];
  context.require('async', "require('async')");
  const method = choose(['series', 'parallel'], pick);
  return [
    `async.${method}([`,
    ...calls.flatMap(({ step, helper }) => [
      '  function (done) {',
      step.isArrow
        ? `    ${helper.call}(${argumentsOf(helper, step)}, done);`
        : `    ${helper.call}(${argumentsOf(helper, step)}, function (err, value) {\n      if (err) return done(err);\n      done(null, value);\n    });`,
      '  },',
    ]),
    '], function (err, results) {',
    '  if (err) return next(err);',
    '  res.json(results);',
    '});',
  ];
}
