import { ts } from 'ts-morph';
import { type AwaitStep, tasksOf } from '../read/flow.js';
import { frontOf } from '../read/shim.js';
import type { Unit } from '../read/unit.js';
import { bindingOf } from './binding.js';
import { handsErrorsOn } from './own-try.js';
import { fullRange } from './pieces.js';
import { handsOver } from './returned-await.js';
import type { Rewriter } from './rewriter.js';

const found = new WeakMap<Rewriter, Map<Unit, AwaitStep | undefined>>();

/**
 * The call that is all that a function does which answers both ways: `nodeify(callback, async () => load(name))` needs no
 * block.
 *
 * @param unit the unit as it was read
 */
export function conciseAnswer(rewriter: Rewriter, unit: Unit): AwaitStep | undefined {
  const known = found.get(rewriter) ?? new Map<Unit, AwaitStep | undefined>();
  found.set(rewriter, known);
  if (!known.has(unit)) known.set(unit, find(rewriter, unit));
  return known.get(unit);
}

function find(rewriter: Rewriter, unit: Unit): AwaitStep | undefined {
  const { notes, plan } = rewriter;
  const shim = plan.decisions.find((d) => d.kind === 'shim' && notes.units.get(d.function) === unit);
  const { body } = unit.root;
  if (shim?.kind !== 'shim' || body === undefined || !ts.isBlock(body)) return undefined;
  const file = body.getSourceFile();
  const statement = body.statements[body.statements.length - 1];
  const step = unit.flow.steps[unit.flow.steps.length - 1];
  if (statement === undefined || step?.kind !== 'await' || step.item !== statement) return undefined;
  const awaited = shim.calls.flatMap((id) => notes.calls.get(id) ?? []);
  if (frontOf(notes.session, unit, awaited) !== body.statements.length - 1) return undefined;
  if (!file.text.slice(body.getStart(), body.statements[0]?.getStart()).includes('\n')) return undefined;
  // A comment needs the lines of a block.
  if (fullRange(statement).start !== statement.getStart()) return undefined;
  if (file.text.slice(0, body.end - 1).trimEnd().length !== statement.end) return undefined;
  if ((notes.regions.get(notes.ids.of(unit.root)) ?? []).length > 0 || handsErrorsOn(rewriter, unit))
    return undefined;
  if (step.error.kind !== 'propagates' || step.isolated) return undefined;
  const { callee, callback } = step.site;
  if (callee.kind === 'control' || (callee.kind === 'api' && tasksOf(callee).length > 0)) return undefined;
  if (callback.kind === 'own') {
    const isResult = unit.completion?.kind !== 'given' || unit.completion.value === 'result';
    return isResult && bindingOf(rewriter, step, unit.results).returned?.pattern === null ? step : undefined;
  }
  const around = { covered: null, region: null };
  return handsOver({ rewriter, unit, home: unit, endings: new Map() }, step, around) ? step : undefined;
}
