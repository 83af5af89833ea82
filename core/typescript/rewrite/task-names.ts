import { ts } from 'ts-morph';
import { type AwaitStep, type ControlCallee, eachStepWithTasks, type Flow, type Task } from '../read/flow.js';
import { isFunctionNode, visitAll } from '../read/syntax.js';
import { type Alias, aliasOf, keyedUses, membersOf, ownVariable } from '../read/task-names.js';
import { resultsOf, valuesOf } from '../read/task-shape.js';
import { bindingNames, declaredIn } from './declared-names.js';
import { namesDroppedBy } from './dropped-names.js';
import type { Homes, Placing } from './homes.js';
import { setRenames } from './renames.js';

const results = new WeakMap<Task, string>();
const lists = new WeakMap<ControlCallee, string>();
const merged = new WeakSet<ts.Node>();

/** The variable of a task's result. */
export function resultName(task: Task): string {
  return results.get(task) ?? task.key ?? 'result';
}

/** The variable of a list of results that has no name yet. */
export function listName(callee: ControlCallee): string {
  return lists.get(callee) ?? 'results';
}

/** A parameter, a named task or a declaration whose value already is in a variable of its name. */
export function isMerged(node: ts.Node): boolean {
  return merged.has(node);
}

interface Plan {
  readonly step: AwaitStep;
  readonly callee: ControlCallee;
  readonly home: ts.Node;
  readonly place: Placing;
  /** New names of the parameters of the last function. */
  readonly renames: Map<ts.Symbol, string>;
}

/** Finds the mentions in the answers of tasks that nobody reads: whatever is renamed, they go away. */
export function markUnread(homes: Homes, flow: Flow): void {
  eachStepWithTasks(flow, (step) => {
    const callee = step.kind === 'await' ? step.site.callee : undefined;
    if (step.kind !== 'await' || callee?.kind !== 'control') return;
    if (callee.member.results !== 'handed-on' && isUnread(homes, step))
      for (const ending of callee.tasks.flatMap(resultsOf))
        if (ending.kind === 'finish')
          for (const value of valuesOf(ending))
            if (ts.isIdentifier(value)) homes.unwritten.set(value, 'always');
    for (const task of callee.tasks)
      for (const name of namesDroppedBy(task.unit.flow, Number.POSITIVE_INFINITY))
        homes.unwritten.set(name, 'always');
  });
}

/**
 * Names what the tasks of a control call bind, in the order in which they run.
 *
 * @returns parameters of the last function that need no binding of their own
 */
export function planTaskNames(homes: Homes, plan: Plan): readonly ts.Symbol[] {
  const { callee, home, place, step } = plan;
  const isHandedOn = callee.member.results === 'handed-on';
  const isSerial = callee.member.order === 'serial';
  const last = finalParameters(homes, plan);
  const taken: ts.Symbol[] = [];
  const members = takenApartBy(homes, plan);
  if (isSerial && callee.member.results === 'collected' && isUnnamed(homes, step))
    lists.set(callee, homes.claim(home, ['results'], callee));
  const takersOf = (index: number): readonly ts.ParameterDeclaration[] =>
    isHandedOn ? (callee.tasks[index + 1]?.inputs ?? last) : [];
  // A name that one function takes over from another may be what it hands on itself.
  for (const [index, task] of callee.tasks.entries())
    for (const { mention } of aliasesOf(homes, task, takersOf(index))) homes.unwritten.set(mention, 'always');
  callee.tasks.forEach((task, index) => {
    const body = isFunctionNode(task.node) ? task.node.body : undefined;
    const next = callee.tasks[index + 1];
    const takers = takersOf(index);
    const answers =
      next === undefined && isHandedOn && step.site.callback.kind === 'own' && !homes.handedOn.has(step);
    const isMoved = answers || task.shape.kind === 'statements' || task.shape.kind === 'branches';
    if (!answers && task.shape.kind !== 'function')
      for (const ending of resultsOf(task)) homes.handedOn.add(ending);
    const aliases = aliasesOf(homes, task, takers);
    for (const { value, parameter } of aliases) homes.wanted.set(value, parameter.name);
    const wish = isSerial && callee.isNamed ? wishOf(homes, plan, task) : undefined;
    if (wish !== undefined) {
      homes.wanted.set(wish.value, task.key ?? '');
      homes.unwritten.set(wish.mention, 'as-wanted');
    }
    if (isMoved && body !== undefined) for (const name of declaredIn(body)) placeName(homes, plan, name);
    homes.visit(task.unit.flow, isMoved || body === undefined ? home : body, place);
    if (wish !== undefined && homes.names.get(wish.value) === task.key) {
      results.set(task, task.key ?? '');
      merged.add(task.place);
    } else if (members.has(task.key)) {
      const symbol = members.get(task.key);
      const renamed = symbol === undefined ? undefined : place(symbol, home, step);
      if (symbol !== undefined) taken.push(symbol);
      if (symbol !== undefined && renamed !== undefined) plan.renames.set(symbol, renamed);
      results.set(task, renamed ?? symbol?.name ?? 'result');
    } else if (callee.isNamed) {
      results.set(task, homes.claim(home, namesFor(task.key ?? 'result'), task));
    }
    const renames = next === undefined ? plan.renames : new Map<ts.Symbol, string>();
    for (const parameter of takers) {
      const alias = aliases.find((candidate) => candidate.parameter === symbolOf(homes, parameter.name));
      if (alias !== undefined) {
        const name = homes.merge(alias.parameter, alias.value, step);
        if (name !== alias.parameter.name) renames.set(alias.parameter, name);
        merged.add(parameter);
        if (next === undefined) taken.push(alias.parameter);
        continue;
      }
      if (isKeyed(homes, task, parameter)) {
        const symbol = symbolOf(homes, parameter.name);
        if (next === undefined && symbol !== undefined) taken.push(symbol);
        continue;
      }
      if (next === undefined) continue;
      for (const name of bindingNames(parameter.name)) {
        const symbol = symbolOf(homes, name);
        if (symbol === undefined || homes.rewriter.notes.session.referencesOf(symbol).length < 2) continue;
        const hints = { wish: wishes(task, takers.indexOf(parameter)), taken: namesSeen(homes, task) };
        const renamed = place(symbol, home, endingOf(task) ?? step, hints);
        if (renamed !== undefined) renames.set(symbol, renamed);
      }
    }
    if (next !== undefined) setRenames(next.node, renames);
  });
  const [parameter] = step.site.callback.kind === 'inline' ? step.site.callback.node.parameters.slice(1) : [];
  const symbol = parameter === undefined ? undefined : symbolOf(homes, parameter.name);
  const isKeyedItself =
    parameter !== undefined &&
    callee.isNamed &&
    keyedUses(homes.rewriter.notes.session, callee, parameter) !== undefined;
  return isKeyedItself && symbol !== undefined ? [...taken, symbol] : taken;
}

/** The results of the control call that a task ends with are read one by one, and have variables of their own. */
function isKeyed(homes: Homes, task: Task, parameter: ts.ParameterDeclaration): boolean {
  const callee = endingOf(task)?.site.callee;
  return (
    callee?.kind === 'control' &&
    callee.isNamed &&
    ts.isIdentifier(parameter.name) &&
    task.shape.kind === 'statements' &&
    keyedUses(homes.rewriter.notes.session, callee, parameter) !== undefined
  );
}

/** The variables of a last function that takes its results apart by their keys, or begins with `const user = results.user`. */
function takenApartBy(homes: Homes, { callee, step }: Plan): ReadonlyMap<string | null, ts.Symbol> {
  const found = new Map<string | null, ts.Symbol>();
  const { callback } = step.site;
  const { session } = homes.rewriter.notes;
  const parameter = callback.kind === 'inline' ? callback.node.parameters[1] : undefined;
  if (callback.kind !== 'inline' || parameter === undefined || !callee.isNamed) return found;
  const keyed = keyedUses(session, callee, parameter);
  if (keyed === undefined) return found;
  if (ts.isObjectBindingPattern(parameter.name))
    for (const { key, name } of membersOf(parameter.name) ?? []) {
      const symbol = symbolOf(homes, name);
      if (symbol !== undefined) found.set(key, symbol);
    }
  else if (!homes.handedOn.has(step))
    for (const [key, uses] of keyed) {
      const [statement, more] = uses.flatMap((use) => ownVariable(session, callback.node, use) ?? []);
      const name = statement?.declarationList.declarations[0]?.name;
      const symbol = name === undefined ? undefined : symbolOf(homes, name);
      if (statement === undefined || name === undefined || symbol === undefined || more !== undefined)
        continue;
      found.set(key, symbol);
      homes.unwritten.set(name, 'always');
      merged.add(statement);
    }
  return found;
}

/** `other-key` → `otherKey`. */
function namesFor(key: string): string[] {
  const word = key.replace(/[^\w$]+(\w?)/g, (_, letter: string) => letter.toUpperCase()).replace(/^\d+/, '');
  return [word, `${word}Result`, 'result'];
}

/** Nobody reads the results, and what the tasks end with goes away. */
function isUnread(homes: Homes, { site: { callback } }: AwaitStep): boolean {
  if (callback.kind !== 'inline') return callback.kind === 'next';
  const name = callback.node.parameters[1]?.name;
  if (name === undefined) return true;
  const symbol = symbolOf(homes, name);
  return symbol !== undefined && homes.rewriter.notes.session.referencesOf(symbol).length < 2;
}

/** The results go to no variable that has a name. */
function isUnnamed(homes: Homes, step: AwaitStep): boolean {
  const { callback } = step.site;
  if (callback.kind !== 'inline') return callback.kind === 'own' && !homes.handedOn.has(step);
  const name = callback.node.parameters[1]?.name;
  return name !== undefined && !ts.isIdentifier(name);
}

/** The parameters of the last function that results can be merged with. */
function finalParameters(homes: Homes, { step }: Plan): readonly ts.ParameterDeclaration[] {
  const { callback } = step.site;
  if (callback.kind !== 'inline') return [];
  const isOpen = step.error.kind === 'propagates' || homes.canWiden(step);
  return isOpen ? callback.node.parameters.slice(1) : [];
}

function aliasesOf(homes: Homes, task: Task, takers: readonly ts.ParameterDeclaration[]): Alias[] {
  const endings = resultsOf(task);
  const { kind } = task.shape;
  if (kind !== 'statements' && kind !== 'branches') return [];
  return takers.flatMap((parameter, index) => {
    const found = endings.flatMap((ending): Alias[] => {
      const value = ending.kind === 'finish' ? valuesOf(ending)[index] : undefined;
      const alias = value === undefined ? undefined : aliasOf(homes.rewriter.notes.session, value, parameter);
      return alias === undefined ? [] : [alias];
    });
    const [first] = found;
    if (first === undefined || found.length !== endings.length) return [];
    if (found.some((alias) => alias.value !== first.value)) return [];
    return kind === 'statements' || isSeenEverywhere(task, first.value) ? found : [];
  });
}

/** The variable is no part of a branch of the task. */
function isSeenEverywhere(task: Task, symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return false;
  if (declaration.parent === task.node) return true;
  return declaration.pos < task.node.pos || declaration.end > task.node.end;
}

/** The result of a call that a task answers with, which may take the name of the task. */
function wishOf(homes: Homes, { step, callee }: Plan, task: Task): Alias | undefined {
  const { session } = homes.rewriter.notes;
  const { callback } = step.site;
  const [ending] = resultsOf(task);
  if (task.shape.kind !== 'statements' || ending?.kind !== 'finish' || task.key === null) return undefined;
  if (callback.kind !== 'inline' || (step.error.kind !== 'propagates' && !homes.canWiden(step)))
    return undefined;
  const [parameter] = callback.node.parameters.slice(1);
  if (parameter === undefined) return undefined;
  const [value] = valuesOf(ending);
  const alias = value === undefined ? undefined : aliasOf(session, value, parameter);
  const isUsed = keyedUses(session, callee, parameter)?.has(task.key) ?? true;
  const isOwn =
    alias?.value.declarations?.every((d) => d.pos >= task.node.pos && d.end <= task.node.end) === true;
  return isUsed && isOwn ? alias : undefined;
}

/** The names that are declared in a task whose results are assigned from its branches. */
export function namesSeen(homes: Homes, task: Task): ReadonlySet<string> {
  const names = new Set<string>();
  if (task.shape.kind !== 'branches') return names;
  const { session } = homes.rewriter.notes;
  visitAll(task.node, (node) => {
    if (!ts.isIdentifier(node)) return;
    const declaration = session.symbolOf(node)?.declarations?.[0];
    const isInside =
      declaration !== undefined && declaration.pos >= task.node.pos && declaration.end <= task.node.end;
    if (isInside) names.add(node.text);
  });
  return names;
}

function endingOf(task: Task): AwaitStep | undefined {
  const [ending] = resultsOf(task);
  return ending?.kind === 'await' ? ending : undefined;
}

/** What a result may be called besides what its parameter is called: the member that it is. */
function wishes(task: Task, index: number): string[] {
  const [ending] = resultsOf(task);
  const value = ending?.kind === 'finish' ? valuesOf(ending)[index] : undefined;
  return value !== undefined && ts.isPropertyAccessExpression(value) ? [value.name.text] : [];
}

function placeName(homes: Homes, { home, place, step }: Plan, name: ts.Identifier): void {
  const symbol = symbolOf(homes, name);
  if (symbol !== undefined) place(symbol, home, step);
}

function symbolOf(homes: Homes, name: ts.BindingName): ts.Symbol | undefined {
  return ts.isIdentifier(name) ? homes.rewriter.notes.session.symbolOf(name) : undefined;
}
